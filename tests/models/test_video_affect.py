"""The multimodal network from film to figure, and the regressor that ships."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
pytest.importorskip("sklearn", reason="needs scikit-learn: pip install .[train]")
pytest.importorskip("safetensors", reason="needs safetensors: pip install .[train]")

from appliance.inference.affect_regressor import AffectRegressor  # noqa: E402
from models.commands import TrainingDataError  # noqa: E402
from models.video_affect import (  # noqa: E402
    films,
    from_features,
    liris,
    made_clips,
    table,
    train,
    weights,
)
from models.video_affect.batches import batch  # noqa: E402
from models.video_affect.films import Film  # noqa: E402
from models.video_affect.made_clips import Ingredients  # noqa: E402
from models.video_affect.network import SMALL, VideoAffect  # noqa: E402
from tests.inference.shared_data import shared  # noqa: E402


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight clips in LIRIS-ACCEDE's layout."""
    folder = tmp_path_factory.mktemp("films")
    made_clips.make(folder, learn=4, validation=2, test=2)
    return folder


def test_a_film_is_read_as_every_tenth_frame_its_motion_and_its_sound(made: Path) -> None:
    rng = np.random.default_rng(0)
    path = made / "moving.mp4"
    what = Ingredients(brightness=0.8, colour=0.0, motion=1.0, loudness=1.0)
    frames = made_clips.frames_of(what, False, rng)
    made_clips.write_clip(path, frames, made_clips.sound_of(what, False, rng))
    film = films.decode(path, 96)
    path.unlink()
    assert film.frames.shape == (5, 96, 96, 3)
    assert np.abs(film.frames[0].mean() - frames[0].mean()) < 8
    moved = np.abs(film.flow.reshape(-1, 2) / films.FLOW_STEPS_PER_PX)
    # 5 px along one axis, of a frame 128 x 96 squeezed to 96 x 96.
    assert np.median(moved.max(axis=1)) == pytest.approx(5.0, abs=1.5)
    assert len(film.wave) == pytest.approx(films.SOUND_HZ * made_clips.SECONDS, rel=0.05)
    loud = 20 * np.log10(film.wave.astype(float).std() / 32768)
    assert loud == pytest.approx(made_clips.LOUDEST_DB, abs=2)


def test_a_mirrored_film_moves_the_other_way() -> None:
    frames = np.zeros((1, 8, 8, 3), np.uint8)
    frames[:, :, 4:] = 255
    flow = np.full((1, 8, 8, 2), (32, 16), np.int16)
    film = Film(frames, flow, np.zeros(10, np.int16))
    directions = set()
    for seed in range(8):
        moved, seen, wave = batch([film], 8, 1, 20, np.random.default_rng(seed))
        is_right_bright = bool(seen[0, 0, 0, 0, 7] > seen[0, 0, 0, 0, 0])
        directions.add((is_right_bright, *moved[0, 0, :, 0, 0].tolist()))
        assert wave.shape == (1, 1, 20)
    assert directions == {(True, 2.0, 1.0), (False, -2.0, 1.0)}


def test_training_goes_on_where_it_was_and_ends_in_a_network_and_table_1(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(train.SMALL_SETTINGS, epochs=2, batch=2, times=2)
    given = argparse.Namespace(
        films=made, cache=tmp_path / "cache", out=tmp_path / "run",
        results=tmp_path / "figures.json", flow=None, frames=None, sound=None,
    )  # fmt: skip
    found = train.learn_and_test(settings, given)
    assert (found["learned_from"], found["tested_on"]) == (4, 2)
    assert (given.out / "video_affect.onnx").stat().st_size > 100_000
    assert json.loads(given.results.read_text()) == found
    said = capsys.readouterr().out
    assert "| the paper's network | 0.269 | 0.628 | – | – |" in said
    assert "flow from scratch, frames from scratch, sound from scratch" in said
    # Nothing is left to do, and what was learned stays.
    again = train.learn_and_test(settings, given)
    assert "epoch 1:" not in capsys.readouterr().out
    assert again == found
    with pytest.raises(TrainingDataError, match="made with other settings"):
        train.learn_and_test(replace(settings, epochs=3), given)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    network, other = VideoAffect(SMALL), VideoAffect(SMALL)
    torch.save(other.flow.state_dict(), tmp_path / "flow.pt")
    assert weights.begin_with(network, "flow", tmp_path / "flow.pt") == "pretrained (flow.pt)"
    assert torch.equal(network.flow[0].weight, other.flow[0].weight)
    with pytest.raises(TrainingDataError, match="fits 0% of the sound stream"):
        weights.begin_with(network, "sound", tmp_path / "flow.pt")


def test_splits_keep_films_apart(made: Path) -> None:
    accede = liris.load(made)
    assert [len(rows) for rows in accede.split("official")] == [4, 2, 2]
    learn, validation, _ = accede.split("paper")
    assert (len(learn), len(validation)) == (6, 2)
    assert not set(learn) & set(validation)
    (made / "data" / "ACCEDE00003.mp4").rename(made / "away.avi")
    with pytest.raises(TrainingDataError, match="lacks 1 of 8 films"):
        liris.films(accede)
    (made / "away.avi").rename(made / "data" / "ACCEDE00003.mp4")
    with pytest.raises(TrainingDataError, match="there is no ACCEDEfeaturesValence"):
        liris.features(accede)


def test_what_was_measured_stands_beside_the_paper() -> None:
    found = {
        "valence": {"mse": 0.3, "r": 0.25, "mean_alone_mse": 0.4},
        "arousal": {"mse": 0.7, "r": 0.5, "mean_alone_mse": 0.9},
    }
    text = table.table(found)
    assert text.splitlines()[-1] == "| measured here | **0.300** | **0.700** | 0.25 | 0.50 |"


def test_the_shipped_regressor_is_what_the_published_tables_teach() -> None:
    accede = liris.load(shared("liris-accede"))
    published = liris.features(accede)
    fits, figures = from_features.measure(accede, published)
    for target, name in enumerate(("valence", "arousal")):
        ours, ridge = figures[name]["ours"], figures[name]["ridge_same_features"]
        assert ours["r"] >= ridge["r"] - 0.002
        assert ours["mse"] < figures[name]["mean_alone"]["mse"]
        # As the unit tells it, by the knots of the shipped file.
        rows = accede.split("official")[2][:150]
        told = [
            AffectRegressor.open().tell(
                {o: float(published[t][row]) for o, t in from_features.COMPUTED.items()}
            )[target]
            for row in rows
        ]
        ranks = np.stack(
            [from_features.ranks_of(published[t]) for t in from_features.COMPUTED.values()], axis=1
        )
        exact = fits[target].tell(ranks[rows]) / from_features.FULL_SCALE
        assert np.array(told) == pytest.approx(exact, abs=0.02)
