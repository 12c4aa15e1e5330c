"""Drafts of contracts and their lines: corrected, dropped."""
