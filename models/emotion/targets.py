"""What several networks say of the training pictures: `python -m models.emotion.targets --help`.

A network knows the labels of the pictures it trained on by heart, the wrong ones too. Networks
that each left out a part (`models.emotion.train --leave-out K/N`) are therefore asked about that
part above all: out-of-sample probabilities show which labels the other pictures do not bear out
(Northcutt et al. 2021, "Confident Learning", arXiv:1911.00068, section 3.1). The file that this
writes is for `models.emotion.train --soft-targets`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from appliance.inference.emotion_classifier import EmotionClassifier
from models import commands, devices, words
from models.commands import TrainingDataError
from models.emotion import checkpoint, dataset
from models.emotion.dataset import Faces
from models.emotion.evaluate import probabilities
from models.emotion.predict import predict
from models.emotion.settings import Settings

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


def ask(path: Path, parts: Sequence[Faces], device: torch.device) -> tuple[Floats, Bools]:
    """A checkpoint's probabilities [N, 7], and which pictures it trained on [N].

    It is shown each picture and its mirror image.
    """
    trained = checkpoint.load(path)
    folds, left_out = (int(trained.settings.get(name, 0)) for name in ("folds", "left_out"))
    network = trained.network.to(device)
    size_px = int(trained.settings["sizes_px"][-1])
    said = torch.cat([predict(network, faces, size_px, flip=True) for faces in parts]).softmax(1)
    seen = Settings(folds=folds, left_out=left_out).is_seen(np.arange(len(said)))
    return said.numpy().astype(np.float32), seen


def ask_unit(path: Path, parts: Sequence[Faces]) -> Floats:
    """The probabilities [N, 7] of a network as the unit runs it."""
    classifier = EmotionClassifier.open(path)
    pictures = [picture for faces in parts for picture in faces.pictures]
    return probabilities(classifier, tqdm(pictures, desc=path.stem)).astype(np.float32)


def combine(said: Floats, seen: Bools, unseen_share: float) -> Floats:
    """Several networks' probabilities [T, N, 7] as one [N, 7].

    `unseen_share` is how much those count that did not see a picture (`seen` [T, N] False); the
    rest is that of the others. Where there are only the ones or the others, they count alone.
    """
    found = np.zeros(said.shape[1:], np.float32)
    total = np.zeros(said.shape[1:2], np.float32)
    for who, share in ((~seen, unseen_share), (seen, 1.0 - unseen_share)):
        count = who.sum(0)
        mean = (said * who[:, :, None]).sum(0) / np.maximum(count, 1)[:, None]
        found += share * mean
        total += share * (count > 0)
    alone = total[:, None] <= 0.0
    return np.where(alone, said.mean(0), found / np.where(alone, 1.0, total[:, None]))


def right(said: Floats, parts: Sequence[Faces]) -> str:
    """`67.0 % and 84.0 %`: how many labels of each part are theirs."""
    labels = np.split(said.argmax(1), np.cumsum([len(faces) for faces in parts])[:-1])
    shares = [
        float((mine == faces.labels).mean()) for mine, faces in zip(labels, parts, strict=True)
    ]
    return " and ".join(f"{share:.1%}" for share in shares)


def make(given: argparse.Namespace) -> None:
    """Ask all networks and write the file.

    Raises TrainingDataError when they do not fit, or, before asking, when it cannot be written.
    """
    device = devices.prepare(given.device, given.threads)
    unfinished = given.out.with_suffix(".part.npy")
    try:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        unfinished.unlink()
    except OSError as exc:
        raise TrainingDataError(
            f"{given.out} cannot be written ({exc.strerror}): name another --out"
        ) from exc
    loaded = dataset.load(given.fer, given.photos, given.cache)
    parts = (loaded["fer-train"], loaded["photos-train"])
    asked = [ask(path, parts, device) for path in tqdm(given.teachers, desc="teachers")]
    said, seen = np.stack([a[0] for a in asked]), np.stack([a[1] for a in asked])
    if seen.all():
        print("Every network saw every picture: train them with --leave-out K/N", file=sys.stderr)
    else:
        once = combine(said, seen, 1.0)
        print(f"unseen: {right(once, parts)} of FER2013's and the photographs' labels")
    found = combine(said, seen, given.unseen_share)
    if given.also is not None:
        more = ask_unit(given.also, parts)
        if more.shape != found.shape:
            raise TrainingDataError(f"{given.also} answers with {more.shape[1]} classes, not 7")
        found = (1.0 - given.also_share) * found + given.also_share * more
    print(f"together: {right(found, parts)}")
    np.save(unfinished, found.astype(np.float32))
    unfinished.rename(given.out)
    print(f"wrote {given.out}")


def main() -> None:
    """Entry of `python -m models.emotion.targets`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    dataset.add_arguments(parser)
    devices.add_arguments(parser)
    add = parser.add_argument
    add("--teachers", type=Path, nargs="+", required=True, help="checkpoints (.pt)")
    add(
        "--unseen-share",
        type=words.share_of,
        default=0.65,
        help="how much those count that did not train on a picture (0.65)",
    )
    add("--also", type=Path, help="a network file (.onnx) that is asked too")
    add("--also-share", type=words.share_of, default=0.3, help="how much it counts (0.3)")
    add("--out", type=Path, required=True, help="file to write (.npy)")
    make(parser.parse_args())


if __name__ == "__main__":
    sys.exit(commands.run(main))
