void run(pid_t child) {
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) break;
        if (stopping) tell_child(child);
    }
}
