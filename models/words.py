"""What the values of command line options mean; each raises ArgumentTypeError for what is wrong."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def _number(text: str, least: float, most: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text} is no {what}")
    return value


def share_of(text: str) -> float:
    """`0.6` → 0.6: from none to all."""
    return _number(text, 0.0, 1.0, "share: 0 to 1")


def amount_of(text: str) -> float:
    """`2.5` → 2.5: none or more."""
    return _number(text, 0.0, 1e9, "amount: 0 or more")


def count_of(least: int, what: str) -> Callable[[str], int]:
    """A reader of whole numbers from `least` on."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is no number of {what}: {least} or more")
        return int(text)

    return read


def fold_of(text: str) -> tuple[int, int]:
    """`0/5` → (0, 5)."""
    number, _, folds = text.partition("/")
    if not (number.isdecimal() and folds.isdecimal() and int(number) < int(folds) > 1):
        raise argparse.ArgumentTypeError(f"{text} is no part: 0/5 … 4/5, say")
    return int(number), int(folds)


def sizes_of(text: str) -> tuple[int, ...]:
    """`48x2,64x1` → (48, 48, 64)."""
    sizes: list[int] = []
    for stretch in text.split(","):
        size_px, _, epochs = stretch.partition("x")
        if not size_px.isdecimal() or int(size_px) < 16 or not (epochs or "1").isdecimal():
            raise argparse.ArgumentTypeError(f"{text} is no list of sizes: 48x8,64x8, say")
        sizes += [int(size_px)] * int(epochs or 1)
    return tuple(sizes)
