"""What a run says of each need: lists, tallies, the map, and the page of one need."""
