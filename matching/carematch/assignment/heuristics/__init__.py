"""Ways to good plans: greedy, local search, dives, searches among few columns."""
