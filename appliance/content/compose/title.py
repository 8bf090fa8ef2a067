"""The title of a clip, Korean or English, as a transparent picture in the panel's own font."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from appliance.errors import ContentError

# The panel's (kiosk_ui/panel/panel.css) as Debian's fonts-nanum and fonts-noto-cjk have them.
_FONTS: Final = (
    "/usr/share/fonts/truetype/nanum/NanumSquareB.ttf",
    "/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
)
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

    A soft shade behind it keeps it readable on any picture. Raises ContentError when no font is
    installed or the title is too long for two lines.
    """
    font, lines = _set(title, size_px)
    mask = Image.new("L", size_px, 0)
    draw = ImageDraw.Draw(mask)
    line_px = font.size * _SPACING
    bottom = size_px[1] * (1 - _FROM_BOTTOM)
    for number, line in enumerate(reversed(lines)):
        draw.text((size_px[0] / 2, bottom - number * line_px), line, 255, font, anchor="ms")
    shade = mask.filter(ImageFilter.GaussianBlur(font.size * 0.25))
    dark = np.minimum(np.asarray(shade, np.float32) * 2.2, _SHADE).astype(np.uint8)
    return Image.alpha_composite(_filled(Image.fromarray(dark), (0, 0, 0)), _filled(mask, INK))


def _filled(mask: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    layer = Image.new("RGBA", mask.size, (*colour, 255))
    layer.putalpha(mask)
    return layer


def _set(title: str, size_px: tuple[int, int]) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest letters in which the title fits, and its lines."""
    short_px, most_px = min(size_px), size_px[0] * _MOST_WIDE
    letter_px = round(short_px * _SIZE)
    while letter_px >= short_px * _LEAST_SIZE:
        font = _font(letter_px)
        lines = _broken(title, font, most_px)
        if len(lines) <= _LINES:
            return font, lines
        letter_px -= max(1, letter_px // 20)
    raise ContentError(f"the title has {len(title)} characters, too many to be read; shorten it")


def _broken(title: str, font: ImageFont.FreeTypeFont, most_px: float) -> list[str]:
    """Lines of whole words, as full as they can be; a word longer than a line is parted."""
    lines: list[str] = []
    for word in title.split():
        while font.getlength(word) > most_px:
            fits = next(n for n in range(len(word), 0, -1) if font.getlength(word[:n]) <= most_px)
            lines.append(word[:fits])
            word = word[fits:]
        if lines and font.getlength(f"{lines[-1]} {word}") <= most_px:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _font(letter_px: int) -> ImageFont.FreeTypeFont:
    for path in _FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, letter_px)
    raise ContentError(
        "the panel's font for titles is not installed; install it with apt-get install fonts-nanum"
    )
