"""The search behind `solve`: compiled, on two flat arrays."""
