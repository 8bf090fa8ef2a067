"""Which cells learn a face, and what the loss makes of it."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: the workbench is untested")

from models.face_detector.assignment import AssignmentSettings, Targets, assign  # noqa: E402
from models.face_detector.boxes import overlap  # noqa: E402
from models.face_detector.loss import detection_loss  # noqa: E402
from models.face_detector.network import anchor_points  # noqa: E402

SIZE_PX = 64
CENTRES, STRIDES = anchor_points(SIZE_PX)
CELLS = len(CENTRES)
NO_BOXES, NO_PICTURE = torch.zeros(0, 4), torch.zeros(0, dtype=torch.long)


def targets(boxes: list[list[float]], ignored: list[list[float]] | None = None) -> Targets:
    """Faces and ignored regions, all of picture 0."""
    regions = torch.tensor(ignored or []).reshape(-1, 4)
    return Targets(
        torch.tensor(boxes).reshape(-1, 4),
        torch.zeros(len(boxes), dtype=torch.long),
        regions,
        torch.zeros(len(regions), dtype=torch.long),
    )


def predicted(box: list[float]) -> torch.Tensor:
    """Every cell predicts the same box: [1, N, 4]."""
    return torch.tensor(box).expand(1, CELLS, 4).clone()


def test_overlap_of_known_boxes() -> None:
    first = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 10.0]])
    second = torch.tensor([[5.0, 0.0, 15.0, 10.0], [20.0, 0.0, 30.0, 10.0]])
    iou, giou = overlap(first, second)
    assert iou.tolist() == pytest.approx([1 / 3, 0.0], abs=1e-5)
    # Second pair: hull 30 x 10, union 200, hence (0 - 100 / 300).
    assert giou.tolist() == pytest.approx([1 / 3, -1 / 3], abs=1e-5)


def test_only_cells_inside_a_face_learn_it() -> None:
    face = [8.0, 8.0, 40.0, 40.0]
    found = assign(predicted(face), torch.zeros(1, CELLS), CENTRES, targets([face]))
    assert len(found.cell) == AssignmentSettings().cells_per_face
    centres = CENTRES[found.cell]
    assert bool(((centres > 8) & (centres < 40)).all())


def test_the_cell_that_fits_best_learns_the_highest_quality() -> None:
    face = [8.0, 8.0, 40.0, 40.0]
    boxes = predicted([0.0, 0.0, 40.0, 40.0])
    best = int(((CENTRES - 24).abs().sum(1)).argmin())
    boxes[0, best] = torch.tensor(face)
    found = assign(boxes, torch.zeros(1, CELLS), CENTRES, targets([face]))
    quality = dict(zip(found.cell.tolist(), found.quality.tolist(), strict=True))
    assert quality[best] == pytest.approx(1.0, abs=1e-4)
    assert max(q for cell, q in quality.items() if cell != best) < 0.5


def test_a_cell_wanted_by_two_faces_learns_the_one_it_overlaps_more() -> None:
    near, far = [8.0, 8.0, 40.0, 40.0], [12.0, 12.0, 44.0, 44.0]
    found = assign(predicted(far), torch.zeros(1, CELLS), CENTRES, targets([near, far]))
    assert len(found.cell) == len(set(found.cell.tolist()))
    shared = [f for c, f in zip(found.cell, found.face, strict=True) if 20 < CENTRES[c].min() < 36]
    assert shared
    assert {int(face) for face in shared} == {1}


def test_a_face_smaller_than_a_cell_is_still_learned() -> None:
    face = [16.5, 16.5, 19.5, 19.5]  # between the centres of all three grids
    found = assign(predicted(face), torch.zeros(1, CELLS), CENTRES, targets([face]))
    assert len(found.cell) > 0


def test_nothing_is_learned_in_an_ignored_region() -> None:
    logits = torch.zeros(1, CELLS, requires_grad=True)
    nobody = targets([], ignored=[[0.0, 0.0, 32.0, 64.0]])
    detection_loss(predicted([0.0, 0.0, 8.0, 8.0]), logits, CENTRES, nobody).total.backward()
    assert logits.grad is not None
    inside = CENTRES[:, 0] < 32
    assert float(logits.grad[0, inside].abs().max()) == 0.0
    assert float(logits.grad[0, ~inside].min()) > 0.0


def test_a_picture_without_faces_lowers_every_confidence() -> None:
    logits = torch.zeros(1, CELLS, requires_grad=True)
    nobody = targets([])
    loss = detection_loss(predicted([0.0, 0.0, 8.0, 8.0]), logits, CENTRES, nobody)
    loss.total.backward()
    assert loss.positives == 0
    assert float(loss.box) == 0.0
    assert logits.grad is not None
    assert float(logits.grad.min()) > 0.0


def test_boxes_that_fit_cost_less_than_boxes_that_do_not() -> None:
    face = [8.0, 8.0, 40.0, 40.0]
    logits = torch.zeros(1, CELLS)
    fitting = detection_loss(predicted(face), logits, CENTRES, targets([face]))
    shifted = detection_loss(predicted([16.0, 8.0, 48.0, 40.0]), logits, CENTRES, targets([face]))
    assert float(fitting.box) == pytest.approx(0.0, abs=1e-4)
    assert float(shifted.box) > 0.5


def test_faces_of_another_picture_teach_nothing_here() -> None:
    face = [8.0, 8.0, 40.0, 40.0]
    of_second = Targets(torch.tensor([face]), torch.tensor([1]), NO_BOXES, NO_PICTURE)
    found = assign(predicted(face).expand(2, -1, -1), torch.zeros(2, CELLS), CENTRES, of_second)
    assert set(found.picture.tolist()) == {1}
