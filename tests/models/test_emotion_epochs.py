"""What an epoch shows, what a run leaves out, and how pictures and targets are mixed."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from models.commands import TrainingDataError  # noqa: E402
from models.emotion import epochs  # noqa: E402
from models.emotion.dataset import Faces  # noqa: E402
from models.emotion.run import Run  # noqa: E402
from models.emotion.settings import Settings  # noqa: E402
from models.emotion.teaching import mixed  # noqa: E402

SMALL = Settings(sizes_px=(32,), widths=(4, 6, 8, 10), batch=12, photos=8, warmup_steps=2)


def faces(number, seed=0):
    rng = np.random.default_rng(seed)
    pictures = rng.integers(0, 256, (number, 64, 64), dtype=np.uint8)
    return Faces(pictures, np.arange(number, dtype=np.int64) % 7)


def test_every_epoch_shows_all_of_fer_and_draws_other_photographs():
    fer, photos = faces(16), faces(16)
    first, second = (epochs.epoch_rows(fer, photos, SMALL, epoch) for epoch in (0, 1))
    assert set(range(16)) <= set(first.tolist())
    assert len(first) == 16 + 8
    assert set(first.tolist()) != set(second.tolist())


def test_rare_classes_are_drawn_more_often_than_their_share():
    labels = np.array([0] * 900 + [5] * 100, np.int64)
    photos = Faces(np.zeros((1000, 1, 1), np.uint8), labels)
    nothing = Faces(np.zeros((0, 1, 1), np.uint8), np.zeros(0, np.int64))
    rows = epochs.epoch_rows(nothing, photos, Settings(photos=200), 0)
    assert (labels[rows] == 5).mean() > 0.15


def test_parts_left_out_by_five_runs_are_all_pictures_once():
    fer, photos = faces(33), faces(21)
    left = []
    for part in range(5):
        settings = replace(SMALL, photos=1000, folds=5, left_out=part)
        shown = set(epochs.epoch_rows(fer, photos, settings, 0).tolist())
        left += sorted(set(range(54)) - shown)
    assert sorted(left) == list(range(54))


def test_each_part_has_its_share_of_every_class():
    labels = np.sort(np.arange(700) % 7)
    seen = Settings(folds=5, left_out=2).is_seen(np.arange(700))
    assert np.bincount(labels[~seen]).tolist() == [20] * 7


def test_a_picture_keeps_the_larger_share_of_itself():
    shares = epochs.mixing(replace(SMALL, mixup=0.4), 0, 200)
    assert shares.shape == (200, 12)
    assert shares.min() >= 0.5
    assert 0.7 < shares.mean() < 0.95
    assert torch.equal(shares, epochs.mixing(replace(SMALL, mixup=0.4), 0, 200))
    assert not torch.equal(shares, epochs.mixing(replace(SMALL, mixup=0.4), 1, 200))


def test_pictures_and_targets_are_mixed_with_the_same_neighbour():
    x = torch.arange(3.0).view(3, 1, 1, 1).expand(3, 1, 2, 2)
    share = torch.tensor([1.0, 0.75, 0.5])
    assert mixed(x, share)[:, 0, 0, 0].tolist() == pytest.approx([0.0, 0.75, 1.5])
    assert mixed(torch.eye(3), share)[1].tolist() == pytest.approx([0.25, 0.75, 0.0])


def test_an_epoch_mixes_pictures_and_targets_alike(tmp_path, monkeypatch):
    calls = []

    def noted(x, share):
        calls.append((x.dim(), share))
        return mixed(x, share)

    monkeypatch.setattr(epochs, "mixed", noted)
    epochs.train_epoch(Run(replace(SMALL, mixup=0.5), tmp_path), faces(24), faces(16, seed=1))
    pictures, answers = calls[::2], calls[1::2]
    assert len(pictures) == len(answers) == (24 + 8) // 12
    for (dims, share), (answer_dims, answer_share) in zip(pictures, answers, strict=True):
        assert (dims, answer_dims) == (4, 2)
        assert torch.equal(share, answer_share)


def test_mixing_changes_what_is_learned_and_repeats_itself(tmp_path):
    def trained(settings):
        run = Run(settings, tmp_path)
        loss = epochs.train_epoch(run, faces(24), faces(16, seed=1))
        return loss, run.model.head.weight.detach().clone()

    plain, first, again = (
        trained(s) for s in (SMALL, replace(SMALL, mixup=0.5), replace(SMALL, mixup=0.5))
    )
    assert torch.equal(first[1], again[1])
    assert first[0] == again[0]
    assert not torch.equal(first[1], plain[1])


def test_soft_targets_are_learned(tmp_path):
    soft = torch.zeros(40, 7)
    soft[:, 3] = 1.0
    run = Run(replace(SMALL, soft_share=1.0, lr=0.1, warmup_steps=1), tmp_path)
    epochs.train_epoch(run, faces(24), faces(16, seed=1), soft)
    assert run.model.head.bias.argmax().item() == 3


def test_a_batch_larger_than_an_epoch_is_named(tmp_path):
    run = Run(replace(SMALL, batch=100), tmp_path)
    with pytest.raises(TrainingDataError, match="--batch 100: an epoch has only 32 pictures"):
        epochs.train_epoch(run, faces(24), faces(16, seed=1))
