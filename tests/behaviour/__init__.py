"""Generated loops that are run: whether findings are right of what happens, and patches mend that and nothing else."""
