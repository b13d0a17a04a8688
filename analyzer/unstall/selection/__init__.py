"""Which rules apply where, and what a comment in the source leaves out."""
