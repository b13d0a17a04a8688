#include <errno.h>
#include <unistd.h>

void take(int fd, struct input *input)
{
    for (;;) {
        ssize_t n = read(fd, input->text + input->size, 512);

        if (n == 0 || (n == -1 && errno != EINTR))
            break;
        input->size += n;
        parse(input);
    }
}
