"""How large a picture may be, and what reading it may take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

MAX_BYTES: Final = 200_000_000
MAX_PIXELS: Final = 100_000_000
MAX_SCALED_PIXELS: Final = 400_000_000
"""Of a JPEG, which is scaled while it is decoded."""

MAX_MEMORY_BYTES: Final = 1_000_000_000
"""100 megapixels take at most so much, as JPEG, PNG, TIFF, AVIF and HEIC (4 to 9 bytes a pixel);
WebP takes 15 and so ends at 60 megapixels."""

MAX_CPU_S: Final = 120
MAX_WAIT_S: Final = 240.0
"""Of the wall clock: at low priority a picture may have to wait for its turn."""


@dataclass(frozen=True, slots=True)
class Box:
    """What a picture must fit into, whichever way up; a smaller one stays as it is."""

    long_side_px: int
    short_side_px: int

    def fitted(self, width_px: int, height_px: int) -> tuple[int, int]:
        """(width, height) of a picture scaled down into the box."""
        share = min(
            1.0,
            self.long_side_px / max(width_px, height_px),
            self.short_side_px / min(width_px, height_px),
        )
        return max(1, round(width_px * share)), max(1, round(height_px * share))


WHOLE: Final = Box(8192, 8192)
"""All that a phone's 50 megapixels show; what is larger takes memory alone."""


def memory_limit_bytes() -> int:
    """What one picture may take: 1 GB, on a machine of less than 2 GB half of its memory."""
    machine_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(MAX_MEMORY_BYTES, machine_bytes // 2)
