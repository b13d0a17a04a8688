int ask(int s) {
    for (;;) {
        int n = poll(fds, 1, 1000);
        if (n == -1 && errno == EINTR) continue;
        if (n == -1) return -1;
        if (n == 0) {
            send_question(s);
            continue;
        }
        int got = take_answer(s);
        if (got > 0) return got;
        send_question(s);
    }
}
