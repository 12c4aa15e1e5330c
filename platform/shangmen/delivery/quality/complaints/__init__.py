"""What recipients complain of: noted, looked into by somebody else, answered by a day."""
