"""Titles can be read in both languages, and long ones are set smaller, not cut off."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.content.compose.title import draw_title

SIZE_PX = (640, 360)


@pytest.fixture(autouse=True)
def _font() -> None:
    pytest.importorskip("PIL")


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
