"""The two front ends, C and Python: the only parts, beside the edit writers, that know a language."""
