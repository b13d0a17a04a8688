"""One file a format, each a function from the results of a run to text."""
