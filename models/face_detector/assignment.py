"""Task-aligned assignment: which cells of the grids learn which face, and how surely.

Source: Feng et al. 2021, "TOOD: Task-aligned One-stage Object Detection", section 3.2: for each
face the cells whose confidence and box fit it best together learn it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.face_detector.boxes import TINY, overlap


@dataclass(frozen=True)
class AssignmentSettings:
    """How many cells learn a face, and what weighs in their choice."""

    cells_per_face: int = 10
    confidence_power: float = 0.5
    overlap_power: float = 4.0
    least_side_px: float = 16.0  # small faces are widened to this when cells are looked for


@dataclass(frozen=True)
class Targets:
    """One batch's faces. boxes [G, 4] in input pixels, picture [G]: index of the face's picture.

    ignored [I, 4], ignored_picture [I]: regions where nothing is learned, neither face nor none.
    """

    boxes: Tensor
    picture: Tensor
    ignored: Tensor
    ignored_picture: Tensor


@dataclass(frozen=True)
class Assignment:
    """picture, cell, face: [P] indices of the cells that learn a face; quality [P] 0..1.

    silent: [B, N] bool, cells that learn nothing.
    """

    picture: Tensor
    cell: Tensor
    face: Tensor
    quality: Tensor
    silent: Tensor


@torch.no_grad()
def assign(
    boxes: Tensor,
    logits: Tensor,
    centres: Tensor,
    targets: Targets,
    settings: AssignmentSettings = AssignmentSettings(),
) -> Assignment:
    """Assign faces to cells.

    boxes [B, N, 4] and logits [B, N]: the network's predictions; centres [N, 2]: the cells.
    A cell that fits two faces learns the one it overlaps more.
    """
    batch, cells = logits.shape
    silent = _cells_inside(centres, targets.ignored, targets.ignored_picture, batch)
    if len(targets.boxes) == 0:
        none = torch.zeros(0, dtype=torch.long, device=logits.device)
        return Assignment(none, none, none, none.float(), silent)
    face, cell = _inside(centres, _widened(targets.boxes, settings.least_side_px)).nonzero().T
    picture = targets.picture[face]
    iou, _ = overlap(boxes[picture, cell], targets.boxes[face])
    confidence = logits[picture, cell].sigmoid()
    fit = confidence**settings.confidence_power * iou**settings.overlap_power
    fits = torch.full((len(targets.boxes), cells), -1.0, device=logits.device)
    fits[face, cell] = fit
    overlaps = torch.zeros_like(fits)
    overlaps[face, cell] = iou
    chosen = _best_cells(fits, settings.cells_per_face)
    chosen &= _is_strongest_claim(chosen, overlaps, targets.picture, batch)
    face, cell = chosen.nonzero().T
    picture = targets.picture[face]
    fit, iou = fits[face, cell], overlaps[face, cell]
    nothing = torch.zeros(len(targets.boxes), device=logits.device)
    best_fit = nothing.scatter_reduce(0, face, fit, "amax")
    best_iou = nothing.scatter_reduce(0, face, iou, "amax")
    quality = fit / (best_fit[face] + TINY) * best_iou[face]
    silent[picture, cell] = False
    return Assignment(picture, cell, face, quality.clamp(0, 1), silent)


def _widened(boxes: Tensor, least_side_px: float) -> Tensor:
    """Boxes about the same centres with no side shorter than `least_side_px`."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = ((boxes[:, 2:] - boxes[:, :2]) / 2).clamp(min=least_side_px / 2)
    return torch.cat([centre - half, centre + half], dim=1)


def _inside(centres: Tensor, boxes: Tensor) -> Tensor:
    """Whether each cell's centre [N, 2] lies in each box [G, 4]: [G, N] bool."""
    after = (centres[None] > boxes[:, None, :2]).all(-1)
    return after & (centres[None] < boxes[:, None, 2:]).all(-1)


def _cells_inside(centres: Tensor, boxes: Tensor, picture: Tensor, batch: int) -> Tensor:
    """Cells in any of their picture's boxes: [B, N] bool."""
    marked = torch.zeros(batch, len(centres), dtype=torch.bool, device=centres.device)
    if len(boxes):
        box, cell = _inside(centres, boxes).nonzero().T
        marked[picture[box], cell] = True
    return marked


def _best_cells(fits: Tensor, count: int) -> Tensor:
    """The `count` best-fitting candidate cells of every face: [G, N] bool."""
    values, cells = fits.topk(min(count, fits.shape[1]), dim=1)
    chosen = torch.zeros_like(fits, dtype=torch.bool)
    return chosen.scatter_(1, cells, values >= 0)


def _is_strongest_claim(chosen: Tensor, overlaps: Tensor, picture: Tensor, batch: int) -> Tensor:
    """Where a face overlaps a cell's box most among the picture's faces that chose it."""
    # Later faces lose exact ties, so that a cell never learns two faces.
    order = torch.arange(len(overlaps), 0, -1, device=overlaps.device)[:, None] * 1e-6
    claims = torch.where(chosen, overlaps + order, torch.full_like(overlaps, -1.0))
    strongest = torch.full((batch, overlaps.shape[1]), -1.0, device=overlaps.device)
    strongest.scatter_reduce_(0, picture[:, None].expand_as(claims), claims, "amax")
    return claims >= strongest[picture]
