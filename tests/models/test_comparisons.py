"""A comparison's cells: their pictures, their budget, their end, and going on after a cut."""

import importlib.util
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
if importlib.util.find_spec("timm") is None:
    pytest.skip("needs timm: pip install .[train]", allow_module_level=True)
pytest.importorskip("kornia", reason="needs kornia: pip install .[train]")

from models.commands import TrainingDataError  # noqa: E402
from models.comparisons import architectures, cell, data, grid, results, transforms  # noqa: E402
from models.comparisons.activation import ARCHITECTURES  # noqa: E402
from models.comparisons.data import Fold, Unbalanced  # noqa: E402
from models.emotion.dataset import Faces  # noqa: E402

THREE = ("happiness", "neutral", "sadness")
CELL = cell.Cell(
    name="small", architecture="MobileNetV2", classes=THREE, size_px=32, epochs=2, batch=6, lr=1e-3
)


def fold(count: int = 12) -> Fold:
    """Pictures whose brightness is their class."""
    labels = np.arange(count, dtype=np.int64) % 3
    rng = np.random.default_rng(0)
    shade = (40 + 80 * labels)[:, None, None] + rng.integers(-20, 20, (count, 32, 32))
    pictures = shade.astype(np.uint8)
    return Fold(pictures, labels, np.arange(count) % 2 == 0, pictures, labels)


def test_a_cell_s_result_tells_what_was_run(tmp_path: Path) -> None:
    result = cell.run(CELL, fold(), tmp_path)
    assert result == json.loads((tmp_path / "small.json").read_text())
    assert np.array(result["confusion"]).sum(axis=1).tolist() == [4, 4, 4]
    assert result["cell"]["epochs"] == len(result["losses"]) == 2
    assert result["parameters"] == pytest.approx(2.23e6, rel=0.01)
    assert list(tmp_path.iterdir()) == [tmp_path / "small.json"]


def test_an_interrupted_cell_ends_like_an_uninterrupted_one(tmp_path, monkeypatch) -> None:
    whole = cell.run(CELL, fold(), tmp_path / "whole")
    untouched = cell.Training.run_epoch

    def stopped_in_the_second(self, pictures):
        if self.epoch == 1:
            raise KeyboardInterrupt
        untouched(self, pictures)

    with monkeypatch.context() as patch:
        patch.setattr(cell.Training, "run_epoch", stopped_in_the_second)
        with pytest.raises(KeyboardInterrupt):
            cell.run(CELL, fold(), tmp_path / "cut")
    resumed = cell.run(CELL, fold(), tmp_path / "cut")
    assert resumed["losses"] == whole["losses"]
    assert resumed["confusion"] == whole["confusion"]


def test_a_checkpoint_of_other_settings_is_refused(tmp_path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(cell.Training, "run_epoch", lambda self, _: (_ for _ in ()).throw(OSError))
        (tmp_path / "small").mkdir()
        cell.Training(CELL, tmp_path / "small").save()
    with pytest.raises(TrainingDataError, match="other settings"):
        cell.run(replace(CELL, lr=0.5), fold(), tmp_path)


def test_a_cell_whose_result_is_kept_is_not_run_again(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "kept")
    other = replace(CELL, name="other", lr=2e-3)
    for each in (CELL, other):
        cell.run(each, fold(), tmp_path / "lost" / "activation")
    results.gather(tmp_path / "lost")
    ran = []
    monkeypatch.setattr(cell, "run", lambda each, *_: ran.append(each.name))
    grid.run([(CELL, fold()), (replace(other, epochs=3), fold())], tmp_path / "new" / "activation")
    assert ran == ["other"]  # Its budget is another one than that of the result kept.
    kept = tmp_path / "lost" / "activation" / "small.json"
    assert (tmp_path / "new" / "activation" / "small.json").read_text() == kept.read_text()


def test_processes_share_the_cells_by_their_names() -> None:
    jobs = [(replace(CELL, name=name), fold()) for name in ("B4-fold0", "B5-fold0", "B5-fold1")]

    def names(*only: str) -> list[str]:
        return [each.name for each, _ in grid.chosen(jobs, only)]

    assert names("") == ["B4-fold0", "B5-fold0", "B5-fold1"]
    assert names("B5") == ["B5-fold0", "B5-fold1"]
    assert names("B4", "fold1") == ["B4-fold0", "B5-fold1"]
    with pytest.raises(TrainingDataError, match="--only B6: no cell is called so"):
        names("B6")


def test_a_result_kept_before_cells_had_a_schedule_still_counts(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    settings = json.loads(json.dumps(asdict(CELL)))
    del settings["schedule"]
    (tmp_path / "activation.json").write_text(json.dumps([{"cell": settings}]))
    for schedule, is_found in (("constant", True), ("cosine", False)):
        out = tmp_path / schedule / "activation"
        out.mkdir(parents=True)
        grid.restore([(replace(CELL, schedule=schedule), fold())], out)
        assert (out / "small.json").exists() == is_found


def test_the_rate_rises_for_an_epoch_and_falls_to_nothing(tmp_path: Path, monkeypatch) -> None:
    training = cell.Training(replace(CELL, schedule="cosine", epochs=3, batch=3), tmp_path)
    rates = []
    step = training.optimizer.step
    monkeypatch.setattr(
        training.optimizer,
        "step",
        lambda: (rates.append(training.optimizer.param_groups[0]["lr"]), step()),
    )
    for _ in range(3):
        training.run_epoch(fold())
    assert rates[:5] == pytest.approx([0.25e-3, 0.5e-3, 0.75e-3, 1e-3, 1e-3])
    assert rates[8] == pytest.approx(0.5e-3)
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] < 0.05e-3


def test_focal_loss_is_a_quarter_of_cross_entropy_where_nothing_is_known() -> None:
    logits = torch.zeros(5, 2)
    labels = torch.tensor([0, 1, 0, 1, 1])
    # p = 1/2: α (1 − p)² = 1/16 of −log p.
    assert cell.focal_loss(logits, labels).item() == pytest.approx(np.log(2.0) / 16.0)
    sure = torch.tensor([[4.0, 0.0]])
    plain = torch.nn.functional.cross_entropy(sure, torch.tensor([0]))
    assert cell.focal_loss(sure, torch.tensor([0])) < 1e-3 * plain


@pytest.mark.parametrize("name", ["expression", *transforms.SINGLE, "all", "best-five"])
def test_each_transform_varies_pictures_and_keeps_their_form(name: str) -> None:
    torch.manual_seed(0)
    pictures = torch.rand(6, 1, 64, 64).expand(-1, 3, -1, -1)
    varied = transforms.build(name, 64)(pictures)
    assert varied.shape == pictures.shape
    assert varied.min() >= -1e-4
    assert varied.max() <= 1.0 + 1e-4
    assert (varied - pictures).abs().amax(dim=(1, 2, 3)).max() > 0.05


def test_only_copies_are_varied_where_that_is_asked(monkeypatch) -> None:
    seen = []
    monkeypatch.setattr(transforms, "build", lambda *_: lambda x: x * 0.0)
    monkeypatch.setattr(transforms, "normalise", lambda x: seen.append(x) or x)
    torch.manual_seed(0)
    training = cell.Training(replace(CELL, varies_copies_only=True, batch=12), Path("nowhere"))
    training.run_epoch(fold())
    blank = (seen[0].amax(dim=(1, 2, 3)) == 0.0).sum().item()
    assert blank == fold().is_copy.sum()


def test_over_sampling_fills_small_classes_and_marks_the_copies() -> None:
    labels = np.array([0] * 50 + [1] * 3, np.int64)
    rows, is_copy = data.over_sampled(labels, 20, seed=1)
    assert np.bincount(labels[rows]).tolist() == [50, 20]
    assert set(labels[rows[is_copy]]) == {1}
    assert not is_copy[:53].any()


def test_folds_keep_persons_apart() -> None:
    rng = np.random.default_rng(0)
    persons = np.array([f"p{n}" for n in rng.integers(0, 30, 120)])
    labels = (rng.random(120) < 0.3).astype(np.int64)
    numbers = np.arange(120, dtype=np.uint8)
    pictures = np.broadcast_to(numbers[:, None, None], (120, 4, 4)).copy()
    folds = data.folds_of(Unbalanced(pictures, labels, persons), 3, 1, fills_up=True)
    tested = np.concatenate([each.test[:, 0, 0] for each in folds])
    assert sorted(tested) == list(range(120))
    for each in folds:
        trained_on = set(persons[each.train_pictures[:, 0, 0]])
        assert not trained_on & set(persons[each.test[:, 0, 0]])


def test_three_classes_are_drawn_in_equal_parts() -> None:
    labels = np.repeat(np.arange(7, dtype=np.int64), 10)
    faces = Faces(np.zeros((70, 4, 4), np.uint8), labels)
    found = data.three_classes({"fer-train": faces, "fer-validation": faces}, 24, seed=1)
    assert np.bincount(found.train_labels).tolist() == [8, 8, 8]
    assert np.bincount(found.test_labels).tolist() == [10, 10, 10]
    with pytest.raises(TrainingDataError, match="not 20"):
        data.three_classes({"fer-train": faces, "fer-validation": faces}, 60, seed=1)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_activation_of_the_body_is_the_chosen_one(architecture: str) -> None:
    network = architectures.create(architecture, 3, 64, "Mish")
    kinds = {type(module) for module in network.modules()}
    assert torch.nn.Mish in kinds
    assert not kinds & {torch.nn.ReLU, torch.nn.ReLU6, torch.nn.SiLU}


@pytest.mark.parametrize("activation", architectures.ACTIVATIONS)
@pytest.mark.parametrize("architecture", [*ARCHITECTURES, "EfficientNet-B0"])
def test_a_new_network_tells_pictures_apart_without_being_sure(
    architecture: str, activation: str
) -> None:
    torch.manual_seed(0)
    network = architectures.create(architecture, 3, 64, activation).train()
    with torch.no_grad():
        logits = network(torch.randn(16, 3, 64, 64))
    # Smaller: nothing of the picture arrives, and learning cannot begin. Larger: it begins by
    # unlearning confident nonsense.
    assert 0.01 < logits.std(0).mean() < 1.0


def test_imagenet_weights_are_read_from_a_file(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(3)
    given = architectures.create("MobileNetV2", 1000, 32)
    save_file(given.state_dict(), tmp_path / "weights.safetensors")
    torch.manual_seed(4)
    weights = str(tmp_path / "weights.safetensors")
    network = architectures.create("MobileNetV2", 3, 32, weights=weights)
    assert torch.equal(network.conv_stem.weight, given.conv_stem.weight)
