"""Picture files of kinds that people have, made small: with profiles, turned, deep, transparent."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

WIDTH_PX, HEIGHT_PX = 96, 64
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
_PNG = b"\x89PNG\r\n\x1a\n"


def card() -> Image.Image:
    """Red and green over blue and grey."""
    picture = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), (200, 200, 200))
    draw = ImageDraw.Draw(picture)
    half_w, half_h = WIDTH_PX // 2, HEIGHT_PX // 2
    draw.rectangle((0, 0, half_w - 1, half_h - 1), fill=(220, 40, 40))
    draw.rectangle((half_w, 0, WIDTH_PX, half_h - 1), fill=(40, 180, 60))
    draw.rectangle((0, half_h, half_w - 1, HEIGHT_PX), fill=(40, 60, 220))
    return picture


def pierced() -> Image.Image:
    """The card, its red not there at all and its grey half."""
    alpha = Image.new("L", (WIDTH_PX, HEIGHT_PX), 255)
    alpha.paste(0, (0, 0, WIDTH_PX // 2, HEIGHT_PX // 2))
    alpha.paste(128, (WIDTH_PX // 2, HEIGHT_PX // 2, WIDTH_PX, HEIGHT_PX))
    picture = card().convert("RGBA")
    picture.putalpha(alpha)
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a file that Pillow writes; no loss that matters."""
    buffer = io.BytesIO()
    options = {"quality": 97, **options} if kind in ("JPEG", "WEBP", "AVIF") else options
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def turned(orientation: int) -> bytes:
    """EXIF that says how the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def display_profile(primaries: Sequence[tuple[float, float]], gamma: float = 2.2) -> bytes:
    """The ICC profile of a display (ICC.1), white D65 adapted to D50 by Bradford."""
    white = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    columns = columns * np.linalg.solve(columns, white)
    cones = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    d50 = np.array([0.9642, 1, 0.8249])
    adapted = np.linalg.inv(cones) @ np.diag((cones @ d50) / (cones @ white)) @ cones @ columns
    curve = b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256)) + b"\0\0"
    tags = {b"wtpt": _xyz(d50), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    tags |= {name: _xyz(adapted[:, at]) for at, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return _icc(b"RGB ", tags)


def grey_profile(gamma: float) -> bytes:
    """The ICC profile of a grey scale."""
    curve = b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256)) + b"\0\0"
    return _icc(b"GRAY", {b"wtpt": _xyz((0.9642, 1, 0.8249)), b"kTRC": curve})


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(65536 * v)) for v in values)


def _icc(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 2) + b"w\0" + bytes(78), **tags}
    table, data = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(tag))
        data += tag + bytes(-len(tag) % 4)
    head = struct.pack(">I4xI", 128 + len(table) + len(data), 0x02400000)
    head += (
        b"mntr" + space + b"XYZ " + bytes(12) + b"acsp" + bytes(28) + _xyz((0.9642, 1, 0.8249))[8:]
    )
    return head.ljust(128, b"\0") + table + data


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_with(png: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """These chunks behind the header of a PNG."""
    return png[:33] + b"".join(chunk(*one) for one in chunks) + png[33:]


def raw_png(depth: int, colour: int, rows: np.ndarray, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of samples as they stand in the file, ``rows`` [H, ...] in its byte order."""
    samples = {0: 1, 2: 3, 6: 4}[colour]
    width = rows[0].nbytes * 8 // depth // samples
    head = struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, 0)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    return png_with(
        _PNG + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""),
        *chunks,
    )


def deep_avif(bits: int) -> bytes:
    """Blue beside light grey (204), by OpenCV, for Pillow writes eight bits alone."""
    most = 2**bits - 1
    picture = np.full((HEIGHT_PX, WIDTH_PX, 3), round(0.8 * most), np.uint16)
    picture[:, : WIDTH_PX // 2] = [round(v * most / 255) for v in (220, 60, 40)]
    options = [cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, 97]
    return bytes(cv2.imencode(".avif", picture, options)[1])


def avif_of_colours(primaries: int, transfer: int) -> bytes:
    """The card, its samples meant in another colour space (ITU-T H.273)."""
    data = bytearray(saved(card(), "AVIF"))
    at = data.index(b"colrnclx") + 8
    data[at : at + 4] = struct.pack(">HH", primaries, transfer)
    return bytes(data)


def tiff(samples: np.ndarray, sample_format: int, photometric: int = 2) -> bytes:
    """A TIFF of samples [H, W, C], C one or three, little-endian (TIFF 6.0).

    ``sample_format``: 1 whole, 2 signed, 3 floating-point.
    """
    height, width, channels = samples.shape
    bits, raw = samples.dtype.itemsize * 8, samples.tobytes()
    words = 8 + 2 + 11 * 12 + 4
    each = {258: bits, 339: sample_format}
    at = {258: words, 339: words + 6} if channels == 3 else each
    whole = {256: width, 257: height, 273: words + 12, 278: height, 279: len(raw)}
    short = {259: 1, 262: photometric, 277: channels, 284: 1}
    entries = [(tag, 4, 1, value) for tag, value in whole.items()]
    entries += [(tag, 3, 1, value) for tag, value in short.items()]
    entries += [(tag, 3, channels, value) for tag, value in at.items()]
    directory = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    behind = b"".join(struct.pack("<3H", *[value] * 3) for value in each.values())
    return b"II*\0" + struct.pack("<IH", 8, 11) + directory + bytes(4) + behind + raw


def cards_of_many_kinds() -> dict[str, bytes]:
    """Files by name, all of kinds that a browser shows."""
    made: dict[str, bytes] = {}
    icc = {"p3": display_profile(P3), "adobe": display_profile(ADOBE, 2.19921875)}
    for kind, suffix in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("AVIF", "avif")):
        made[f"plain.{suffix}"] = saved(card(), kind)
        for name, profile in icc.items():
            made[f"{name}.{suffix}"] = saved(card(), kind, icc_profile=profile)
        made |= {f"turned{n}.{suffix}": saved(card(), kind, exif=turned(n)) for n in range(2, 9)}
        if kind != "JPEG":
            made[f"pierced.{suffix}"] = saved(pierced(), kind)
            made[f"pierced_turned.{suffix}"] = saved(pierced(), kind, exif=turned(6))
            made[f"pierced_p3.{suffix}"] = saved(pierced(), kind, icc_profile=icc["p3"])
    return made | _greys_and_prints(icc["p3"]) | _png_kinds() | _avif_kinds()


def _greys_and_prints(p3: bytes) -> dict[str, bytes]:
    grey, linear = card().convert("L"), grey_profile(1.0)
    return {
        "grey.jpg": saved(grey, "JPEG", icc_profile=linear),
        "grey.png": saved(grey, "PNG", icc_profile=linear),
        "grey_pierced.png": saved(pierced().convert("LA"), "PNG", icc_profile=linear),
        "grey_of_a_camera.jpg": saved(grey, "JPEG", icc_profile=p3),
        "print.jpg": saved(card().convert("CMYK"), "JPEG"),
        "progressive.jpg": saved(card(), "JPEG", progressive=True),
        "plain.bmp": saved(card(), "BMP"),
        "pierced.bmp": saved(pierced(), "BMP"),
        "few.bmp": saved(card().quantize(4), "BMP"),
        "plain.gif": saved(card(), "GIF"),
        "pierced.gif": saved(pierced(), "GIF"),
    }


def _png_kinds() -> dict[str, bytes]:
    plain = saved(card(), "PNG")
    gamma, white = struct.pack(">I", 100_000), (31_270, 32_900)
    primaries = struct.pack(">8I", *white, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
    few = saved(pierced().quantize(16, method=Image.Quantize.FASTOCTREE), "PNG")
    deep = np.full((HEIGHT_PX, WIDTH_PX, 3), (0x1111, 0x8822, 0x2833), ">u2")
    deep[:, : WIDTH_PX // 2] = (0xDC11, 0x2822, 0x2833)
    veil = np.full((HEIGHT_PX, WIDTH_PX, 1), 0x8000, ">u2")
    grey16 = np.ascontiguousarray(deep[:, :, 1])
    grey4 = np.full((HEIGHT_PX, WIDTH_PX // 2), 0x55, np.uint8)
    grey4[:, : WIDTH_PX // 4] = 0xCC
    key = struct.pack(">3H", 0x1111, 0x8822, 0x2833)
    return {
        "linear.png": png_with(plain, (b"gAMA", gamma)),
        "usual_gamma.png": png_with(plain, (b"gAMA", struct.pack(">I", 45_455))),
        "srgb_wins.png": png_with(plain, (b"gAMA", gamma), (b"sRGB", b"\0")),
        "primaries.png": png_with(plain, (b"gAMA", gamma), (b"cHRM", primaries)),
        "primaries_alone.png": png_with(plain, (b"cHRM", primaries)),
        "numbers.png": png_with(plain, (b"cICP", bytes((12, 13, 0, 1)))),
        # As Photoshop writes it: notes of some kB before the palette and what of it is clear.
        "notes_first.png": png_with(few, (b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + b" " * 9000)),
        "grey16.png": raw_png(16, 0, grey16),
        "grey16_key.png": raw_png(16, 0, grey16, (b"tRNS", struct.pack(">H", 0x8822))),
        "grey4_key.png": raw_png(4, 0, grey4, (b"tRNS", struct.pack(">H", 5))),
        "deep.png": raw_png(16, 2, deep),
        "deep_key.png": raw_png(16, 2, deep, (b"tRNS", key)),
        "deep_pierced.png": raw_png(16, 6, np.dstack([deep, veil])),
    }


def _avif_kinds() -> dict[str, bytes]:
    return {
        "deep10.avif": deep_avif(10),
        "deep12.avif": deep_avif(12),
        "numbers_p3.avif": avif_of_colours(12, 13),
        "numbers_2020.avif": avif_of_colours(9, 13),
        "numbers_709.avif": avif_of_colours(1, 1),
        "premultiplied.avif": saved(pierced(), "AVIF", alpha_premultiplied=True),
    }
