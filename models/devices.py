"""Where a network is trained: on a GPU when PyTorch sees one, else on the CPU."""

from __future__ import annotations

import argparse

import torch
from torch import Tensor, nn

from models import words
from models.commands import TrainingDataError

CHOICES = ("auto", "cpu", "cuda")
CPU = torch.device("cpu")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--device and --threads, as every training command takes them."""
    parser.add_argument(
        "--device", choices=CHOICES, default="auto", help="auto: a GPU if there is one"
    )
    threads = words.count_of(1, "threads")
    parser.add_argument("--threads", type=threads, default=1, help="CPU threads")


def prepare(name: str, threads: int) -> torch.device:
    """The device called `name` (one of CHOICES), set up to repeat itself.

    Raises TrainingDataError when a GPU is asked for and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingDataError(
            "--device cuda: PyTorch sees no GPU here; leave --device out, or install a PyTorch"
            " built for your GPU (pytorch.org/get-started)"
        )
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.backends.cudnn.deterministic = True
    has_gpu = name != "cpu" and torch.cuda.is_available()
    return torch.device("cuda" if has_gpu else "cpu")


def device_of(network: nn.Module) -> torch.device:
    """Where a network's weights are."""
    return next(network.parameters()).device


def record(network: nn.Module, sample: Tensor) -> None:
    """Record the network's training pass over a batch like `sample` once and replay it.

    A GPU then waits for two calls a batch instead of hundreds (CUDA graphs). Batches must all have
    the shape of `sample`; in evaluation mode the network is as before.
    """
    # What was recorded for another size stands in the way of what would be recorded now.
    network.__dict__.pop("forward", None)
    with torch.autocast("cuda", torch.bfloat16, cache_enabled=False):
        torch.cuda.make_graphed_callables(network, (sample,))
