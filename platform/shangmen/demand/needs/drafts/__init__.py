"""Drafts of needs, and the goal of a care plan: corrected."""
