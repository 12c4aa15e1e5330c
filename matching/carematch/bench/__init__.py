"""Measuring the library: public benchmark formats, synthetic instances, other solvers, tables and pictures."""
