void run(int fd, int wanted) {
    int count = 0;
    while (count < wanted) {
        char byte;
        ssize_t n = recv(fd, &byte, 1, 0);
        if (n == -1) { if (errno == EINTR) continue; complain(errno); return; }
        count++;
    }
}
