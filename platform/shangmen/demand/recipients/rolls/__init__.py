"""Rolls of people (花名册) as offices keep them: who stands in them, and what becomes of each row."""
