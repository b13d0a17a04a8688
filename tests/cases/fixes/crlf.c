void run(void)
{
  for (;;) {
    r = select(n, &rfds, NULL, NULL, &tv);
    if (r < 0 && errno == EINTR)
      continue;
    if (r < 0)
      fatal("select");
    if (FD_ISSET(fd, &rfds))
      serve(fd);
    sweep();
  }
}