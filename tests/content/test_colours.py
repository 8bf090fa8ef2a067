"""High dynamic range and wide colours, held to the same picture in standard range."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.content.clip_folder import ClipFolder
from appliance.content.contact_sheet import make_contact_sheet
from appliance.content.intake import Intake, IntakeRules
from appliance.errors import ContentError
from tests.content.odd_files import HEVC, encode, picture

SIDE_PX = 32
# As a display of standard range shows them; up to about half the light of white.
PATCHES_RGB = (
    (16, 16, 16), (64, 64, 64), (128, 128, 128), (180, 180, 180),
    (176, 124, 98), (60, 90, 40), (40, 70, 150), (160, 40, 40),
)  # fmt: skip
RULES = IntakeRules(reserve_bytes=0)


@pytest.fixture
def patches(tmp_path: Path) -> Path:
    row = np.array(PATCHES_RGB, np.uint8)[None, :, ::-1].repeat(SIDE_PX, 0).repeat(SIDE_PX, 1)
    white = np.full((SIDE_PX, row.shape[1], 3), 255, np.uint8)
    cv2.imwrite(str(tmp_path / "patches.png"), np.vstack((row, white)))
    return tmp_path / "patches.png"


def film(
    png: Path,
    name: str,
    primaries: str,
    transfer: str,
    matrix: str,
    stated: str,
    white_cd_m2: int = 203,
) -> Path:
    """A film of these patches; in high dynamic range white is as bright as paper."""
    colours = (
        "zscale=min=gbr:pin=bt709:tin=bt709:rin=full:t=linear:npl=203:p=bt709,format=gbrpf32le,"
        f"zscale=p={primaries}:t={transfer}:m={matrix}:r=tv:npl={white_cd_m2},format=yuv420p10le"
    )
    return encode(
        png.with_name(name),
        *("-loop", "1", "-framerate", "25", "-t", "0.6", "-i", str(png), "-vf", colours),
        *(
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-crf",
            "6",
            "-x265-params",
            f"log-level=none:{stated}",
        ),
    )


def taken(source: Path, tmp_path: Path) -> tuple[tuple[str, ...], np.ndarray, int]:
    """What was changed, the patches' colours now (R, G, B), and the level of white."""
    tmp_path.mkdir(exist_ok=True)
    folder = ClipFolder(tmp_path / "clips")
    with Intake(folder, RULES, lambda sha256: None).taken_in(source) as clip:
        pass
    still = tmp_path / "still.png"
    rgb = ("-vf", "scale=in_color_matrix=bt709:flags=accurate_rnd,format=rgb24")
    encode(still, "-i", str(folder.path / clip.file), "-frames:v", "1", *rgb)
    shown = cv2.imread(str(still))
    assert shown is not None
    half = SIDE_PX // 2
    return (
        clip.changes,
        shown[half, half::SIDE_PX, ::-1].astype(int),
        int(shown[-half, half].mean()),
    )


BT2020 = "colorprim=bt2020:colormatrix=bt2020nc:"


@pytest.mark.parametrize(
    ("transfer", "stated"),
    [
        ("smpte2084", BT2020 + "transfer=smpte2084:hdr10=1:max-cll=1000,400"),
        ("arib-std-b67", BT2020 + "transfer=arib-std-b67"),
        ("smpte2084", "transfer=smpte2084"),
    ],
    ids=["hdr10", "hlg", "pq that states nothing else"],
)
def test_high_dynamic_range_looks_like_its_standard_range(
    patches: Path, tmp_path: Path, transfer: str, stated: str
) -> None:
    source = film(patches, "hdr.mp4", "bt2020", transfer, "bt2020nc", stated)
    changes, colours, white = taken(source, tmp_path)
    assert "high dynamic range" in changes
    assert np.abs(colours - PATCHES_RGB).max() <= 6
    # What is brighter than paper must have a place above it.
    assert 220 <= white <= 240


def test_a_contact_sheet_shows_them_too(patches: Path, tmp_path: Path) -> None:
    stated = BT2020 + "transfer=smpte2084"
    source = film(patches, "hdr.mp4", "bt2020", "smpte2084", "bt2020nc", stated)
    make_contact_sheet(source, tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    # The first cell lies 8 pixels from the corner, a patch is larger than 16.
    first = sheet[8 + 16, 8 + 16 : 8 + 256 : SIDE_PX, ::-1].astype(int)
    assert np.abs(first - PATCHES_RGB).max() <= 10


def test_highlights_are_kept_apart(patches: Path, tmp_path: Path) -> None:
    """A lamp four times as bright as paper is brighter than it, and not clipped away."""
    stated = BT2020 + "transfer=smpte2084"
    levels = [
        taken(
            film(patches, f"{white}.mp4", "bt2020", "smpte2084", "bt2020nc", stated, white),
            tmp_path / f"{white}",
        )[2]
        for white in (203, 812)
    ]
    assert levels[0] + 10 < levels[1] < 255


def test_wide_colours_in_standard_range(patches: Path, tmp_path: Path) -> None:
    source = film(
        patches, "wide.mp4", "bt2020", "bt2020-10", "bt2020nc", BT2020 + "transfer=bt2020-10"
    )
    changes, colours, white = taken(source, tmp_path)
    assert "wide colours" in changes
    assert np.abs(colours - PATCHES_RGB).max() <= 6
    assert white >= 250


def with_dolby_vision(film: Path, profile: int, compatible_with: int) -> Path:
    """Write Dolby's record into a film whose index is at the end: no other offset moves."""
    flags = (profile << 9 | 6 << 3 | 0b101).to_bytes(2, "big")
    record = bytes((1, 0)) + flags + (compatible_with << 28).to_bytes(4, "big") + bytes(16)
    box = (len(record) + 8).to_bytes(4, "big") + b"dvcC" + record
    content = bytearray(film.read_bytes())
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hev1"):
        at = content.index(kind) - 4
        size = int.from_bytes(content[at : at + 4], "big")
        content[at : at + 4] = (size + len(box)).to_bytes(4, "big")
    content[at + size : at + size] = box
    film.write_bytes(content)
    return film


@pytest.mark.parametrize(("profile", "compatible_with", "is_alone"), [(5, 0, True), (8, 4, False)])
def test_dolby_vision_that_only_its_own_decoders_show(
    tmp_path: Path, profile: int, compatible_with: int, is_alone: bool
) -> None:
    plain = encode(tmp_path / "dolby.mp4", *picture("64x64"), *HEVC, "-pix_fmt", "yuv420p10le")
    source = with_dolby_vision(plain, profile, compatible_with)
    if is_alone:
        with pytest.raises(ContentError, match="holds Dolby Vision alone"):
            taken(source, tmp_path)
    else:
        assert taken(source, tmp_path)
