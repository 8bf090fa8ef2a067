"""Writes the comparisons into models/README.md: `python -m models.comparisons.report --help`.

Tables, claims and pictures come from the gathered results alone; the same results give the same
page. With `--runs` the finished cells of a run's folder are gathered first.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from models import commands
from models.comparisons import claims, results, tables
from models.comparisons.results import Result
from models.generated import GeneratedPart

README = GeneratedPart(Path(__file__).parents[1] / "README.md", "comparisons")
PICTURES = Path(__file__).parent / "figures"
ARTIFACTS = Path(__file__).parents[1] / "artifacts"


def champion(found: list[Result]) -> Result | None:
    """The cell of ResNet50 with Mish, whose confusions the founding paper prints."""
    wanted = {"architecture": "ResNet50", "activation": "Mish"}
    return next((r for r in found if wanted.items() <= r.cell.items()), None)


def milliseconds() -> dict[str, float]:
    """What models.comparisons.milliseconds measured; nothing before it ran."""
    path = results.RESULTS / "milliseconds.json"
    if not path.exists():
        return {}
    found: dict[str, float] = json.loads(path.read_text())["milliseconds"]
    return found


def shipped() -> dict[str, float]:
    """What the unit's own network has right of the public test by people's votes, its manifest."""
    manifest = json.loads((ARTIFACTS / "emotion_resnet50_mish_int8.json").read_text())
    found: dict[str, float] = manifest["metrics"]["ferplus_public_test"]
    return found


def page() -> str:
    """The generated part of models/README.md."""
    activation, balance = (results.read(name) for name in results.COMPARISONS)
    best = champion(activation)
    lines = [
        "### Activation × architecture",
        "",
        "Happiness, neutral and sadness of FER2013, tested on its public test. The founding paper"
        " fine-tuned ImageNet networks on 9,240 cleaned Korean faces for 70 epochs and tested on"
        " 460; its values stand in brackets and are not comparable in height, only in order.",
        "",
        tables.activation(activation),
        "",
        tables.budget(activation) if activation else "No cell has been run yet.",
        "",
        claims.activation(activation),
        "",
    ]
    if best:
        lines += [
            "ResNet50 with Mish:",
            "",
            tables.confusion(best),
            "",
            "![Confusions of ResNet50 with Mish](comparisons/figures/confusion.png)"
            if (PICTURES / "confusion.png").exists()
            else "",
            "",
        ]
    if milliseconds() and activation:
        lines += [
            "![Accuracy against milliseconds](comparisons/figures/accuracy_ms.png)",
            "",
            "The unit's own network, trained far longer, on ten people's votes and in int8, is"
            f" another one: {shipped()['three']:.1%} of the faces on which a majority of them"
            " agrees (the cells above go by FER2013's single labels). See its card for its"
            " [confusions](emotion/confusion.png) and its reliability:",
            "",
            "![Reliability of the shipped network](emotion/reliability.png)",
            "",
        ]
    lines += [
        "### Balanced augmentation",
        "",
        "The very unbalanced expression photographs (all classes thinned out alike), folds by"
        " person. The imbalance paper fine-tuned ImageNet networks on 28,000 pictures of scenes.",
        "",
        tables.steps(balance),
        "",
        claims.balance(balance),
        "",
        tables.budget(balance) if balance else "No cell has been run yet.",
        "",
        tables.singles(balance),
    ]
    if said := claims.singles(balance):
        lines += [said, ""]
    if (PICTURES / "transforms.png").exists():
        lines += ["![Macro-F1 of each transform](comparisons/figures/transforms.png)", ""]
    lines.append(tables.sizes(balance))
    if said := claims.sizes(balance):
        lines += ["", said]
    return "\n".join(lines)


def draw() -> None:
    """The pictures that the page shows."""
    from models.comparisons import figures

    activation, balance = (results.read(name) for name in results.COMPARISONS)
    best = champion(activation)
    if best:
        title = f"ResNet50 with Mish: {best.accuracy:.1%} of {best.test_pictures}"
        figures.confusion(best, title, PICTURES / "confusion.png")
    if milliseconds() and activation:
        right = shipped()["three"]
        figures.accuracy_against_time(
            activation, milliseconds(), right, PICTURES / "accuracy_ms.png"
        )
    if figures.has_transforms(balance):
        figures.transforms(balance, PICTURES / "transforms.png")


def main() -> None:
    """Entry of `python -m models.comparisons.report`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=Path, help="gather finished cells from this folder first")
    given = parser.parse_args()
    if given.runs:
        print(f"gathered: {results.gather(given.runs)}")
    draw()
    README.write(page())
    print(f"wrote {README.page}")


if __name__ == "__main__":
    sys.exit(commands.run(main))
