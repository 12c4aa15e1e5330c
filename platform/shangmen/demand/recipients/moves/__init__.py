"""Moves: a file goes from one station to another, within the county or to another one (转介)."""
