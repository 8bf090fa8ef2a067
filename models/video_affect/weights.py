"""Weights from elsewhere for one stream of the network."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from models.commands import TrainingDataError
from models.video_affect.network import VideoAffect

LEAST_SHARE = 0.8
"""Of the stream's numbers: with fewer that fit, the file is of another network."""


def begin_with(network: VideoAffect, stream: str, path: Path) -> str:
    """Put the tensors of a file (.safetensors, .pt) whose names and shapes fit into a stream.

    Returns what to say of it; raises TrainingDataError when the file is of another network.
    """
    try:
        if path.suffix == ".safetensors":
            stored: dict[str, Tensor] = load_file(str(path))
        else:
            stored = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, ValueError, pickle.UnpicklingError, SafetensorError) as exc:
        raise TrainingDataError(f"{path} cannot be read as weights ({exc})") from exc
    part = getattr(network, stream)
    own = part.state_dict()
    fitting = {k: v for k, v in stored.items() if k in own and v.shape == own[k].shape}
    share = sum(v.numel() for v in fitting.values()) / sum(v.numel() for v in own.values())
    if share < LEAST_SHARE:
        raise TrainingDataError(
            f"{path} fits {share:.0%} of the {stream} stream: name weights of that network"
        )
    part.load_state_dict(own | fitting)
    return f"pretrained ({path.name})"
