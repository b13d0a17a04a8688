void run(int fd) {
    while (!stop) {
        do {
            n = poll(&fds, 1, 1000);
        } while ((n == 0 || (n == -1 && errno == EINTR)) && !stop);
        if (n == -1) {
            log_error("poll");
            continue;
        }
        serve(fd);
        run_timers();
    }
}
