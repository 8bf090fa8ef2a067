"""Letters and emoji of one title: two fonts, of which the one for emoji brings its own colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple
from unicodedata import category

from PIL import Image, ImageDraw, ImageFont

from appliance.errors import ContentError

# The panel's (kiosk_ui/panel/panel.css) as Debian's fonts-nanum and fonts-noto-cjk have them.
_LETTERS: Final = (
    "/usr/share/fonts/truetype/nanum/NanumSquareB.ttf",
    "/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
)
_EMOJI: Final = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
_EMOJI_PX: Final = 109
"""The one size in which that font's pictures are (format CBDT); FreeType refuses others."""
_SHOWN_AS_TEXT, _SHOWN_AS_EMOJI, _JOINER, _KEYCAP = "\ufe0e", "\ufe0f", "\u200d", "\u20e3"
_CHANGES: Final = (
    f"[{_SHOWN_AS_TEXT}{_SHOWN_AS_EMOJI}{_KEYCAP}\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
)
_SIGN: Final = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|.{_CHANGES}(?:{_JOINER}.{_CHANGES})*", re.DOTALL
)
"""What is drawn as one: a flag, or a character with what changes or joins it (UTS #51)."""
_INVISIBLE: Final = re.compile(f"[{_SHOWN_AS_TEXT}{_SHOWN_AS_EMOJI}{_JOINER}]")
_SYMBOLS: Final = frozenset({"So", "Sk", "Cn"})
"""Categories of emoji; the last of those that are newer than Python's table."""


class Run(NamedTuple):
    """Neighbours from one font."""

    text: str
    is_emoji: bool


class TitleFont:
    """The fonts in one size; ``size`` is the letters' height in pixels.

    Raises ContentError when no font for letters is installed. Without one for emoji they are left
    out, but for what a letter stands for, as the digit of a keycap.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._letters = _letters(size)
        self._emoji = _emoji()
        self._nothing = bytes(self._letters.getmask("\uffff"))

    def length(self, line: str) -> float:
        """Its width in pixels."""
        return sum(map(self._length, self._runs(line)))

    def draw(
        self, line: str, mask: Image.Image, colours: Image.Image, at: tuple[float, float]
    ) -> None:
        """Draw the letters of a line into ``mask`` (L), its emoji into ``colours`` (RGBA).

        ``at`` is the middle of its baseline.
        """
        x, y = at[0] - self.length(line) / 2, at[1]
        for run in self._runs(line):
            if run.is_emoji:
                self._paste(run.text, colours, (x, y))
            else:
                ImageDraw.Draw(mask).text((x, y), run.text, 255, self._letters, anchor="ls")
            x += self._length(run)

    def is_emoji(self, sign: str) -> bool:
        """Whether it is drawn in colours: as the sign says itself, else where no letter has it."""
        if _SHOWN_AS_TEXT in sign:
            return False
        if _SHOWN_AS_EMOJI in sign or _KEYCAP in sign:
            return True
        return category(sign[0]) in _SYMBOLS and not self._has_letter(sign)

    def _has_letter(self, sign: str) -> bool:
        return bytes(self._letters.getmask(sign[0])) != self._nothing

    def _runs(self, line: str) -> Iterator[Run]:
        for is_emoji, signs in groupby(signs_of(line), self.is_emoji):
            if is_emoji and self._emoji is not None:
                yield Run("".join(signs), is_emoji=True)
            elif is_emoji:
                yield Run("".join(sign[0] for sign in signs if self._has_letter(sign)), False)
            else:
                yield Run(_INVISIBLE.sub("", "".join(signs)), is_emoji=False)

    def _length(self, run: Run) -> float:
        if run.is_emoji and self._emoji is not None:
            return self._emoji.getlength(run.text) * self.size / _EMOJI_PX
        return self._letters.getlength(run.text)

    def _paste(self, emoji: str, colours: Image.Image, at: tuple[float, float]) -> None:
        if self._emoji is None:
            return
        left, top, right, bottom = map(round, self._emoji.getbbox(emoji, anchor="ls"))
        drawn = Image.new("RGBA", (right - left, bottom - top))
        ImageDraw.Draw(drawn).text(
            (-left, -top), emoji, font=self._emoji, anchor="ls", embedded_color=True
        )
        scale = self.size / _EMOJI_PX
        small = drawn.resize((round(drawn.width * scale), round(drawn.height * scale)))
        colours.alpha_composite(small, (round(at[0] + left * scale), round(at[1] + top * scale)))


def signs_of(text: str) -> list[str]:
    """What is drawn as one each, in order; a line may be broken between them only."""
    return _SIGN.findall(text)


def without_emoji_font(title: str) -> bool:
    """Whether a title has emoji that cannot be drawn here, so that they are left out."""
    return _emoji() is None and any(map(TitleFont(_EMOJI_PX).is_emoji, signs_of(title)))


def _letters(size: int) -> ImageFont.FreeTypeFont:
    for path in _LETTERS:
        if Path(path).exists():
            return ImageFont.truetype(path, size)
    raise ContentError(
        "the panel's font for titles is not installed; install it with apt-get install fonts-nanum"
    )


def _emoji() -> ImageFont.FreeTypeFont | None:
    return ImageFont.truetype(_EMOJI, _EMOJI_PX) if Path(_EMOJI).exists() else None
