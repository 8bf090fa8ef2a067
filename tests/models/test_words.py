"""Option values are read as meant, and what is none is refused by name before training starts."""

import argparse
import re

import pytest

from models import words


def test_values_are_read_as_meant():
    assert words.share_of("0.6") == 0.6
    assert words.amount_of("2.5") == 2.5
    assert words.count_of(0, "views")("8") == 8
    assert words.fold_of("4/5") == (4, 5)
    assert words.sizes_of("48x2,64") == (48, 48, 64)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((words.share_of, text) for text in ("1.5", "-0.1", "nan", "half", "")),
        *((words.amount_of, text) for text in ("-1", "inf", "nan", "x")),
        *((words.count_of(1, "epochs"), text) for text in ("0", "-3", "x", "1.5")),
        *((words.fold_of, text) for text in ("5/5", "0/1", "1", "a/b", "-1/5")),
        *((words.sizes_of, text) for text in ("", "x8", "8", "64xa", "-64", "64,,48")),
    ],
)
def test_what_is_none_is_refused_by_name(read, text):
    with pytest.raises(argparse.ArgumentTypeError, match=f"^{re.escape(text)} is no "):
        read(text)
