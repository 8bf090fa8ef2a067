"""A small run learns, stops, and continues to the very weights of one that was not stopped."""

import re
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from appliance.errors import ModelError  # noqa: E402
from models import schedule  # noqa: E402
from models.emotion import checkpoint, predict, teaching  # noqa: E402
from models.emotion import train as subject  # noqa: E402
from models.emotion.dataset import SPLITS, Faces  # noqa: E402
from models.emotion.run import Run  # noqa: E402
from models.emotion.settings import Settings  # noqa: E402
from tests.models import small_networks  # noqa: E402

SMALL = Settings(
    sizes_px=(32, 32),
    widths=(4, 6, 8, 10),
    batch=12,
    photos=8,
    warmup_steps=2,
    average=0.5,
)


@pytest.fixture(scope="module")
def parts():
    rng = np.random.default_rng(0)
    return {
        name: Faces(
            rng.integers(0, 256, (16, 64, 64), dtype=np.uint8), np.arange(16, dtype=np.int64) % 7
        )
        for name in SPLITS
    }


def test_an_interrupted_run_ends_in_identical_weights(parts, tmp_path, monkeypatch):
    whole = subject.train(SMALL, parts, tmp_path / "whole")
    calls = []
    untouched = subject.train_epoch

    def stopped_in_the_second_epoch(run, *pictures):
        calls.append(run.epoch)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return untouched(run, *pictures)

    monkeypatch.setattr(subject, "train_epoch", stopped_in_the_second_epoch)
    with pytest.raises(KeyboardInterrupt):
        subject.train(SMALL, parts, tmp_path / "halved")
    resumed = subject.train(SMALL, parts, tmp_path / "halved")
    assert calls == [0, 1, 1]
    for name, value in whole.mean.state_dict().items():
        assert torch.equal(value, resumed.mean.state_dict()[name]), name
    assert [h["loss"] for h in whole.history] == [h["loss"] for h in resumed.history]


def test_checkpoints_are_written_as_often_as_asked_and_at_the_end(parts, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(Run, "save", lambda run: written.append(run.epoch))
    settings = replace(SMALL, sizes_px=(32,) * 5)
    subject.train(settings, parts, tmp_path, subject.Options(save_every=2))
    assert written == [2, 4, 5]


def test_checkpoint_carries_settings_and_metrics(parts, tmp_path):
    subject.train(SMALL, parts, tmp_path)
    trained = checkpoint.load(tmp_path / "last.pt")
    assert trained.settings["sizes_px"] == (32, 32)
    assert len(trained.history) == 2
    assert {"loss", "fer-validation.seven", "photos-held-out.three"} <= set(trained.history[0])
    assert not trained.network.training


def test_rate_rises_then_falls():
    settings = Settings(warmup_steps=10, final_lr=0.01)
    rates = [
        schedule.rate(step, 100, settings.warmup_steps, settings.final_lr) for step in range(100)
    ]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == pytest.approx(1.0)
    assert rates[99] < 0.02
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_accuracy_over_three_takes_the_largest_of_the_three():
    logits = torch.tensor([[1.0, 0.0, 0.0, 9.0, 0, 0, 0], [0.0, 0.0, 1.0, 9.0, 0, 0, 0]])
    found = subject.accuracy(logits, torch.tensor([0, 1]))
    assert found["seven"] == 0.0
    assert found["three"] == 0.5


def test_a_teacher_s_share_moves_the_targets_towards_what_it_says():
    soft = torch.zeros(2, 7)
    soft[:, 3] = 1.0
    labels = torch.eye(7)[[0, 3]]
    settings = replace(SMALL, soft_share=0.4)
    mixed = teaching.targets_of(labels, soft, settings)
    assert mixed[0].tolist() == pytest.approx([0.6, 0, 0, 0.4, 0, 0, 0])
    assert mixed[1].tolist() == pytest.approx([0, 0, 0, 1.0, 0, 0, 0])
    assert torch.equal(teaching.targets_of(labels, None, SMALL), labels)
    of_three = teaching.targets_of(labels[1:], soft[1:], replace(settings, classes=(0, 3, 4)))
    assert of_three[0].tolist() == pytest.approx([0.0, 1.0, 0.0])


def test_a_teacher_s_views_are_averaged(parts):
    network = small_networks.small_network()
    faces = parts["fer-train"]

    def asked(views, rng):
        return predict.predict_views(network, faces, 32, views, rng)

    rng = torch.Generator().manual_seed(7)
    one, other = asked(1, rng), asked(1, rng)
    assert not torch.allclose(one, other, atol=1e-3), "each view is another one"
    both = asked(2, torch.Generator().manual_seed(7))
    assert torch.allclose(both, (one + other) / 2.0, atol=1e-5)


@pytest.mark.parametrize("views", [0, 3])
def test_a_taught_run_goes_on_with_the_same_targets(parts, tmp_path, views):
    taught = replace(SMALL, soft_share=0.5, soft_views=views)
    begun = subject.train(replace(taught, sizes_px=(32,)), parts, tmp_path)
    kept = np.load(tmp_path / "soft.npy")
    assert kept.shape == (32, 7)
    assert kept.sum(1) == pytest.approx(np.ones(32), abs=1e-4)
    before = (tmp_path / "soft.npy").read_bytes()
    again = subject.train(taught, parts, tmp_path)
    assert (begun.epoch, again.epoch) == (1, 2)
    assert (tmp_path / "soft.npy").read_bytes() == before
    subject.train(replace(taught, seed=2), parts, tmp_path, subject.Options(fresh=True))
    assert (tmp_path / "soft.npy").read_bytes() != before, "another teacher's word was kept"


def test_a_run_begins_with_an_exported_network_s_answers(parts, tmp_path):
    pytest.importorskip("onnx", reason="needs onnx: pip install .[train]")
    plain, _ = small_networks.export_both(small_networks.small_network(), tmp_path)
    settings = replace(SMALL, widths=small_networks.WIDTHS, sizes_px=(32,))
    network = subject.start_network(plain, parts["fer-train"], settings)
    run = Run(settings, tmp_path)
    run.start_from(network)
    faces = torch.from_numpy(small_networks.noise(20, seed=1))
    with torch.no_grad():
        expected = small_networks.small_network()(faces)
        assert torch.allclose(run.mean.eval()(faces), expected, atol=1e-3)
        assert torch.allclose(run.model.eval()(faces), expected, atol=1e-3)


@pytest.mark.parametrize("content", [None, b"", b"nonsense", "other"])
def test_what_is_no_checkpoint_is_told_in_one_line(tmp_path, content):
    path = tmp_path / "given.pt"
    if content == "other":
        torch.save({"weights": [1, 2]}, path)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=re.escape(str(path))) as told:
        checkpoint.load(path)
    assert "\n" not in str(told.value)
