"""Public holidays and exchanged working days (调休): which days are worked, and deadlines in working days."""
