"""Readers of public benchmark formats and generators of synthetic instances."""
