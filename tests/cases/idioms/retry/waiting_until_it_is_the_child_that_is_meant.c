void run(pid_t child) {
    do {
        reaped = waitpid(child, &status, 0);
        if (reaped < 0) { if (errno == EINTR) continue; complain(errno); return; }
    } while (reaped != child);
}
