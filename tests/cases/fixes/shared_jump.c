void run(void)
{
  while (running)
    {
      n = poll (fds, nfds, 1000);
      if (n < 0)
        {
          if (errno != EINTR && errno != EAGAIN)
            log_error ("poll");
          continue;
        }
      for (i = 0; i < nfds; i++)
        if (fds[i].revents & POLLIN)
          serve (i);
      sweep_clients ();
    }
}
