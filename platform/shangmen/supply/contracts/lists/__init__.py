"""Lists of lots and contracts with their lines."""
