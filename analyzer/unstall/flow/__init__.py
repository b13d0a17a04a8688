"""The language-free middle: flow graphs, waits, outcomes, traces, stages, facts."""
