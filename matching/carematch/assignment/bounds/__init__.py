"""What no plan can be better than, and the prices that prove it."""
