"""Clips -> features by their definitions -> valence and arousal over time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.content import frame_features as features
from appliance.content.clip_affect import affect_over, features_of
from appliance.content.clip_seconds import Second, seconds_of
from appliance.errors import ContentError
from appliance.inference.affect_regressor import AffectRegressor, RegressorFile
from tests.content.odd_files import H264, encode, tone

CALM = Second(30.0, 0.5, 40.0, 0.9, 0.0, 0, 0.05)


def plain(*bgr: int) -> np.ndarray:
    return np.full((90, 160, 3), bgr, np.uint8)


def regressor(**formulas: object) -> AffectRegressor:
    """Valence is the rank of lightness, arousal that of cuts and motion together."""
    scales = {"median_lightness": (0.0, 1.0), "cuts": (0.0, 10.0), "motion": (0.0, 2.0)}
    file = {
        "schema": 1,
        "task": "clip-affect",
        "name": "tiny",
        "version": "1",
        "licence": "none",
        "card": "none",
        "source": "made up",
        "full_scale": 2.0,
        "features": [
            {"name": name, "values": values, "ranks": (-1.0, 1.0)}
            for name, values in scales.items()
        ],
        "valence": {"constant": 0.0, "linear": (1.0, 0.0, 0.0)},
        "arousal": {"constant": 0.0, "linear": (0.0, 0.5, 0.5)},
    }
    return AffectRegressor(RegressorFile.model_validate(file | formulas))


def test_colours_are_measured_as_defined() -> None:
    assert features.colorfulness(plain(90, 90, 90)) == 0
    # Half red, half blue: rg = 255 and 0, yb = 127.5 and -255, worked out by hand.
    halves = plain(0, 0, 255)
    halves[:, 80:] = (255, 0, 0)
    spread = np.hypot(127.5, 191.25) + 0.3 * np.hypot(127.5, -63.75)
    assert features.colorfulness(halves) == pytest.approx(spread)
    assert features.median_lightness(plain(0, 0, 255)) == pytest.approx(0.5, abs=0.003)
    hues = np.zeros((90, 160, 3), np.float32)
    hues[..., 0], hues[..., 1:] = np.repeat(np.arange(0, 40, 2), 8)[None] + 0.5, 0.8
    picture = cv2.cvtColor(hues, cv2.COLOR_HSV2BGR) * 255
    assert features.hue_count(picture.round().astype(np.uint8)) == pytest.approx(20, abs=2)
    assert features.hue_count(plain(0, 0, 0)) == 1


def test_edges_are_measured_where_they_are() -> None:
    picture = plain(0, 0, 0)
    picture[30:60, 40:120] = np.random.default_rng(0).integers(0, 256, (30, 80, 3))
    assert features.edge_area(picture) == pytest.approx((30 * 80) / (90 * 160), rel=0.1)
    assert features.edge_area(plain(7, 7, 7)) == 0


def test_motion_is_in_per_cent_of_the_diagonal() -> None:
    wide = cv2.GaussianBlur(
        np.random.default_rng(1).integers(0, 256, (90, 180), np.uint8), (9, 9), 3
    )
    wide = cv2.cvtColor(cv2.normalize(wide, None, 0, 255, cv2.NORM_MINMAX), cv2.COLOR_GRAY2BGR)
    before, after = wide[:, :160], wide[:, 3:163]
    found = features.MotionMeter().between(before, after)
    assert found == pytest.approx(100 * 3 / np.hypot(90, 160), rel=0.2)


def test_a_clip_s_seconds_tell_its_cuts_and_its_sound(tmp_path: Path) -> None:
    shots = "color=red:s=64x36:r=25:d=2[a];color=blue:s=64x36:r=25:d=2[b];[a][b]concat=n=2[v]"
    clip = encode(
        tmp_path / "cut.mp4", *tone(20, 4), "-filter_complex", shots, "-map", "[v]", "-map", "0:a",
        *H264,
    )  # fmt: skip
    told: list[float] = []
    seconds = seconds_of(clip, told.append)
    assert [second.cuts for second in seconds] == [0, 0, 1, 0]
    # A sine of 440 Hz changes its sign 880 times in 44,100 samples.
    assert seconds[1].zero_crossings == pytest.approx(880 / 44_100, rel=0.05)
    assert told[-1] == 1.0
    silent = encode(tmp_path / "silent.mp4", "-i", str(clip), "-an", "-c:v", "copy")
    assert seconds_of(silent)[0].zero_crossings is None


def test_motion_is_that_of_a_film_s_frame(tmp_path: Path) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (45, 80, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "field.png"), cv2.resize(noise, (640, 360)))
    clip = encode(
        tmp_path / "pan.mp4", "-loop", "1", "-r", "25", "-i", str(tmp_path / "field.png"), "-vf",
        "scroll=h=0.005", "-t", "2", *H264,
    )  # fmt: skip
    # Half a per cent of the width a frame, and the width is 0.87 of the diagonal.
    assert seconds_of(clip)[1].motion == pytest.approx(0.5 * 16 / np.hypot(16, 9), rel=0.15)


def test_a_long_clip_is_looked_through_to_its_end(tmp_path: Path) -> None:
    # 24 frames a second do not divide evenly into the eight that are looked at.
    shots = "testsrc2=s=64x36:r=24000/1001:d=23.4"
    clip = encode(tmp_path / "long.mp4", "-f", "lavfi", "-i", shots, *H264)
    assert len(seconds_of(clip)) in (23, 24)


def test_the_curve_follows_the_clip_and_the_whole_is_its_mean() -> None:
    dark, light = CALM, Second(30.0, 1.0, 40.0, 0.9, 2.0, 2, None)
    told = affect_over([dark] * 12 + [light] * 12, regressor())
    assert [point.t_s for point in told.curve] == [second + 0.5 for second in range(24)]
    first, last = told.curve[0], told.curve[-1]
    assert (first.valence, first.arousal) == pytest.approx((0.0, -0.5))
    # Two cuts a second: more than the scale holds, so the end of it; motion too.
    assert (last.valence, last.arousal) == pytest.approx((0.5, 0.5))
    # Five dark seconds before it, six light ones from it on.
    between = (5 * 0.5 + 6 * 1.0) / 11
    assert told.curve[12].valence == pytest.approx((2 * between - 1) / 2)
    assert told.valence == pytest.approx(np.mean([point.valence for point in told.curve]))


def test_what_is_not_known_counts_as_the_middle() -> None:
    known = features_of([CALM, CALM])
    assert known["zero_crossings"] == 0.05
    unknown: dict[str, float | None] = {**known, "median_lightness": None}
    assert regressor().tell(unknown)[0] == 0.0


def test_products_of_ranks_count(tmp_path: Path) -> None:
    square = ((1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    zeros = (0.0, 0.0, 0.0)
    formula = {"constant": 0.0, "linear": zeros, "quadratic": square}
    assert regressor(valence=formula).tell({"median_lightness": 0.0})[0] == 0.5
    with pytest.raises(ValueError, match="needs a number for each of the 3 features"):
        regressor(valence={"constant": 0.0, "linear": (1.0,)})


def test_the_shipped_regressor_finds_lively_bright_films_more_arousing_and_pleasant() -> None:
    shipped = AffectRegressor.open()
    dull = Second(5.0, 0.1, 10.0, 0.8, 0.01, 0, 0.02)
    lively = Second(60.0, 0.6, 90.0, 0.92, 0.8, 1, 0.08)
    told = [affect_over([second] * 10, shipped) for second in (dull, lively)]
    assert told[0].valence < told[1].valence
    assert told[0].arousal < told[1].arousal


def test_a_clip_that_cannot_be_decoded_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"no film")
    with pytest.raises(ContentError, match=r"no\.mp4 is not a video"):
        seconds_of(tmp_path / "no.mp4")
