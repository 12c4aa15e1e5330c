"""Questions that take many solves: after a change, for fairness, with other supply, for more money."""
