"""Visits planned by the machine: what it is fed with, its staff, its answer."""
