"""A seeded county to look at: everybody in it is invented, every row is written through the actions.

Deterministic for (county, seed, today, scale). Read in this order: `population` (who), `places` (organisations and
people who come), `market` (what was bought), `wants` (what is needed), `month` (what happened), `command` (all of it,
timed, told).
"""
