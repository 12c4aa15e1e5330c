"""Whether an organisation works: suspended, at work again, closed."""
