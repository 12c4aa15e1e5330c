"""What keeps an installation running: logs, maintenance, child processes."""
