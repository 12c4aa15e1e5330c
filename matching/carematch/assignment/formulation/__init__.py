"""The problem as mathematics: columns, rows, goals; what the rooms after it work on."""
