"""Which findings are new: fingerprints, the baseline, what changed since a commit."""
