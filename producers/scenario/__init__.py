"""The Dalian scenario: a market with 524 achievements, 300 demands and about 100 deals, made from a seed.

It is illustrative. The texts are authored and the rest is drawn: no achievement, enterprise, right, price or deal in it
is real, and the institutions that exist have said none of it.
"""

from producers.scenario.story import LENGTH, SEED, Scenario, scenario

__all__ = ["LENGTH", "SEED", "Scenario", "scenario"]
