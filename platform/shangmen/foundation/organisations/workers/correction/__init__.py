"""Who a worker is, corrected."""
