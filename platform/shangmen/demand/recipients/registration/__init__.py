"""Registering a recipient, and what makes a registration right."""
