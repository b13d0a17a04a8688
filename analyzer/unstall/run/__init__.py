"""A run over files, in two phases, divided among processes, and what is kept of it for the next."""
