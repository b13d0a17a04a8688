run(n) int n; {
    for (;;) { if (select(n, &r, 0, 0, &tv) == -1 && errno == EINTR) continue; expire(); }
}
