"""What people decide beside the machine: pins for the next runs, overrides of one run."""
