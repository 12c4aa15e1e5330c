"""Which workers are family of which recipients."""
