"""The report says what the results say, claims an order only where it may, and README shows it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("scipy", reason="needs scipy: pip install .[train]")

from models.commands import TrainingDataError
from models.comparisons import claims, report, results, tables
from models.comparisons.paper import SINGLE
from models.comparisons.results import Result

CELL = {
    "name": "ResNet50-Mish-1",
    "architecture": "ResNet50",
    "activation": "Mish",
    "classes": ["happiness", "neutral", "sadness"],
    "size_px": 64,
    "epochs": 10,
    "batch": 64,
    "lr": 1e-4,
    "seed": 1,
    "weights": None,
}


def cell(activation: str, right: int, of: int = 300) -> Result:
    each, rest = divmod(right, 3)
    diagonal = [each + (number < rest) for number in range(3)]
    rows = [
        [diagonal[i] if i == j else (of // 3 - diagonal[i]) // 2 for j in range(3)]
        for i in range(3)
    ]
    for row in rows:
        row[rows.index(row) - 1] += of // 3 - sum(row)
    return Result(CELL | {"activation": activation}, 6000, of, rows, 5.0, 1000, 2000)


def fold(name: str, number: int, right: int) -> Result:
    counts = [[90, 0], [10 - right, right]]
    named = CELL | {"name": f"{name}-fold{number}", "architecture": "EfficientNet-B0"}
    return Result(named, 2000, 100, counts, 1.0, 1000, 2000)


def test_accuracy_f1_and_interval_follow_from_the_counts() -> None:
    found = fold("x", 0, 5)
    assert found.accuracy == pytest.approx(0.95)
    # F1 of the first class 180/185, of the second 10/15.
    assert found.macro_f1 == pytest.approx((180 / 185 + 10 / 15) / 2)
    low, high = found.interval
    assert (low, high) == pytest.approx((0.8882, 0.9785), abs=1e-4)  # Wilson, 95 of 100


def test_an_order_is_claimed_only_where_intervals_part() -> None:
    close = claims.activation([cell("Mish", 200), cell("ReLU", 195)])
    assert close == "- ResNet50: no order: all intervals overlap."
    apart = claims.activation([cell("Mish", 260), cell("ReLU", 200), cell("Swish", 255)])
    assert apart == "- ResNet50: Mish above ReLU, Swish above ReLU."


def test_the_table_holds_our_figure_and_the_paper_s() -> None:
    table = tables.activation([cell("Mish", 240)])
    (line,) = [line for line in table.splitlines() if line.startswith("| ResNet50")]
    assert "**80.0** [75.1–84.1] (90.40)" in line
    assert line.count("not run yet") == 2


def test_guessing_has_the_most_frequent_class_s_share() -> None:
    guessed = results.guessing(fold("x", 0, 5))
    assert guessed.confusion == [[90, 0], [10, 0]]
    assert guessed.accuracy == pytest.approx(0.9)
    assert guessed.macro_f1 == pytest.approx((180 / 190 + 0) / 2)


def test_a_gain_is_claimed_only_where_the_folds_agree() -> None:
    base = [fold("EfficientNet-B0-focal-none", n, 2) for n in range(3)]
    better = [fold("proposed-EfficientNet-B0", n, 6 + n % 2) for n in range(3)]
    assert "At this budget a gain is there." in claims.balance([*base, *better])
    mixed = [fold("proposed-EfficientNet-B0", n, right) for n, right in enumerate((1, 2, 6))]
    assert "cannot be told from nothing" in claims.balance([*base, *mixed])


def test_the_best_transforms_stand_beside_the_paper_s() -> None:
    cells = [fold("EfficientNet-B0-focal-none", n, 4) for n in range(3)]
    for number, transform in enumerate(SINGLE):
        right = 9 - number // 2 if transform != "zoom" else 1
        cells += [fold(f"EfficientNet-B0-focal-{transform}", n, right - n % 2) for n in range(3)]
    line, _, caution = claims.singles(cells).splitlines()
    assert line.startswith("- focal: best five here by macro-F1, fold by fold against none: blur +")
    assert "2 of them are of the paper's five" in line  # crop and rotation
    above, below = line.split("; below no transform: ")
    assert "above no transform: blur, crop, flip" in above
    assert below == "zoom."
    assert caution == claims.CAUTION
    assert claims.singles(cells[:-3]) == "", "said before all ten have run"


def test_a_larger_network_is_set_against_the_smallest_fold_by_fold() -> None:
    cells = [fold("proposed-EfficientNet-B0", n, 6) for n in range(3)]
    assert claims.sizes(cells) == ""
    cells += [fold("proposed-EfficientNet-B5", n, 2) for n in range(3)]
    # F1 of the second class falls from 12/16 to 4/12, of the first from 180/184 to 180/188.
    change = (180 / 188 + 4 / 12) / (180 / 184 + 12 / 16) - 1.0
    assert f"macro-F1 changes by {change:+.0%} ± 0%, fold by fold over 3" in claims.sizes(cells)


def test_folds_of_one_setting_are_averaged() -> None:
    folds = [fold("over-sampling", n, n * 2) for n in range(3)]
    (line,) = [r for r in tables.steps(folds).splitlines() if r.startswith("| over-sampling")]
    assert "0.920 ± 0.020" in line


def test_gathering_reads_back_what_cells_wrote(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    written = cell("Mish", 240)
    folder = tmp_path / "runs" / "activation"
    folder.mkdir(parents=True)
    content = {name: getattr(written, name) for name in Result.__dataclass_fields__}
    (folder / "a.json").write_text(json.dumps(content | {"losses": [1.0]}))
    assert results.gather(tmp_path / "runs") == {"activation": 1, "balance": 0}
    assert results.read("activation") == [replace(written, cell=dict(written.cell))]


def test_a_folder_without_finished_cells_is_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    with pytest.raises(TrainingDataError, match="no finished cells under"):
        results.gather(tmp_path / "runs")


def test_readme_holds_the_page_of_the_committed_results() -> None:
    text = report.README.page.read_text(encoding="utf-8")
    again = report.README.put_into(text, report.page())
    assert again == text, "run python -m models.comparisons.report"
    for shown in ("confusion", "accuracy_ms", "transforms"):
        path = report.PICTURES / f"{shown}.png"
        assert path.exists() == (f"figures/{shown}.png" in text)


def test_a_readme_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="lacks"):
        report.README.put_into("no marks", report.page())
