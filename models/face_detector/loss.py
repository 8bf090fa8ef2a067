"""What training minimises: overlap of the boxes and quality-weighted confidence."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from models.face_detector.assignment import AssignmentSettings, Targets, assign
from models.face_detector.boxes import overlap


@dataclass(frozen=True)
class LossSettings:
    """Weights of the two parts, and how cells are chosen."""

    box_weight: float = 4.0
    confidence_weight: float = 1.0
    easy_negative_power: float = 1.5  # 0: plain cross entropy; more: easy background counts less
    assignment: AssignmentSettings = field(default_factory=AssignmentSettings)


@dataclass(frozen=True)
class Loss:
    """total is what is minimised; box and confidence are its weighted parts (scalars)."""

    total: Tensor
    box: Tensor
    confidence: Tensor
    positives: int


def detection_loss(
    boxes: Tensor,
    logits: Tensor,
    centres: Tensor,
    targets: Targets,
    settings: LossSettings = LossSettings(),
) -> Loss:
    """Loss of one batch.

    boxes [B, N, 4], logits [B, N]: predictions; centres [N, 2]: the cells' centres.
    Confidence learns the quality of the box (Zhang et al. 2021, "VarifocalNet", equation 2,
    with background weighted by the wrong confidence to a power); boxes learn by GIoU.
    """
    assigned = assign(boxes.detach(), logits.detach(), centres, targets, settings.assignment)
    wanted = torch.zeros_like(logits)
    wanted[assigned.picture, assigned.cell] = assigned.quality
    with torch.no_grad():
        positive = torch.zeros_like(logits, dtype=torch.bool)
        positive[assigned.picture, assigned.cell] = True
        background = 0.75 * logits.sigmoid() ** settings.easy_negative_power
        weight = torch.where(positive, torch.ones_like(logits), background)
        weight[assigned.silent] = 0
    norm = assigned.quality.sum().clamp(min=1.0)
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    confidence = settings.confidence_weight * (entropy * weight).sum() / norm
    _, giou = overlap(boxes[assigned.picture, assigned.cell], targets.boxes[assigned.face])
    box = settings.box_weight * ((1 - giou) * assigned.quality).sum() / norm
    return Loss(box + confidence, box.detach(), confidence.detach(), len(assigned.cell))
