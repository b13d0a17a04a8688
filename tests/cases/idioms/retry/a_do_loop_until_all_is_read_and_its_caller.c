static ssize_t read_all(int fd, char *buffer, size_t size) {
    ssize_t got, done = 0;
    do {
        if ((got = read(fd, buffer + done, size - done)) < 0) {
            if (errno == EINTR) continue;
            return got;
        }
        if (got == 0) return -1;
        done += got;
    } while (size - done != 0);
    return done;
}
int main(void) {
    for (;;) {
        int numbers[2];
        if (read_all(pipe_end, (char *)numbers, sizeof(numbers)) <= 0) abort();
        serve(numbers[0]);
    }
}
