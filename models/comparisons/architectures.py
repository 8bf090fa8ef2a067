"""timm's networks with the activation of choice, sized for small faces."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"ReLU": nn.ReLU, "Swish": nn.SiLU, "Mish": nn.Mish}
# VGG with batch normalisation: through 19 layers without any, next to nothing of the picture
# arrives at the first logits, and from scratch it does not begin to learn.
TIMM_NAMES = {
    "MobileNetV2": "mobilenetv2_100",
    "DenseNet121": "densenet121",
    "VGG19": "vgg19_bn",
    "VGG16": "vgg16_bn",
    "ResNet50": "resnet50",
} | {f"EfficientNet-B{number}": f"efficientnet_b{number}" for number in range(6)}

_STRIDE_PX = 32
_SUPPRESSION = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def declare_vision_operators() -> None:
    """Let timm import torchvision beside a CPU-only PyTorch, for which it has no operators.

    Its Python part registers shapes for two operators that only its compiled part declares; none
    of timm's classifiers calls them.
    """
    for name in ("nms", "qnms"):
        try:
            torch.library.define(f"torchvision::{name}", _SUPPRESSION)
        except RuntimeError:  # the compiled part is there and has declared them
            return


def has_compiled_torchvision() -> bool:
    """Whether torchvision imports as it is."""
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        return False
    return True


def create(
    architecture: str,
    classes: int,
    size_px: int,
    activation: str | None = None,
    weights: str | None = None,
) -> nn.Module:
    """timm's definition of `architecture` (a key of TIMM_NAMES) for colour pictures.

    `activation` (a key of ACTIVATIONS) replaces every activation of the body, None leaves the
    architecture's own. `weights` is a file of ImageNet weights in timm's form; the classifier's
    own weights in it are left out. From scratch VGG's first dense layer covers the whole last map,
    as it does at 224 px. Raises KeyError for an unknown name, FileNotFoundError for a missing file.
    """
    if not has_compiled_torchvision():
        declare_vision_operators()
    import timm

    options: dict[str, Any] = {"num_classes": classes}
    if activation is not None:
        options["act_layer"] = ACTIVATIONS[activation]
    if weights is not None:
        options["pretrained"] = True
        options["pretrained_cfg_overlay"] = {"file": weights}
    network: nn.Module = timm.create_model(TIMM_NAMES[architecture], **options)
    if architecture.startswith(("MobileNet", "EfficientNet")):
        _draw_small_head(network)
    if architecture.startswith("VGG") and weights is None:
        _cover_last_map(network, max(1, math.ceil(size_px / _STRIDE_PX)))
    return network


def _draw_small_head(network: nn.Module) -> None:
    """Draw the classifier's first weights as PyTorch does, by its inputs.

    timm draws this family's by the number of classes, which was made for 1,000: with three the
    logits begin far too large, and such a network learns its pictures by heart.
    """
    head = network.get_submodule("classifier")
    assert isinstance(head, nn.Linear)
    head.reset_parameters()


def _cover_last_map(network: nn.Module, side: int) -> None:
    """Give VGG's first dense layer the last map's `side` instead of 7, to which timm would
    stretch it: the same layer as at 224 px, without 94 million weights for repeated pixels."""
    head: Any = network.pre_logits
    first = nn.Conv2d(head.fc1.in_channels, head.fc1.out_channels, side)
    nn.init.kaiming_normal_(first.weight, mode="fan_out", nonlinearity="relu")
    nn.init.zeros_(first.bias)
    head.fc1, head.input_kernel_size = first, side
