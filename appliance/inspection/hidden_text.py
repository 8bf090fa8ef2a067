"""What text can hide: pictures and arrays written in base64, in hexadecimal or as numbers."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from mmap import mmap

Data = bytes | mmap

_SHORTEST = 200
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/_-]|\\/|\\n|\\r|%%2[BFbf]){%d,}" % _SHORTEST)
_BASE64_LINES = re.compile(rb"(?:[A-Za-z0-9+/]{60,120}\r?\n[ \t]*){3,}[A-Za-z0-9+/]{0,120}={0,2}")
_HEXADECIMAL = re.compile(rb"(?:[0-9A-Fa-f]{2}){%d,}" % _SHORTEST)
_NUMBER = rb"\s*[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\s*"
_NUMBERS = re.compile(rb"[\[(]?(?:%b[,;]){63,}" % _NUMBER)
_MAX_RUN_BYTES = 40_000_000
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t\n\r\f\x1b" + bytes(range(0x80, 0x100))


def is_text(data: Data) -> bool:
    """UTF-8, nearly without control characters."""
    sample = bytes(data[:65_536])
    if len(sample.translate(None, _PRINTABLE)) > 0.002 * len(sample):
        return False
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as exc:
        # A character that the sample cuts in two.
        return len(data) > len(sample) and exc.start > len(sample) - 4
    return True


def decoded_runs(data: Data) -> Iterator[bytes]:
    """The bytes that long runs of hexadecimal and base64 digits stand for."""
    for found in _HEXADECIMAL.finditer(data):
        yield bytes.fromhex(found[0][:_MAX_RUN_BYTES].decode("ascii"))
    for pattern in (_BASE64, _BASE64_LINES):
        for found in pattern.finditer(data):
            yield from _from_base64(found[0][:_MAX_RUN_BYTES])


def has_number_list(data: Data) -> bool:
    """A list of 64 numbers or more, as an embedding would be written down."""
    return _NUMBERS.search(data) is not None


def _from_base64(run: bytes) -> Iterator[bytes]:
    text = run.replace(b"\\n", b"").replace(b"\\r", b"").replace(b"\\/", b"/")
    text = re.sub(rb"%2[Bb]", b"+", re.sub(rb"%2[Ff]", b"/", text))
    text = re.sub(rb"\s", b"", text).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    # A run may begin with digits of the word before it, so that its groups of four are shifted.
    for shift in range(4):
        part = text[shift:]
        part = part[:-1] if len(part) % 4 == 1 else part + b"=" * (-len(part) % 4)
        try:
            yield base64.b64decode(part, validate=True)
        except binascii.Error:
            continue
