"""People who come to the door, whoever employs them."""
