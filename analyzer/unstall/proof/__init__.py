"""Putting a patch to the test: the loop's executable model, starvation on it, and what a patch changes."""
