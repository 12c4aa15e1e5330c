"""What is held, as a queue: who holds it up and for how long, the next one, and many like cases at once."""
