"""The words on an advertisement: shop name in Korean and English, one line, and the example mark.

Drawn with Pillow in the Nanum fonts (Debian packages fonts-nanum, the panel's own, and
fonts-nanum-extra with the heavier faces).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from appliance.content.starter.canvas import WIDTH, Floats, rgb
from appliance.content.starter.sprite import coloured, stamp
from appliance.errors import ContentError

FONT_FOLDER: Final = Path("/usr/share/fonts/truetype/nanum")
SERIF, ROUND, PLAIN = "NanumMyeongjoExtraBold", "NanumSquareRoundEB", "NanumSquareRoundB"
EXAMPLE: Final = "예시 · Example"


@dataclass(frozen=True)
class Words:
    """What stands on an advertisement; `face` is the name's font, `colour` of all of it."""

    name: str
    name_en: str
    line: str
    colour: str
    face: str = ROUND


def text(line: str, face: str, size_px: int, spacing_px: float, colour: str) -> Floats:
    """One line of text as a sprite; `spacing_px` is added between letters."""
    try:
        font = ImageFont.truetype(FONT_FOLDER / f"{face}.ttf", size_px)
    except OSError as exc:
        raise ContentError(
            f"font {face} is not installed;"
            " install it with apt-get install fonts-nanum fonts-nanum-extra"
        ) from exc
    lengths = [font.getlength(letter) + spacing_px for letter in line]
    width, height = int(sum(lengths) - spacing_px) + 8, int(size_px * 1.5)
    picture = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(picture)
    x = 4.0
    for letter, length in zip(line, lengths, strict=True):
        draw.text((x, height / 2), letter, fill=255, font=font, anchor="lm")
        x += length
    mask = np.asarray(picture, dtype=np.float32) / 255
    return coloured(mask, rgb(colour))


def headline(canvas: Floats, words: Words) -> None:
    """Write the words into the upper middle, where an upright panel's crop leaves them; in place.

    The middle 400 px hold everything: that is what an upright panel shows of a wide clip.
    """
    middle = WIDTH / 2
    lines = (
        (text(EXAMPLE, PLAIN, 17, 0.5, words.colour), 52.0, 0.72),
        (text(words.name, words.face, 66, -1.0, words.colour), 118.0, 1.0),
        (text(words.name_en.upper(), PLAIN, 20, 4.0, words.colour), 178.0, 0.9),
        (text(words.line, PLAIN, 25, 0.0, words.colour), 224.0, 0.95),
    )
    for sprite, y, opacity in lines:
        # Whole pixels: letters must stay sharp.
        x = round(middle - sprite.shape[1] / 2) + (sprite.shape[1] - 1) / 2
        stamp(
            canvas, sprite, x, y + (sprite.shape[0] - 1) / 2 - sprite.shape[0] // 2, opacity=opacity
        )
