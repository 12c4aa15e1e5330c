"""Homes without a point that a check-in found: proposed to the station, kept when it accepts."""
