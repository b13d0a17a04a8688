"""Fuzzing, outside of the test suite: ``make fuzz MINUTES=30``."""
