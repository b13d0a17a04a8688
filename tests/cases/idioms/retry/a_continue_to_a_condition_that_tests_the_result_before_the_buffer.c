int ask(int fd, int number) {
    char buf[512];
    struct reply *reply = (struct reply *)buf;
    ssize_t n;
    fill(reply, number);
    do {
        n = recv(fd, buf, sizeof(buf), 0);
        if (n < 0) { if (errno == EINTR) continue; return -1; }
    } while (n < 0 || reply->number != number);
    return n;
}
