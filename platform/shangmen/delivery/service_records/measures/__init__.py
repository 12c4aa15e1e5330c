"""How suppliers enter their records, in figures; and how well the rules find what is known to be wrong."""
