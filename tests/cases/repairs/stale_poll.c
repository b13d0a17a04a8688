#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

void serve(int ipv4, int ipv6)
{
  struct pollfd polldata[2];
  int           ready;

  polldata[0].fd     = ipv4;
  polldata[0].events = POLLIN;
  polldata[1].fd     = ipv6;
  polldata[1].events = POLLIN;

  for (;;)
  {
    ready = poll(polldata, 2, 1000);
    if (ready < 0 && errno != EINTR)
    {
      perror("poll");
      exit(1);
    }

    if (polldata[0].revents & POLLIN)
      accept_client(ipv4);
    if (polldata[1].revents & POLLIN)
      accept_client(ipv6);
  }
}
