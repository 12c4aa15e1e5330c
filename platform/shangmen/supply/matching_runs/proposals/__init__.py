"""What a run says of each need: lists, tallies, and the page of one need."""
