"""From a problem to a plan with a certificate: level after level, with bounds and heuristics as tools."""
