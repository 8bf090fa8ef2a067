"""The title of a clip, Korean or English, as a transparent picture in the panel's own font."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from appliance.content.compose.title_font import TitleFont, signs_of
from appliance.errors import ContentError

_SIZE: Final = 0.075
"""Height of the letters, of the frame's shorter side; smaller where a title is long."""
_LEAST_SIZE: Final = 0.035
_MOST_WIDE: Final = 0.84
_FROM_BOTTOM: Final = 0.14
_LINES: Final = 2
_SPACING: Final = 1.3
INK: Final = (255, 253, 248)
_SHADE: Final = 150


def draw_title(title: str, size_px: tuple[int, int]) -> Image.Image:
    """The title near the lower edge of a frame (width, height), RGBA.

    A soft shade behind it keeps it readable on any picture. Emoji keep their colours. Raises
    ContentError when no font is installed or the title is too long for two lines.
    """
    font, lines = _set(title, size_px)
    mask, emoji = Image.new("L", size_px, 0), Image.new("RGBA", size_px)
    line_px = font.size * _SPACING
    bottom = size_px[1] * (1 - _FROM_BOTTOM)
    for number, line in enumerate(reversed(lines)):
        font.draw(line, mask, emoji, (size_px[0] / 2, bottom - number * line_px))
    drawn = ImageChops.lighter(mask, emoji.getchannel("A"))
    shade = drawn.filter(ImageFilter.GaussianBlur(font.size * 0.25))
    dark = np.minimum(np.asarray(shade, np.float32) * 2.2, _SHADE).astype(np.uint8)
    title_on_shade = Image.alpha_composite(
        _filled(Image.fromarray(dark), (0, 0, 0)), _filled(mask, INK)
    )
    return Image.alpha_composite(title_on_shade, emoji)


def _filled(mask: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    layer = Image.new("RGBA", mask.size, (*colour, 255))
    layer.putalpha(mask)
    return layer


def _set(title: str, size_px: tuple[int, int]) -> tuple[TitleFont, list[str]]:
    """The largest letters in which the title fits, and its lines."""
    short_px, most_px = min(size_px), size_px[0] * _MOST_WIDE
    letter_px = round(short_px * _SIZE)
    while letter_px >= short_px * _LEAST_SIZE:
        font = TitleFont(letter_px)
        lines = _broken(title, font, most_px)
        if len(lines) <= _LINES:
            return font, lines
        letter_px -= max(1, letter_px // 20)
    raise ContentError(f"the title has {len(title)} characters, too many to be read; shorten it")


def _broken(title: str, font: TitleFont, most_px: float) -> list[str]:
    """Lines of whole words, as full as they can be; a word longer than a line is parted."""
    lines: list[str] = []
    for word in title.split():
        while font.length(word) > most_px:
            signs = signs_of(word)
            heads = ("".join(signs[:count]) for count in range(len(signs), 0, -1))
            lines.append(next(head for head in heads if font.length(head) <= most_px))
            word = word[len(lines[-1]) :]
        if lines and font.length(f"{lines[-1]} {word}") <= most_px:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines
