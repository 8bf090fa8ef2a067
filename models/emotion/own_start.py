"""Where training on the owner's pictures begins: the shipped network, another one, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from torch import nn

from appliance.inference import shipped_models_dir
from appliance.inference.emotion_classifier import EmotionClassifier
from models.emotion import checkpoint, from_onnx
from models.emotion.mish import ACTIVATIONS
from models.emotion.network import WIDTHS, EmotionNetwork
from models.emotion.ship import FILE

SHIPPED = shipped_models_dir() / FILE
OWNERS = "trained on pictures of the owner's, whose terms hold: check before passing it on."


class SettledNetwork(EmotionNetwork):
    """A network whose normalisations keep their statistics while it is trained further.

    An exported network has none left to renew, and those of a few dozen pictures would be worse
    than none: in a trial, statistics of a batch instead changed every eighth answer.
    """

    def train(self, mode: bool = True) -> Self:
        """As nn.Module.train, normalisations excepted."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


@dataclass(frozen=True)
class Start:
    """The network to train on (None: new weights), and what goes from it into the new one.

    `name` is that of its file, empty for new weights; `abstain_below` serves where the owner's
    pictures are too few to fit another threshold.
    """

    network: SettledNetwork | None
    size_px: int
    activation: str
    widths: tuple[int, ...]
    name: str
    licence: str
    abstain_below: float


def begin(path: Path | None, from_scratch: bool, dropout: float) -> Start:
    """From a checkpoint (.pt), an exported network (.onnx with its manifest), or new weights.

    `path` None is the shipped network, whose input side, activation and threshold serve new
    weights too. Raises ModelError when the file is none of these.
    """
    source = path or SHIPPED
    if source.suffix != ".onnx":
        return _from_checkpoint(source, dropout)
    manifest = EmotionClassifier.open(source).manifest
    activation = from_onnx.activation_of(source)
    network = None
    widths: tuple[int, ...] = WIDTHS
    licence = f"Weights: {OWNERS}"
    if not from_scratch:
        read = from_onnx.load(source, activation)
        widths = from_onnx.widths_of(read)
        network = _settled(read, activation, widths, dropout)
        licence = f"{manifest.licence} Then {OWNERS}"
    name = "" if from_scratch else source.stem
    size_px = manifest.input.size_px[0]
    return Start(network, size_px, activation, widths, name, licence, manifest.abstain_below)


def _from_checkpoint(path: Path, dropout: float) -> Start:
    trained = checkpoint.load(path)
    settings = trained.settings
    activation = str(settings.get("activation", "mish"))
    widths = tuple(settings.get("widths", WIDTHS))
    return Start(
        network=_settled(trained.network, activation, widths, dropout),
        size_px=settings["sizes_px"][-1],
        activation=activation,
        widths=widths,
        name=path.stem,
        licence=f"Weights: those of {path.name}, then {OWNERS}",
        abstain_below=EmotionClassifier.open(SHIPPED).manifest.abstain_below,
    )


def _settled(
    source: EmotionNetwork, activation: str, widths: tuple[int, ...], dropout: float
) -> SettledNetwork:
    network = SettledNetwork(dropout=dropout, activation=ACTIVATIONS[activation], widths=widths)
    network.load_state_dict(source.state_dict())
    return network
