"""Who serves whom in a run, on a map."""
