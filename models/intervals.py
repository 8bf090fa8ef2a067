"""How far a measured share may be off."""

from __future__ import annotations

from scipy.stats import binomtest

CONFIDENCE = 0.95


def wilson(right: int, number: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson 1927, JASA 22, 209-212)."""
    found = binomtest(right, number).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def part(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two intervals have nothing in common."""
    return one[1] < other[0] or other[1] < one[0]
