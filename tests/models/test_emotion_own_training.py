"""From a folder of faces to a network that a unit accepts, also when interrupted on the way."""

import json
import shutil
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
pytest.importorskip("matplotlib", reason="needs matplotlib: pip install .[train]")

from appliance.inference.emotion_classifier import EmotionClassifier  # noqa: E402
from models import commands, intervals  # noqa: E402
from models.emotion import own_export, own_report, own_start, own_training  # noqa: E402
from models.emotion import train as training  # noqa: E402
from models.emotion.evaluate import probabilities  # noqa: E402
from models.emotion.export import export  # noqa: E402
from models.emotion.labels import LABELS  # noqa: E402
from models.emotion.manifest import Knobs, write  # noqa: E402
from models.emotion.network import EmotionNetwork  # noqa: E402
from models.emotion.own_data import Plan, check  # noqa: E402
from models.emotion.own_looks import Reading  # noqa: E402
from models.emotion.own_report import Measured  # noqa: E402
from models.emotion.own_rows import HELD_OUT, TRAIN  # noqa: E402
from models.emotion.run import Run  # noqa: E402
from tests.models.own_faces import write_faces  # noqa: E402
from tests.models.small_networks import SIZE_PX, small_network  # noqa: E402

CLASSES = (0, 1, 2)


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A small network with ResNet50's blocks that knows nothing yet, exported with its manifest."""
    path = tmp_path_factory.mktemp("start") / "small.onnx"
    export(small_network(), SIZE_PX, path)
    write(path, "small", Knobs(SIZE_PX, abstain_below=0.3))
    return path


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    root = tmp_path_factory.mktemp("faces")
    write_faces(root, {"happiness": 24, "neutral": 24, "sadness": 24})
    return root


def command(faces, out, start, *more):
    return [
        "--data", str(faces), "--out", str(out), "--start-from", str(start), "--plain",
        "--epochs", "3", "--patience", "3", "--lr", "0.01", "--muon-lr", "0.05", *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def done(faces, start, tmp_path_factory):
    """A whole run; returns its folder."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    torch.set_num_threads(1)
    assert own_training.main(command(faces, out, start)) == 0
    return out


def test_the_run_ends_in_a_network_that_the_unit_opens(done, faces):
    classifier = EmotionClassifier.open(done / "emotion_own_int8.onnx", threads=1)
    assert classifier.manifest.name == "emotion-own-int8"
    assert classifier.manifest.input.size_px == (SIZE_PX, SIZE_PX)
    assert "owner" in classifier.manifest.licence
    held_out = check(faces, Plan(Reading(SIZE_PX))).parts[HELD_OUT]
    pictures = list(own_report.faces(held_out, None))
    found = probabilities(classifier, pictures)
    # What was given no pictures is never answered.
    assert found[:, 3:].max() < 1e-12
    said = classifier.manifest.metrics["own_held_out"]
    assert said["pictures"] == len(held_out) == 12
    right = (found.argmax(1) == [picture.label for picture in held_out]).mean()
    assert said["seven"] == pytest.approx(right, abs=1e-4)


def test_the_page_shows_the_shipped_network_beside_the_own(done):
    page = (done / "emotion_own_int8.md").read_text()
    assert "| emotion_own_int8 |" in page
    assert f"| {own_start.SHIPPED.stem} |" in page
    assert "never say surprise, fear, disgust, anger" in page
    metrics = json.loads((done / "emotion_own_int8.json").read_text())["metrics"]
    assert {"own_held_out", "shipped_on_own_held_out"} <= set(metrics)


def test_weights_changed_and_the_loss_fell(done):
    history = json.loads((done / "history.json").read_text())
    assert [entry["epoch"] for entry in history] == [0, 1, 2, 3]
    assert history[-1]["loss"] < history[1]["loss"]
    assert history[-1]["validation.nll"] < history[0]["validation.nll"]


def test_an_interrupted_run_ends_in_identical_weights(faces, start, done, tmp_path, monkeypatch):
    untouched, calls = training.train_epoch, []

    def stopped_in_the_second_epoch(run, *parts):
        calls.append(run.epoch)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return untouched(run, *parts)

    monkeypatch.setattr(own_training, "train_epoch", stopped_in_the_second_epoch)
    out = tmp_path / "halved"
    assert own_training.main(command(faces, out, start)) == commands.INTERRUPTED
    assert own_training.main(command(faces, out, start)) == 0
    assert calls == [0, 1, 1, 2]
    whole, halved = (
        torch.load(folder / "last.pt", weights_only=True)["mean"] for folder in (done, out)
    )
    assert all(torch.equal(value, halved[name]) for name, value in whole.items())


def test_a_run_over_other_pictures_is_not_continued(faces, start, done, tmp_path, capsys):
    out = tmp_path / "run"
    out.mkdir()
    for name in ("data.json", "last.pt", "best.pt"):
        shutil.copy(done / name, out)
    other = shutil.copytree(faces, tmp_path / "other")
    (other / "sadness" / "sadness-0.png").unlink()
    assert own_training.main(command(other, out, start)) == commands.BAD_INPUT
    assert "other pictures" in capsys.readouterr().err


def test_bad_input_is_one_message_and_status_2_and_nothing_written(
    faces, start, tmp_path, capsys, monkeypatch
):
    broken = shutil.copytree(faces, tmp_path / "broken")
    (broken / "sadness" / "broken.jpg").write_text("no picture")
    shutil.rmtree(broken / "neutral")
    (broken / "neutral").mkdir()
    arguments = command(broken, tmp_path / "run", start)
    monkeypatch.setattr(sys, "argv", ["train", *arguments])
    with pytest.raises(SystemExit) as caught:
        training.main()
    assert caught.value.code == commands.BAD_INPUT
    message = capsys.readouterr().err
    assert "broken.jpg" in message
    assert "neutral: it is empty" in message
    assert "Traceback" not in message
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--start-from", "gone.onnx"], "gone.json"),
        (["--start-from", "gone.pt"], "There is no gone.pt"),
        (["--start-from", __file__], "is no checkpoint"),
    ],
)
def test_a_wrong_start_is_refused(faces, tmp_path, capsys, more, said):
    arguments = ["--data", str(faces), "--out", str(tmp_path / "run"), "--plain", *more]
    assert own_training.main(arguments) == commands.BAD_INPUT
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [["--epochs", "0"], ["--classes", "happy"], ["--classes", "happy,meh"], ["--name", "a/b"]],
)
def test_wrong_options_end_with_status_2(faces, tmp_path, more):
    with pytest.raises(SystemExit) as caught:
        own_training.main(["--data", str(faces), "--out", str(tmp_path / "run"), *more])
    assert caught.value.code == 2


def test_the_run_may_not_lie_among_the_pictures(faces, capsys):
    arguments = ["--data", str(faces), "--out", str(faces / "run"), "--plain"]
    assert own_training.main(arguments) == commands.BAD_INPUT
    assert "keep the run outside" in capsys.readouterr().err


def test_a_checkpoint_is_a_start_too(done):
    begun = own_start.begin(done / "best.pt", False, 0.2)
    stored = torch.load(done / "best.pt", weights_only=True)["mean"]
    assert begun.widths == (8, 12, 16, 24)
    assert begun.size_px == SIZE_PX
    assert torch.equal(begun.network.head.weight, stored["head.weight"])


def test_new_weights_take_the_shipped_networks_size_and_form():
    begun = own_start.begin(None, True, 0.2)
    shipped = own_start.begin(None, False, 0.2)
    assert begun.network is None
    assert begun.name == ""
    assert shipped.network is not None
    assert (begun.size_px, begun.activation) == (shipped.size_px, shipped.activation)


def test_normalisations_keep_their_statistics_while_training(start):
    network = own_start.begin(start, False, 0.0).network.train()
    before = {name: value.clone() for name, value in network.named_buffers()}
    network(torch.randn(4, 1, SIZE_PX, SIZE_PX))
    assert all(torch.equal(value, before[name]) for name, value in network.named_buffers())
    assert network.head.training


def test_the_loss_is_over_the_classes_given_only(faces, start, tmp_path):
    data = check(faces, Plan(Reading(SIZE_PX)))
    begun = own_start.begin(start, False, 0.0)
    given = own_training.arguments().parse_args(command(faces, tmp_path, start))
    run = Run(own_training.settings_of(given, begun, data), tmp_path, begun.network)
    before = run.model.head.bias.detach().clone()
    ours = data.faces[TRAIN]
    nothing = training.Faces(ours.pictures[:0], ours.labels[:0])
    training.train_epoch(run, nothing, ours)
    moved = (run.model.head.bias.detach() - before).abs()
    assert moved[:3].min() > 0
    assert moved[3:].max() == 0


def test_it_stops_when_validation_no_longer_improves(faces, start, tmp_path, monkeypatch):
    data = check(faces, Plan(Reading(SIZE_PX)))
    begun = own_start.begin(start, False, 0.0)
    given = own_training.arguments().parse_args(command(faces, tmp_path, start, "--epochs", "9"))
    run = Run(own_training.settings_of(given, begun, data), tmp_path, begun.network)
    costs = iter([2.0, 1.5, 1.0, 1.1, 1.2, 0.5])
    monkeypatch.setattr(
        own_training,
        "validate",
        lambda *_: {"validation.accuracy": 0.5, "validation.nll": next(costs)},
    )
    monkeypatch.setattr(own_training, "train_epoch", lambda *_: 1.0)
    own_training.train(run, data, patience=2)
    assert run.epoch == 4
    assert own_training.best_epoch(run.history) == 2
    assert torch.load(tmp_path / "best.pt", weights_only=True)["epoch"] == 2


def measured(name, right):
    labels = np.zeros(len(right), np.int64)
    probabilities = np.full((len(right), len(LABELS)), 0.05)
    probabilities[np.arange(len(right)), np.where(right, 0, 1)] = 0.7
    return Measured(name, probabilities, labels)


def test_better_is_said_only_where_the_pictures_show_it():
    new = measured("new", np.array([True] * 70 + [False] * 30))
    assert own_report.verdict(new, measured("old", np.arange(100) < 40)).startswith("new is better")
    assert own_report.verdict(measured("old", np.arange(100) < 40), new).startswith("new is better")
    assert "do not tell" in own_report.verdict(new, measured("old", np.arange(100) < 68))


def test_an_interval_holds_the_share_and_shrinks_with_pictures():
    # 70 of 100, Wilson: (0.604, 0.781), as any table of it says.
    assert intervals.wilson(70, 100) == pytest.approx((0.6042, 0.7811), abs=1e-4)
    low, high = intervals.wilson(700, 1000)
    assert 0.67 < low < 0.7 < high < 0.73


def test_the_rivals_other_classes_do_not_count_against_it():
    found = np.array([[0.3, 0.1, 0.0, 0.6, 0.0, 0.0, 0.0]])
    kept = own_report.among(found, CLASSES)
    assert kept.argmax() == 0
    assert kept.sum() == pytest.approx(1.0)
    assert kept[0, 3] == 0.0


def test_a_class_without_pictures_is_never_answered():
    network = EmotionNetwork(widths=(4, 6, 8, 10)).eval()
    own_export.know_only(network, CLASSES)
    with torch.no_grad():
        found = torch.softmax(network(torch.randn(5, 1, SIZE_PX, SIZE_PX)), 1)
    assert found[:, 3:].max() < 1e-12
