"""What the page at the door knows: the tasks of a service, and when and where something happened."""
