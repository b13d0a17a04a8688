"""Many source trees in one go: each is analysed as a project of its own, its result one line of JSON."""
