"""What the papers printed, beside which our figures stand."""

from __future__ import annotations

ACCURACY: dict[str, dict[str, float]] = {
    "MobileNetV2": {"ReLU": 70.12, "Swish": 72.99, "Mish": 75.22},
    "DenseNet121": {"ReLU": 74.27, "Swish": 78.76, "Mish": 79.56},
    "VGG19": {"ReLU": 87.84, "Swish": 88.62, "Mish": 89.96},
    "ResNet50": {"ReLU": 87.50, "Swish": 89.06, "Mish": 90.40},
}
"""Kim, Jeong, Moon, Moon 2021, table 2: percent of 460 test faces over three classes."""

DIAGONAL = {"happiness": 92.99, "neutral": 86.90, "sadness": 90.41}
"""The same, table 3: percent of each class taken rightly by ResNet50 with Mish."""

NO_AUGMENTATION: dict[tuple[str, str], tuple[float, float]] = {
    ("VGG16", "cross-entropy"): (54.36, 0.189),
    ("ResNet50", "cross-entropy"): (56.82, 0.257),
    ("EfficientNet-B0", "cross-entropy"): (57.86, 0.261),
    ("VGG16", "focal"): (54.35, 0.185),
    ("ResNet50", "focal"): (56.76, 0.248),
    ("EfficientNet-B0", "focal"): (57.68, 0.249),
}
"""The imbalance paper (SE30K8): accuracy in percent and macro-F1 without augmentation."""

STEPS: dict[str, tuple[float, float]] = {
    "baseline": (57.68, 0.249),
    "over-sampling": (56.81, 0.319),
    "all-transforms": (57.13, 0.319),
    "proposed": (57.18, 0.325),
}
"""The imbalance paper's table 4, EfficientNet-B0 with focal loss."""

PROPOSED = {"EfficientNet-B0": STEPS["proposed"], "EfficientNet-B5": (59.24, 0.348)}
"""The same table's proposed way; of the larger networks only B5's figures are at hand."""

LOSSES = ("cross-entropy", "focal")

SINGLE = (
    "blur",
    "crop",
    "flip",
    "rotation",
    "translation",
    "cutout",
    "contrast",
    "height",
    "width",
    "zoom",
)
"""The imbalance paper's ten, in its order."""

BEST_FIVE = ("crop", "rotation", "cutout", "width", "zoom")
"""The five that raised the imbalance paper's F1 most."""
