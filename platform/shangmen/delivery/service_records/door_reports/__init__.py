"""What workers tell from the door: why a visit does not take place and what happens next, or an alarm."""
