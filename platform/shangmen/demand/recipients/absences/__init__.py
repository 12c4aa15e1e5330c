"""Days on which somebody is away from home."""
