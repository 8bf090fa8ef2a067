"""The kiosk browser's own picture of the panel, through DevTools on loopback.

https://chromedevtools.github.io/devtools-protocol/tot/Page/#method-captureScreenshot
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from appliance.cli.devtools import ask_page


def devtools_picture(devtools_port: int, panel_port: int) -> bytes:
    """PNG of the page that shows the panel, as that browser has it on the screen now.

    Raises WebError: no DevTools there, no page of the panel's, or no picture came.
    """
    return ask_page(devtools_port, panel_port, "Page.captureScreenshot", {}, _picture_in)


def _picture_in(answer: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(answer["result"]["data"], validate=True)
    except (KeyError, TypeError, binascii.Error) as exc:
        raise ValueError("it answered without one") from exc
