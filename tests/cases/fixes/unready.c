void serve(int listener)
{
    int fd = -1;

    while (fd < 0 && !handle_signals()) {
        int n = wait_for_input(listener, 1000);

        if (n < 0) {
            if (errno == EINTR)
                continue;
            die("poll");
        }
        fd = accept(listener, NULL, NULL);
        if (fd < 0)
            log_error("accept");
        count_connection();
    }
}
