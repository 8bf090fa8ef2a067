"""A link as a QR code, in SVG."""

from __future__ import annotations

import io

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

QUIET_ZONE_MODULES = 4
"""ISO/IEC 18004, section 5.3.8; many phones do not find a code without it."""


def qr_svg(text: str) -> bytes:
    """SVG document of a square code: one path on white, sized by its viewer."""
    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_M, border=QUIET_ZONE_MODULES, image_factory=WhiteSvg
    )
    code.add_data(text)
    code.make(fit=True)
    out = io.BytesIO()
    code.make_image().save(out)
    return out.getvalue()


class WhiteSvg(SvgPathImage):
    """On white of its own, so that the code never lies on something dark."""

    background = "#ffffff"
    # Without it thin light lines show between modules at some sizes.
    QR_PATH_STYLE = {**SvgPathImage.QR_PATH_STYLE, "shape-rendering": "crispEdges"}  # noqa: RUF012
