"""Programs with an interrupted wait that several tests look at."""

PUMP = """\
def pump(poller, timers):
    while True:
        try:
            events = poller.poll(500)
        except InterruptedError:
            continue
        for descriptor, event in events:
            handle(descriptor, event)
        timers.run()
"""
"""It starts over past its timers."""

HIDDEN = """\
#include <errno.h>
#include <poll.h>
#include <stdio.h>

int serve(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);

        if (r == -1) {
            perror("poll");
            if (errno == EINTR)
                continue;
            return -1;
        }
        sweep_sessions();
    }
}
"""
"""Where the restart is mended, it shows that the test of errno comes too late."""

SWEEPER = """\
#include <errno.h>
#include <poll.h>
void serve{number}(struct pollfd *fds, int n)
{{
    for (;;) {{
        if ({wait}(fds, n, 1000) == -1 && errno == EINTR)
            continue;
        sweep_sessions();
    }}
}}
"""
"""A loop of one file among several: which by ``number``, around a ``wait`` by name. It starts over past its sweep."""

WRAPPER = "#include <poll.h>\nint await_work(struct pollfd *f, int n, int t)\n{\n    return poll(f, n, t);\n}\n"
"""A file that defines one of these waits."""
