"""Training lowers the loss, goes on where it stopped, and exports what it trained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: the workbench is untested")
pytest.importorskip("tqdm", reason="tqdm is not installed: the workbench is untested")

from models.face_detector.augment import MosaicMaker, MosaicSettings  # noqa: E402
from models.face_detector.finder import NetworkFinder, to_tensor  # noqa: E402
from models.face_detector.loss import detection_loss  # noqa: E402
from models.face_detector.network import FaceYolo, NetworkSettings, anchor_points  # noqa: E402
from models.face_detector.pictures import LabelledPicture, TrainingDataError  # noqa: E402
from models.face_detector.train import TrainSettings, learning_rate, targets_of, train  # noqa: E402

TINY = NetworkSettings(stem=8, widths=(8, 16, 16, 16), blocks=(1, 1, 1, 1), neck=16, head_convs=1)
SETTINGS = TrainSettings(
    steps=4,
    batch=2,
    warm_up_steps=1,
    validate_every=100,
    save_every=2,
    network=TINY,
    sizes_px=(64,),
    mosaic=MosaicSettings(size_px=64),
)


def discs(count: int) -> list[LabelledPicture]:
    """Pictures with one light disc each as a face."""
    rng = np.random.default_rng(0)
    pictures = []
    for index in range(count):
        x, y, radius = rng.integers(40, 80), rng.integers(40, 80), rng.integers(14, 30)
        rows, columns = np.ogrid[:120, :120]
        pixels = np.full((120, 120, 3), 40, np.uint8)
        pixels[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = (120, 170, 220)
        box = np.array([[x - radius, y - radius, x + radius, y + radius]], np.float32)
        pictures.append(LabelledPicture(f"disc{index}", pixels, box, np.zeros((0, 4), np.float32)))
    return pictures


def maker(size_px: int = 64) -> MosaicMaker:
    return MosaicMaker((discs(6), discs(6), discs(6)), MosaicSettings(size_px=size_px))


def test_a_few_steps_on_one_batch_lower_the_loss() -> None:
    torch.manual_seed(0)
    network = FaceYolo(TINY)
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3)
    draws = maker()
    canvases = [draws.draw(np.random.default_rng(seed)) for seed in range(4)]
    pictures = to_tensor(np.stack([canvas.pixels for canvas in canvases]))
    centres, _ = anchor_points(64)
    losses = []
    for _ in range(40):
        loss = detection_loss(*network(pictures), centres, targets_of(canvases))
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
        losses.append(float(loss.box))
    assert losses[-1] < 0.6 * losses[0]


def test_an_interrupted_training_ends_like_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = train(SETTINGS, [maker()], discs(1), tmp_path / "whole")
    kept = torch.load(tmp_path / "whole" / "last.pt", weights_only=True)
    assert kept["step"] == 4
    assert kept["settings"]["network"]["stem"] == 8
    # The schedule is that of four steps; the run is cut after two.
    cut = tmp_path / "cut"

    class Interrupted(MosaicMaker):
        drawn = 0

        def draw(self, rng: np.random.Generator) -> object:  # type: ignore[override]
            Interrupted.drawn += 1
            if Interrupted.drawn > 2 * SETTINGS.batch:
                raise KeyboardInterrupt
            return super().draw(rng)

    interrupted = Interrupted((discs(6), discs(6), discs(6)), MosaicSettings(size_px=64))
    with pytest.raises(KeyboardInterrupt):
        train(SETTINGS, [interrupted], discs(1), cut)
    assert torch.load(cut / "last.pt", weights_only=True)["step"] == 2
    resumed = train(SETTINGS, [maker()], discs(1), cut)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_another_seed_draws_other_weights(tmp_path: Path) -> None:
    first = train(SETTINGS, [maker()], discs(1), tmp_path / "a")
    other = train(replace(SETTINGS, seed=1), [maker()], discs(1), tmp_path / "b")
    assert not torch.equal(first.predict.weight, other.predict.weight)


def test_the_learning_rate_rises_then_falls_to_its_last_share() -> None:
    settings = TrainSettings(steps=1000, warm_up_steps=100)
    rates = [learning_rate(step, settings) for step in range(1000)]
    assert rates.index(max(rates)) in (99, 100)
    assert rates[0] == pytest.approx(settings.learning_rate / 100)
    assert rates[-1] == pytest.approx(settings.learning_rate * 0.01, rel=0.01)


class BrightSpot(torch.nn.Module):
    """Stands for a network: its one box is where the input is bright."""

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        rows, columns = torch.nonzero(pictures[0].mean(0) > 0.8, as_tuple=True)
        corners = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        return torch.stack(corners).float()[None, None], torch.ones(1, 1)


@pytest.mark.parametrize("shape", [(90, 300), (300, 90), (40, 40), (700, 500)])
def test_boxes_come_back_in_pixels_of_the_picture(shape: tuple[int, int]) -> None:
    height, width = shape
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = height // 4, width // 2
    pixels[top : top + height // 3, left : left + width // 4] = 255
    found = NetworkFinder(BrightSpot(), 160)(pixels)  # type: ignore[arg-type]
    expected = [left, top, left + width // 4, top + height // 3]
    assert found[0, :4].tolist() == pytest.approx(expected, abs=1.5 * max(shape) / 160)


def test_the_exported_file_answers_like_pytorch(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed: the export is untested")
    from appliance.inference.onnx_model import OnnxModel
    from models.face_detector.export import export, load_checkpoint

    train(SETTINGS, [maker()], discs(1), tmp_path)
    network, _ = load_checkpoint(tmp_path / "best.pt")
    path = tmp_path / "face_yolo_64.onnx"
    assert export(network, 64, path, "0.0.0") < 1e-4
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        boxes, logits = network(picture)
    (rows,) = OnnxModel(path, threads=1).run(picture.numpy())
    np.testing.assert_allclose(rows[0, :, :4], boxes[0].numpy(), atol=0.02)
    np.testing.assert_allclose(rows[0, :, 4], logits[0].sigmoid().numpy(), atol=1e-4)
    assert json.loads(path.with_suffix(".json").read_text())["input"]["size_px"] == [64, 64]


def test_exporting_nothing_says_so(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed: the export is untested")
    from models.face_detector.export import load_checkpoint

    with pytest.raises(TrainingDataError, match="train first"):
        load_checkpoint(tmp_path / "best.pt")


def test_int8_finds_where_float_finds(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: this is untested")
    from appliance.inference.model_manifest import load_manifest
    from appliance.inference.onnx_model import OnnxModel
    from models.face_detector.export import describe, export, load_checkpoint, write_manifest
    from models.face_detector.quantize import quantize

    train(SETTINGS, [maker()], discs(1), tmp_path)
    network, _ = load_checkpoint(tmp_path / "best.pt")
    plain, small = tmp_path / "plain.onnx", tmp_path / "small.onnx"
    export(network, 64, plain, "0.0.0")
    quantize(plain, small, load_manifest(plain), discs(12))  # type: ignore[arg-type]
    write_manifest(small, describe(small, 64, "0.0.0"))
    weights = [item for item in onnx.load(small).graph.initializer if len(item.dims) == 4]
    kinds = [item.data_type == onnx.TensorProto.INT8 for item in weights]
    assert (kinds.count(True), kinds.count(False)) == (len(kinds) - 1, 1), "all but the last"
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)).numpy()
    expected, found = (OnnxModel(path, threads=1).run(picture)[0] for path in (plain, small))
    # Boxes within a few of 64 pixels, confidences within a few hundredths.
    assert np.abs(found[..., :4] - expected[..., :4]).max() < 6.0
    assert np.abs(found[..., 4] - expected[..., 4]).max() < 0.05
