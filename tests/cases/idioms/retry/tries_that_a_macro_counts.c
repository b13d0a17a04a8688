#define MAX_TRIES 16
int run(int fd) {
    int tries = 0;
    do {
        FD_SET(fd, &set);
        n = select(fd + 1, &set, NULL, NULL, &tv);
        if (n < 0 && errno == EINTR) {
            tries++;
            continue;
        }
        break;
    } while (tries < MAX_TRIES);
    if (tries >= MAX_TRIES)
        return 0;
    return FD_ISSET(fd, &set);
}
