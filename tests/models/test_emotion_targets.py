"""Networks that left out a part are asked about it above all, and a run learns what they say."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from models.commands import TrainingDataError  # noqa: E402
from models.emotion import targets, teaching, train  # noqa: E402
from models.emotion.dataset import SPLITS, Faces  # noqa: E402
from models.emotion.settings import Settings  # noqa: E402

SMALL = Settings(
    sizes_px=(32,), widths=(4, 6, 8, 10), batch=12, photos=8, warmup_steps=2, average=0.5
)
PICTURES = 20


@pytest.fixture(scope="module")
def parts():
    rng = np.random.default_rng(0)
    return {
        name: Faces(
            rng.integers(0, 256, (PICTURES, 64, 64), dtype=np.uint8),
            np.arange(PICTURES, dtype=np.int64) % 7,
        )
        for name in SPLITS
    }


@pytest.fixture(scope="module")
def made(parts, tmp_path_factory):
    """Two teachers that each left out a half, and what the command wrote of them."""
    folder = tmp_path_factory.mktemp("targets")
    arrays = {}
    for name, faces in parts.items():
        arrays |= {f"{name}.pictures": faces.pictures, f"{name}.labels": faces.labels}
    np.savez(folder / "cache.npz", **arrays)
    for part in (0, 1):
        settings = replace(SMALL, seed=part + 1, folds=2, left_out=part)
        train.train(settings, parts, folder / f"T{part}")
    command = [sys.executable, "-m", "models.emotion.targets", "--fer", "F", "--photos", "P"]
    command += ["--cache", str(folder / "cache.npz"), "--unseen-share", "1"]
    command += ["--teachers", *(str(folder / f"T{part}/last.pt") for part in (0, 1))]
    command += ["--out", str(folder / "said" / "soft.npy")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_ones_that_did_not_see_a_picture_count_as_asked():
    said = np.zeros((3, 2, 7), np.float32)
    for network in range(3):
        said[network, :, network] = 1.0
    seen = np.array([[False, True], [True, False], [True, True]])
    found = targets.combine(said, seen, 0.6)
    assert found[0, :3].tolist() == pytest.approx([0.6, 0.2, 0.2])
    assert found[1, :3].tolist() == pytest.approx([0.2, 0.6, 0.2])


@pytest.mark.parametrize("share", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("seen", [True, False])
def test_networks_that_all_saw_a_picture_or_all_did_not_count_alike(seen, share):
    said = np.zeros((2, 1, 7), np.float32)
    said[0, 0, 0] = said[1, 0, 1] = 1.0
    found = targets.combine(said, np.full((2, 1), seen), share)
    assert found[0, :2].tolist() == pytest.approx([0.5, 0.5])


def test_each_picture_s_target_is_the_word_of_the_teacher_that_left_it_out(made, parts):
    folder, told = made
    found = np.load(folder / "said" / "soft.npy")
    assert found.shape == (2 * PICTURES, 7)
    trained_on = (parts["fer-train"], parts["photos-train"])
    for part in (0, 1):
        said, seen = targets.ask(folder / f"T{part}/last.pt", trained_on, torch.device("cpu"))
        assert seen.tolist() == [row % 2 != part for row in range(2 * PICTURES)]
        assert found[part::2] == pytest.approx(said[part::2], abs=1e-5)
    assert re.search(r"unseen: \d+\.\d% and \d+\.\d% of FER2013's", told)


def test_a_run_learns_from_the_file_and_refuses_another_s(made, parts, tmp_path):
    folder, _ = made
    options = train.Options(soft_targets=folder / "said" / "soft.npy")
    taught = replace(SMALL, soft_share=0.7)
    with_file = train.train(taught, parts, tmp_path / "a", options)
    without = train.train(taught, parts, tmp_path / "b")
    assert not (tmp_path / "a" / "soft.npy").exists(), "asked itself in place of the file"
    assert not torch.equal(with_file.model.head.weight, without.model.head.weight)
    np.save(tmp_path / "other.npy", np.zeros((3, 7), np.float32))
    (tmp_path / "text.npy").write_text("no array")
    trained_on = (parts["fer-train"], parts["photos-train"])
    for name in ("other.npy", "text.npy"):
        with pytest.raises(TrainingDataError, match=name):
            teaching.read_targets(tmp_path / name, trained_on)


def test_targets_without_a_share_are_refused_before_training(made, tmp_path):
    folder, _ = made
    command = [sys.executable, "-m", "models.emotion.train", "--fer", "F", "--photos", "P"]
    command += ["--cache", str(folder / "cache.npz"), "--out", str(tmp_path / "run")]
    command += ["--soft-targets", str(folder / "said" / "soft.npy")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("--soft-targets without --soft-share")
    assert not (tmp_path / "run").exists()


def test_a_file_that_cannot_be_written_is_told_before_anybody_is_asked(made):
    folder, _ = made
    command = [sys.executable, "-m", "models.emotion.targets", "--fer", "F", "--photos", "P"]
    command += ["--cache", str(folder / "cache.npz"), "--out", str(folder / "cache.npz" / "x.npy")]
    command += ["--teachers", str(folder / "T0/last.pt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "x.npy cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1
