import select

def run():  # EINTR
    wait()
 \ # unstall: ignore[UST101]
