"""Trains the multimodal network on films: `python -m models.video_affect.train --help`.

`--films` is a folder in LIRIS-ACCEDE's layout, or of `models.video_affect.made_clips`. Every epoch
ends with a checkpoint; the same command goes on from it. The epoch with the least error on the
validation set is exported and tested.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from tqdm import tqdm

from models import commands, schedule
from models.commands import TrainingDataError
from models.mood.measure import pearson
from models.video_affect import films, liris
from models.video_affect.batches import Batch, batch
from models.video_affect.export import export
from models.video_affect.films import Film
from models.video_affect.network import PUBLISHED, SMALL, STREAMS, Sizes, VideoAffect
from models.video_affect.table import table
from models.video_affect.weights import begin_with

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Settings:
    """Mean squared error, Adam, crops and flips are the paper's; it names no further number."""

    sizes: Sizes = PUBLISHED
    times: int = 20
    """Frames of a film, one in ten."""
    wave_s: float = 8.0
    epochs: int = 30
    batch: int = 16
    lr: float = 1e-3
    weight_decay: float = 1e-4
    warmup_steps: int = 20
    seed: int = 1
    split: str = "official"

    @property
    def side_px(self) -> int:
        """Of the frames that the crops are taken from."""
        return round(self.sizes.size_px * films.MARGIN)

    @property
    def wave_length(self) -> int:
        return round(self.wave_s * films.SOUND_HZ)


SMALL_SETTINGS = Settings(sizes=SMALL, times=5, wave_s=1.9, epochs=30, lr=3e-3)
"""For clips of two seconds that were made here."""


class Run:
    """A network on its way, the best of its epochs, and the checkpoint of both."""

    def __init__(self, settings: Settings, affect: Floats, out: Path) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.path = settings, out / "video_affect.pt"
        mean, deviation = (tuple(v.tolist()) for v in (affect.mean(axis=0), affect.std(axis=0)))
        self.network = VideoAffect(settings.sizes, mean, deviation)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), settings.lr, weight_decay=settings.weight_decay
        )
        self.best = copy.deepcopy(self.network.state_dict())
        self.best_error = float("inf")
        self.epoch = self.step = 0
        self.minutes = 0.0
        self.streams = dict.fromkeys(STREAMS, "from scratch")

    def save(self) -> None:
        """Write the checkpoint so that an interruption leaves the previous one whole."""
        unfinished = self.path.with_suffix(".part")
        stored = {name: getattr(self, name) for name in self._PLAIN}
        stored["settings"] = json.dumps(asdict(self.settings))
        stored["network"] = self.network.state_dict()
        stored["optimizer"] = self.optimizer.state_dict()
        torch.save(stored, unfinished)
        unfinished.rename(self.path)

    def restore(self) -> None:
        """Go on from the checkpoint; raises TrainingDataError when it is of other settings."""
        stored: dict[str, Any] = torch.load(self.path, weights_only=True)
        if stored["settings"] != json.dumps(asdict(self.settings)):
            raise TrainingDataError(f"{self.path} was made with other settings: name another --out")
        self.network.load_state_dict(stored["network"])
        self.optimizer.load_state_dict(stored["optimizer"])
        for name in self._PLAIN:
            setattr(self, name, stored[name])

    _PLAIN = ("best", "best_error", "epoch", "step", "minutes", "streams")


class Source:
    """Films by their rows, read from the cache when they are needed."""

    def __init__(self, arrays: list[Path], affect: Floats, settings: Settings) -> None:
        self._arrays, self.affect, self._settings = arrays, affect, settings
        # What is made here fits the memory; thousands of films do not.
        self._kept: dict[int, Film] = {}
        self._is_kept = len(arrays) <= 1000

    def batch(self, rows: Ints, rng: np.random.Generator | None) -> Batch:
        """What the network takes of these films."""
        sizes = self._settings
        chosen = [self._film(int(row)) for row in rows]
        return batch(chosen, sizes.sizes.size_px, sizes.times, sizes.wave_length, rng)

    def _film(self, row: int) -> Film:
        if row in self._kept:
            return self._kept[row]
        film = films.load(self._arrays[row])
        if self._is_kept:
            self._kept[row] = film
        return film


def train_epoch(run: Run, source: Source, rows: Ints) -> float:
    """One pass over the films; returns the mean squared error on the data set's scale."""
    settings, began = run.settings, time.monotonic()
    rng = np.random.default_rng([settings.seed, run.epoch])
    order = rng.permutation(rows)
    batches = [order[i : i + settings.batch] for i in range(0, len(order), settings.batch)]
    total = settings.epochs * len(batches)
    run.network.train()
    losses = []
    for chosen in tqdm(batches, desc=f"epoch {run.epoch + 1}/{settings.epochs}", mininterval=5.0):
        now = schedule.rate(run.step, total, settings.warmup_steps, 0.01)
        for group in run.optimizer.param_groups:
            group["lr"] = settings.lr * now
        told = run.network(*source.batch(chosen, rng))
        loss = functional.mse_loss(told, torch.from_numpy(source.affect[chosen]).float())
        run.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimizer.step()
        run.step += 1
        losses.append(loss.item())
    run.epoch += 1
    run.minutes += (time.monotonic() - began) / 60.0
    return float(np.mean(losses))


@torch.no_grad()
def tell(network: VideoAffect, source: Source, rows: Ints, batch_size: int) -> Floats:
    """(valence, arousal) [N, 2] of films, the middle crop."""
    network.eval()
    parts = [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]
    return np.concatenate([network(*source.batch(p, None)).double().numpy() for p in parts])


def figures(told: Floats, true: Floats) -> dict[str, dict[str, float]]:
    """Mean squared error on the data set's scale and Pearson's r, for both targets."""
    return {
        name: {
            "mse": round(float(np.mean((told[:, i] - true[:, i]) ** 2)), 4),
            "r": round(pearson(told[:, i], true[:, i]), 4),
            "mean_alone_mse": round(float(true[:, i].var()), 4),
        }
        for i, name in enumerate(("valence", "arousal"))
    }


def train(run: Run, source: Source, learn: Ints, validation: Ints) -> None:
    """All epochs that are not done yet; keeps the one with the least error on `validation`."""
    for _ in range(run.epoch, run.settings.epochs):
        loss = train_epoch(run, source, learn)
        told = tell(run.network, source, validation, run.settings.batch)
        error = float(np.mean((told - source.affect[validation]) ** 2))
        if error < run.best_error:
            run.best_error, run.best = error, copy.deepcopy(run.network.state_dict())
        run.save()
        print(f"epoch {run.epoch}: learned {loss:.3f}, validation {error:.3f}", flush=True)


def report(run: Run, found: dict[str, dict[str, float]], test: int) -> str:
    """The paper's table 1, with what was measured here beside it."""
    begun = ", ".join(f"{stream} {how}" for stream, how in run.streams.items())
    return f"{table(found)}\n\n{test} films tested; {begun}; {run.minutes:.0f} minutes"


def main() -> None:
    """Entry of `python -m models.video_affect.train`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--films", type=Path, required=True, help="folder of films and tables")
    parser.add_argument("--cache", type=Path, required=True, help="folder for decoded films")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint and network")
    parser.add_argument("--small", action="store_true", help="small network, for made clips")
    parser.add_argument("--split", choices=("official", "paper"), default="official")
    parser.add_argument("--results", type=Path, help="JSON file for the figures")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    for name in ("epochs", "batch", "seed"):
        parser.add_argument(f"--{name}", type=int)
    for stream in STREAMS:
        parser.add_argument(f"--{stream}", type=Path, help=f"pretrained weights of {stream}")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.set_flush_denormal(True)
    base = asdict(SMALL_SETTINGS if given.small else Settings())
    chosen = {n: getattr(given, n) for n in ("epochs", "batch", "seed") if getattr(given, n)}
    sizes = SMALL if given.small else PUBLISHED
    settings = Settings(**base | chosen | {"sizes": sizes, "split": given.split})
    print(json.dumps(learn_and_test(settings, given), indent=1))


def learn_and_test(settings: Settings, given: argparse.Namespace) -> dict[str, Any]:
    """Everything; returns the figures that `--results` gets."""
    accede = liris.load(given.films)
    arrays = films.cached(liris.films(accede), settings.side_px, given.cache)
    learn, validation, test = accede.split(settings.split)
    source = Source(arrays, accede.affect, settings)
    given.out.mkdir(parents=True, exist_ok=True)
    run = Run(settings, accede.affect[learn], given.out)
    if run.path.exists():
        run.restore()
    else:
        for stream in STREAMS:
            if (weights := getattr(given, stream)) is not None:
                run.streams[stream] = begin_with(run.network, stream, weights)
    train(run, source, learn, validation)
    run.network.load_state_dict(run.best)
    difference = export(run.network, settings, given.out / "video_affect.onnx")
    found = figures(tell(run.network, source, test, settings.batch), accede.affect[test])
    print(report(run, found, len(test)))
    result = {
        "learned_from": len(learn),
        "tested_on": len(test),
        "split": settings.split,
        "streams": run.streams,
        "parameters": sum(p.numel() for p in run.network.parameters()),
        "epochs": settings.epochs,
        "minutes": round(run.minutes, 1),
        "largest_difference_to_onnx": float(f"{difference:.2g}"),
        **found,
    }
    if given.results is not None:
        given.results.parent.mkdir(parents=True, exist_ok=True)
        given.results.write_text(json.dumps(result, indent=1) + "\n")
    return result


if __name__ == "__main__":
    sys.exit(commands.run(main))
