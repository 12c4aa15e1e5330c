"""Needs that the ladder proposes from assessments, gone through as a list; and what goes beyond the ladder."""
