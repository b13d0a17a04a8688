static ssize_t read_all(int fd, char *buffer) {
    ssize_t got, done = 0;
    do {
        if ((got = read(fd, buffer + done, sizeof(int))) < 0) {
            if (errno == EINTR) continue;
            return got;
        }
        if (got == 0) return -1;
        done += got;
    } while (size_left(fd));
    return done;
}
int main(void) {
    for (;;) {
        int numbers[2];
        if (read_all(pipe_end, (char *)numbers) <= 0) abort();
        serve(numbers[0]);
    }
}
