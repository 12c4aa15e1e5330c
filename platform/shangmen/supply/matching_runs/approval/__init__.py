"""A run is approved by a person: its proposals become offers."""
