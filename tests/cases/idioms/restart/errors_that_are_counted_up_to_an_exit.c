void run(void) {
    int errors = 0;
    for (;;) {
        struct timeval tv = { 5, 0 };
        if (select(0, NULL, NULL, NULL, &tv) < 0) {
            errors++;
            if (errors >= 5)
                exit(1);
            continue;
        }
        collect_logs();
    }
}
