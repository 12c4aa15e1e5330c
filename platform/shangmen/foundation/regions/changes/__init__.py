"""Townships that get another name or code, are merged or split, from a day on."""
