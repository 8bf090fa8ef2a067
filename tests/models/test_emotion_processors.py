"""The ways to write weights as bytes: the page shows what was measured, and why seven bits ship."""

import pytest

pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from models.emotion import processors


def test_the_page_shows_the_figures_that_were_measured():
    text = processors.PAGE.page.read_text(encoding="utf-8")
    expected = processors.PAGE.put_into(text, processors.table(processors.read()))
    assert text == expected, "run python -m models.emotion.processors --record"


def test_seven_bits_move_no_answer_and_take_no_more_time_than_eight():
    eight, seven, unsigned, exact = processors.read()
    assert seven.largest_change < 0.01
    assert seven.other_choices == 0
    assert eight.largest_change > 0.1
    assert seven.milliseconds < 1.1 * eight.milliseconds
    assert min(unsigned.milliseconds, exact.milliseconds) > 1.2 * seven.milliseconds
    assert seven.seven > eight.seven - 0.005
