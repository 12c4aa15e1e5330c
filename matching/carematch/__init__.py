"""Matching of care: who serves whom (`assignment`), who goes where and when (`rostering`).

A library in its own right: frozen structs with string ids and integers (minutes, metres, fen) go
in, the same come out. It knows no database, no web, no environment and no time of day.
"""
