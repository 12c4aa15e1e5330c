"""Assessing people on scales of ability, and the level that decides how heavily a need weighs."""
