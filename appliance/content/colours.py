"""Brings high dynamic range and wide colours to what an ordinary display shows (BT.709).

A browser would do it too, each in its own way; converted once, every panel shows the same.
"""

from __future__ import annotations

from typing import Final

from appliance.content.media_info import MediaInfo

# ITU-R BT.2408, 2.1: the brightness of white paper and of graphics in high dynamic range.
_WHITE_CD_M2: Final = 203
# What such films are graded for, and the nominal peak of HLG (ITU-R BT.2100, table 5).
_PEAK_CD_M2: Final = 1000
# Up to half the white's light nothing is changed; what is brighter is pressed together above it.
_KNEE: Final = 0.5


def to_standard_colours(info: MediaInfo) -> str | None:
    """ffmpeg's filters for these pictures; None: their colours are the display's already."""
    primaries = info.primaries or "bt2020"
    matrix = info.matrix or ("bt2020nc" if primaries == "bt2020" else "bt709")
    if info.is_rgb:
        matrix = "gbr"
    if info.is_hdr:
        stated = f"pin={primaries}:tin={info.transfer}:min={matrix}"
        return (
            f"zscale={stated}:p={primaries}:t=linear:npl={_WHITE_CD_M2},format=gbrpf32le,"
            f"zscale=p=bt709,tonemap=mobius:param={_KNEE}:peak={_PEAK_CD_M2 / _WHITE_CD_M2:.3f}"
            ":desat=0,zscale=t=bt709:m=bt709:r=tv"
        )
    if info.is_wide:
        stated = f"pin={primaries}:tin={info.transfer or 'bt709'}:min={matrix}"
        return f"zscale={stated}:p=bt709:t=bt709:m=bt709:r=tv"
    return None
