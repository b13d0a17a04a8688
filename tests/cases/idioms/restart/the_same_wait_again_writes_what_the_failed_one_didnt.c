void run(int child) {
    for (;;) {
        pid = wait(&status);
        if (pid == -1 && errno == EINTR && die) {
            stop_child(child);
            while (pid != child)
                pid = wait(&status);
            exit(0);
        }
        if (pid != child)
            continue;
        note_end(status);
    }
}
