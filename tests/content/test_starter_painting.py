"""The code that paints the starter library: loops close, files come out playable and small."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from appliance.content import media, starter
from appliance.errors import ContentError

pytest.importorskip("PIL", reason="Pillow, which paints the letters, is not installed")

from appliance.content.panel_format import why_encode_video, why_rewrap
from appliance.content.starter import lettering
from appliance.content.starter.__main__ import main
from appliance.content.starter.canvas import Floats, wave
from appliance.content.starter.render import render
from appliance.content.starter.scenes import SCENES
from appliance.content.starter.sprite import disc, stamp

needs_fonts = pytest.mark.skipif(
    not lettering.FONT_FOLDER.is_dir(), reason="no Nanum fonts (apt-get install fonts-nanum)"
)
needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed (apt-get install ffmpeg)"
)


class Ball:
    """A disc that goes round once, small enough to encode in no time."""

    duration_s = 0.5

    def frame(self, phase: float) -> Floats:
        canvas = np.full((720, 1280, 3), 0.3, dtype=np.float32)
        stamp(canvas, disc(90, "#f2a93b", 0.2), 640 + 200 * wave(phase, 1), 360)
        return canvas


def test_every_shipped_clip_has_its_scene() -> None:
    assert [clip.path.stem for clip in starter.load()] == list(SCENES)


@needs_fonts
@pytest.mark.parametrize("name", SCENES)
def test_a_scene_ends_where_it_began_and_moves_between(name: str) -> None:
    make, _ = SCENES[name]
    scene = make()
    first, middle, last = scene.frame(0.0), scene.frame(0.4), scene.frame(1.0)
    assert first.shape == (720, 1280, 3)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert np.abs(last - first).max() < 0.02
    assert np.abs(middle - first).max() > 0.1


def test_a_scene_is_painted_the_same_every_time() -> None:
    make, _ = SCENES["autumn"]
    assert np.array_equal(make().frame(0.3), make().frame(0.3))


def test_a_stamp_keeps_its_place_to_a_fraction_of_a_pixel() -> None:
    canvas = np.zeros((60, 80, 3), dtype=np.float32)
    stamp(canvas, disc(9, "#ffffff", 0.3), 40.25, 30.5, angle=1.1)
    weights = canvas[..., 0]
    ys, xs = np.mgrid[0:60, 0:80]
    centre = (
        float((weights * xs).sum() / weights.sum()),
        float((weights * ys).sum() / weights.sum()),
    )
    assert centre == pytest.approx((40.25, 30.5), abs=0.05)


def test_a_stamp_beyond_the_edge_changes_nothing() -> None:
    canvas = np.zeros((60, 80, 3), dtype=np.float32)
    stamp(canvas, disc(9, "#ffffff", 0.3), -40, 300)
    assert not canvas.any()


@needs_ffmpeg
def test_a_rendered_clip_plays_and_has_a_poster(tmp_path: Path) -> None:
    painted = []
    out = tmp_path / "ball.mp4"
    render(Ball(), out, 30, lambda: painted.append(1))
    info = media.probe(out)
    assert why_encode_video(info) is None
    assert why_rewrap(info, out) is None
    assert (info.profile, info.fps, len(painted)) == ("High", 30.0, 15)
    media.decode_check(out)
    assert (tmp_path / "ball.jpg").is_file()


@needs_ffmpeg
def test_a_clip_that_grows_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.content.starter.render.MAX_CLIP_BYTES", 2_000)
    with pytest.raises(ContentError, match=r"ball\.mp4 has \d+ bytes, 2000 is the most"):
        render(Ball(), tmp_path / "ball.mp4", 30, lambda: None)


@needs_ffmpeg
def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"could not encode ball\.mp4"):
        render(Ball(), tmp_path / "absent" / "ball.mp4", 30, lambda: None)


def test_a_missing_font_says_what_to_install() -> None:
    with pytest.raises(ContentError, match="apt-get install fonts-nanum"):
        lettering.text("봄", "NanumNowhere", 20, 0.0, "#000000")


def test_an_unknown_clip_name_is_one_line_and_exit_1(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--out", str(tmp_path), "--only", "monsoon"])
    assert result.exit_code == 1
    assert "no clip is called monsoon" in result.output
    assert result.output.count("\n") == 1
