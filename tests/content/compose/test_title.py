"""Titles can be read in both languages, and long ones are set smaller, not cut off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from appliance.content.compose import title_font
from appliance.content.compose.title import draw_title
from appliance.content.compose.title_font import TitleFont, signs_of, without_emoji_font

SIZE_PX = (640, 360)


@pytest.fixture(autouse=True)
def _font() -> None:
    pytest.importorskip("PIL")


needs_emoji_font = pytest.mark.skipif(
    not Path(title_font._EMOJI).exists(),
    reason="NO EMOJI FONT: apt-get install fonts-noto-color-emoji",
)
FAMILY, FLAG, HEART, KEYCAP = "👨\u200d👩\u200d👧", "🇰🇷", "❤\ufe0f", "1\ufe0f\u20e3"


def colourful(title: str) -> int:
    """Pixels that are neither letters nor shade."""
    rgba = np.asarray(draw_title(title, SIZE_PX)).astype(np.int16)
    return int(((np.ptp(rgba[:, :, :3], axis=2) > 60) & (rgba[:, :, 3] > 128)).sum())


def ink(title: str) -> np.ndarray:
    """Where letters are, as rows and columns of the frame."""
    rgba = np.asarray(draw_title(title, SIZE_PX))
    return np.argwhere((rgba[:, :, 0] > 200) & (rgba[:, :, 3] > 200))


@pytest.mark.parametrize(
    "title", ["가을 여행", "Autumn", "가" * 80, "Autumn in the mountains " * 3]
)
def test_the_whole_title_stands_in_the_lower_part(title: str) -> None:
    found = ink(title)
    assert found[:, 0].min() > 0.5 * SIZE_PX[1]
    assert found[:, 0].max() < 0.95 * SIZE_PX[1]
    assert found[:, 1].min() > 0.05 * SIZE_PX[0]
    assert found[:, 1].max() < 0.95 * SIZE_PX[0]


def test_different_letters_look_different() -> None:
    assert ink("가을").tolist() != ink("여행").tolist()


# --- emoji: the panel's font for letters has none of them (fonts-nanum 20200506) ----------------


@needs_emoji_font
@pytest.mark.parametrize("emoji", ["🌸", FLAG, HEART, KEYCAP, "👍🏽", "☀", "🌸🍁"])
def test_emoji_are_drawn_in_their_colours(emoji: str) -> None:
    assert colourful("가을 여행") == 0
    assert colourful(f"가을 {emoji}") > 30


@needs_emoji_font
@pytest.mark.parametrize("emoji", [FAMILY, FLAG, HEART, KEYCAP, "👍🏽"])
def test_what_is_joined_is_one_picture(emoji: str) -> None:
    font = TitleFont(40)
    assert font.length(emoji) == font.length("🌸")
    assert signs_of(f"봄{emoji}!") == ["봄", emoji, "!"]


def test_signs_that_the_letters_have_stay_letters() -> None:
    assert colourful("별 ★ 하트 ♥ → 1 2 3 ❤\ufe0e") == 0


@needs_emoji_font
def test_long_titles_of_emoji_are_broken_between_them_and_stay_inside() -> None:
    rgba = np.asarray(draw_title("🌸" * 60, SIZE_PX))
    rows, columns = np.nonzero(np.ptp(rgba[:, :, :3].astype(np.int16), axis=2) > 60)
    assert columns.min() > 0.05 * SIZE_PX[0]
    assert columns.max() < 0.95 * SIZE_PX[0]
    assert 0.5 * SIZE_PX[1] < rows.min() < rows.max() < 0.95 * SIZE_PX[1]
    assert colourful(FLAG * 50) > 0


def test_without_their_font_emoji_are_left_out_and_digits_are_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(title_font, "_EMOJI", str(tmp_path / "missing.ttf"))
    assert ink("🌸🌸").size == 0
    assert ink(f"출구 {KEYCAP}").tolist() == ink("출구 1").tolist()
    assert without_emoji_font("가을 🍁")
    assert not without_emoji_font("가을 ★")
