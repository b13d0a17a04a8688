"""Which files a run looks at, and by their bytes, which of them can hold anything for it."""
