"""Why this supplier, why not another, why nobody, what would change it, and what more would be worth."""
