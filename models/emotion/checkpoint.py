"""A trained network out of a checkpoint: the averaged weights, ready to evaluate or export."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from appliance.errors import ModelError
from models.emotion.mish import ACTIVATIONS
from models.emotion.network import WIDTHS, EmotionNetwork


@dataclass(frozen=True)
class Trained:
    """`network` is in evaluation mode; `settings` and `history` are what training wrote."""

    network: EmotionNetwork
    settings: dict[str, Any]
    history: list[dict[str, float]]


def load(path: Path) -> Trained:
    """Read a checkpoint that models.emotion.train wrote; raises ModelError when it is none."""
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        settings = stored["settings"]
        network = EmotionNetwork(
            activation=ACTIVATIONS[settings.get("activation", "mish")],
            widths=tuple(settings.get("widths", WIDTHS)),
        )
        network.load_state_dict(stored["mean"])
    except FileNotFoundError as exc:
        raise ModelError(f"There is no {path}: name a checkpoint (.pt) or network (.onnx)") from exc
    except (
        OSError,
        RuntimeError,
        KeyError,
        TypeError,
        ValueError,
        EOFError,
        pickle.UnpicklingError,
    ) as exc:
        raise ModelError(f"{path} is no checkpoint of models.emotion.train: name one") from exc
    network.eval()
    return Trained(network, settings, stored["history"])
