"""The mood paper's cross validation of its network: `python -m models.mood.cross_validation`.

Ten folds with the moods in equal parts, 60 epochs each, batches of 64, on OASIS' photographs. An
interrupted run goes on with its last epoch; a fold whose result is kept is not run again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.model_selection import StratifiedKFold
from torch.nn import functional
from tqdm import tqdm

from models import commands
from models.commands import TrainingDataError
from models.mood import measure, rated
from models.mood.paper_network import SIZE_PX, PaperNetwork
from models.mood.pictures import as_input
from models.mood.rated import Rated

Pictures = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

RESULTS = Path(__file__).parent / "results"
CHUNK = 128
PART = 16
"""Pictures of a batch whose gradients are summed at a time: 64 at once do not fit a processor's
cache and take 1.3 times as long."""


@dataclass(frozen=True)
class Budget:
    """What a fold is trained with. Optimizer (Adam) and rate are ours: the paper names none."""

    folds: int = 10
    epochs: int = 60
    batch: int = 64
    lr: float = 1e-3
    seed: int = 1


class FoldTraining:
    """One fold's network on its way; `path` is its checkpoint."""

    def __init__(self, budget: Budget, number: int, path: Path) -> None:
        torch.manual_seed(budget.seed * 100 + number)
        self.budget, self.number, self.path = budget, number, path
        self.network = PaperNetwork().to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.network.parameters(), budget.lr, fused=True)
        self.epoch, self.minutes = 0, 0.0
        self.losses: list[float] = []
        if path.exists():
            self._restore()

    def _restore(self) -> None:
        stored = torch.load(self.path, weights_only=True)
        if stored["budget"] != asdict(self.budget):
            raise TrainingDataError(f"{self.path} was made with other settings: name another --out")
        self.network.load_state_dict(stored["network"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.epoch, self.minutes = stored["epoch"], stored["minutes"]
        self.losses = stored["losses"]

    def save(self) -> None:
        """Write the checkpoint so that an interruption leaves the previous one whole."""
        unfinished = self.path.with_suffix(".part")
        torch.save(
            {
                "budget": asdict(self.budget),
                "network": self.network.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "epoch": self.epoch,
                "minutes": self.minutes,
                "losses": self.losses,
            },
            unfinished,
        )
        unfinished.rename(self.path)

    def run_epoch(self, pictures: Pictures, labels: Ints) -> None:
        """One pass, shuffled by seed, fold and epoch; the last batch may be a smaller one."""
        began = time.monotonic()
        torch.manual_seed((self.budget.seed * 100 + self.number) * 1000 + self.epoch)
        self.network.train()
        total = 0.0
        for rows in torch.randperm(len(labels)).split(self.budget.batch):
            for part in rows.split(PART):
                with torch.autocast("cpu", torch.bfloat16):
                    logits = self.network(as_input(pictures[part.numpy()]))
                wanted = torch.from_numpy(labels[part.numpy()])
                loss = functional.cross_entropy(logits.float(), wanted, reduction="sum")
                (loss / len(rows)).backward()  # type: ignore[no-untyped-call]
                total += loss.item()
            self.optimizer.step()
            self.optimizer.zero_grad()
        self.losses.append(total / len(labels))
        self.minutes += (time.monotonic() - began) / 60.0
        self.epoch += 1


@torch.no_grad()
def probabilities(network: PaperNetwork, pictures: Pictures) -> npt.NDArray[np.float64]:
    """[N, 8] of pictures [N, 128, 128, 3]."""
    network.eval()
    parts = np.array_split(pictures, max(1, len(pictures) // CHUNK))
    return np.concatenate([network(as_input(p)).softmax(1).double().numpy() for p in parts])


def run_fold(
    budget: Budget, number: int, data: Rated, pictures: Pictures, out: Path, results: Path
) -> dict[str, Any]:
    """Train and test what is not done yet; returns the fold's result and keeps it in `results`.

    Raises TrainingDataError where `results` holds a fold of another budget.
    """
    result_path = results / f"paper_fold{number}.json"
    if result_path.exists():
        found: dict[str, Any] = json.loads(result_path.read_text())
        if found["budget"] != asdict(budget):
            raise TrainingDataError(f"{result_path} is of another budget: name other --results")
        return found
    splitter = StratifiedKFold(budget.folds, shuffle=True, random_state=budget.seed)
    train, test = list(splitter.split(pictures, data.moods))[number]
    training = FoldTraining(budget, number, out / f"fold{number}.pt")
    left = range(training.epoch, budget.epochs)
    for _ in (bar := tqdm(left, desc=f"fold {number + 1}/{budget.folds}", unit="epoch")):
        training.run_epoch(pictures[train], data.moods[train])
        training.save()
        bar.set_postfix(loss=f"{training.losses[-1]:.3f}")
    result = {
        "budget": asdict(budget),
        "rows": test.tolist(),
        "probabilities": probabilities(training.network, pictures[test]).round(4).tolist(),
        "losses": [round(loss, 4) for loss in training.losses],
        "minutes": round(training.minutes, 2),
    }
    unfinished = result_path.with_suffix(".part")
    unfinished.write_text(json.dumps(result) + "\n")
    unfinished.rename(result_path)
    training.path.unlink(missing_ok=True)
    return result


def summary(results: list[dict[str, Any]], data: Rated) -> dict[str, Any]:
    """Figures over all folds together, and each fold's exact share as the paper prints them."""
    rows = np.concatenate([result["rows"] for result in results]).astype(np.int64)
    told = np.concatenate([result["probabilities"] for result in results])
    taken, labels = told.argmax(axis=1), data.moods[rows]
    whole = measure.figures(taken, measure.points(told), labels, data.standardised[rows])
    folds = []
    for result in results:
        right = np.argmax(result["probabilities"], axis=1) == data.moods[result["rows"]]
        folds.append(round(float(right.mean()), 4))
    minutes = round(sum(result["minutes"] for result in results), 1)
    more = {
        "exact_of_folds": folds,
        "last_loss": round(float(np.mean([result["losses"][-1] for result in results])), 3),
        "minutes": minutes,
        "budget": results[0]["budget"],
    }
    return whole.as_dict() | more


def main() -> None:
    """Entry of `python -m models.mood.cross_validation`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    rated.add_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for results")
    parser.add_argument("--folds", type=int, default=Budget.folds)
    parser.add_argument("--epochs", type=int, default=Budget.epochs)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.set_flush_denormal(True)
    data = rated.load(given)
    print(f"{len(data)} pictures: {data.counts}", flush=True)
    pictures = rated.read_pictures(data, SIZE_PX, SIZE_PX)
    budget = Budget(folds=given.folds, epochs=given.epochs)
    for folder in (given.out, given.results):
        folder.mkdir(parents=True, exist_ok=True)
    done: list[dict[str, Any]] = []
    for number in range(budget.folds):
        done.append(run_fold(budget, number, data, pictures, given.out, given.results))
        found = summary(done, data)
        # What is finished can be reported while the other folds still run.
        (given.results / "paper.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps({key: value for key, value in found.items() if key != "confusion"}, indent=1))


if __name__ == "__main__":
    sys.exit(commands.run(main))
