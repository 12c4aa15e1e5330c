"""Lists of organisations and of the people who work for them."""
