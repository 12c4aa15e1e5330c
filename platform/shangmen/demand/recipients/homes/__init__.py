"""Where recipients live, and how well that is known."""
