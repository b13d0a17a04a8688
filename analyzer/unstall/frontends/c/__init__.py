"""C source to flow graphs, on pycparser fed with our own tokens."""
