"""Every kind of picture that a browser shows comes out as it shows it, on a white page.

Measured with Chromium 156. It turns JPEG, PNG and AVIF by EXIF (AVIF by ``irot`` and ``imir``) but
no WebP, takes sRGB for what says a gamma of 1/2.2 and nothing more, and leaves primaries without
a gamma alone.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from appliance.pictures.reader import PictureReader
from tests.pictures.made_files import cards_of_many_kinds

FILES = cards_of_many_kinds()
MOST = 4
PLACES = tuple((x, y) for y in (0.25, 0.75) for x in (0.25, 0.75))
"""The middles of the four quarters, as shares of width and height."""
DRAW = """async ([data, kind, places]) => {
    const blob = await (await fetch(`data:image/${kind};base64,${data}`)).blob();
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const paint = canvas.getContext("2d");
    paint.fillStyle = "white";
    paint.fillRect(0, 0, canvas.width, canvas.height);
    paint.drawImage(image, 0, 0);
    const pixel = (x, y) => [...paint.getImageData(x, y, 1, 1).data].slice(0, 3);
    const at = ([x, y]) => pixel(Math.floor(x * canvas.width), Math.floor(y * canvas.height));
    return [canvas.width, canvas.height, places.map(at)];
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def reader() -> Iterator[PictureReader]:
    with PictureReader() as reader:
        yield reader


@pytest.mark.parametrize("name", FILES)
def test_as_chromium_shows_it(page: Page, reader: PictureReader, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(FILES[name])
    kind = {"jpg": "jpeg"}.get(file.suffix[1:], file.suffix[1:])
    data = base64.b64encode(FILES[name]).decode()
    width, height, wanted = page.evaluate(DRAW, [data, kind, PLACES])

    picture = reader.read(file)

    assert picture.shape == (height, width, 3)
    found: list[Any] = [picture[int(y * height), int(x * width), ::-1].tolist() for x, y in PLACES]
    assert np.abs(np.array(found) - np.array(wanted)).max() <= MOST, (found, wanted)
