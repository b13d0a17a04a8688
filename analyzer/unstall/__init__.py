"""unstall: finds event loops whose interrupted waits skip later stages, and proves the patch."""

__version__ = "0.1.0"
