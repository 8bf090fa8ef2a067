"""The interest model in words and figures, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.domain import EMOTIONS
from appliance.feedback.interest import (
    PAPER_COEFFICIENTS,
    Estimate,
    HeldOut,
    InterestModel,
)


def model_lines(model: InterestModel) -> Iterator[str]:
    """What it is, what it counts, its coefficients beside the paper's, how well it predicts."""
    if model.intercept is None or model.scale is None:
        yield "Nothing is predicted: there are not enough reactions and answers yet."
        yield "It begins with the published coefficients (of ratios with mean 0 and deviation 1):"
        yield ""
        yield f"{'emotion':<12}{'paper':>8}"
        for emotion, paper in zip(EMOTIONS, PAPER_COEFFICIENTS, strict=True):
            yield f"{emotion:<12}{paper:>+8.2f}"
        return
    kind = "fitted, drawn towards the paper's" if model.is_fitted else "the paper's coefficients"
    yield f"Model:    {kind}"
    yield (
        f"Learned:  {model.trained_at} from {model.rated} rated reactions"
        f" ({model.liked} yes, {model.rated - model.liked} no)"
    )
    yield f"Weight:   a prediction counts {model.weight:.2f} of an answer"
    yield (
        f"Scale:    of {model.scale.reactions} reactions;"
        f" each begins with {model.scale.pseudo_count:g} s of the usual"
    )
    yield ""
    yield f"{'emotion':<12}{'coefficient':>12}{'paper':>8}{'mean %':>9}{'deviation':>11}"
    for emotion, own, paper, mean, deviation in zip(
        EMOTIONS, model.coefficients, PAPER_COEFFICIENTS, model.scale.means,
        model.scale.deviations, strict=True,
    ):  # fmt: skip
        yield f"{emotion:<12}{own:>+12.2f}{paper:>+8.2f}{100 * mean:>9.2f}{100 * deviation:>11.2f}"
    yield f"{'intercept':<12}{model.intercept:>+12.2f}{'–':>8}"
    if model.held_out is not None:
        yield ""
        yield from _held_out_lines(model.held_out)


def _held_out_lines(held: HeldOut) -> Iterator[str]:
    yield f"On held-out visits ({held.folds} folds, stratified, no visit in two):"
    yield (
        f"  Brier score     fitted {held.brier:.3f}, paper's {held.brier_of_prior:.3f},"
        f" rated share alone {held.brier_of_share:.3f}"
    )
    yield f"  Skill           {_with_interval(held.skill)}; paper's"
    yield f"                  {_with_interval(held.skill_of_prior)}"
    yield f"  ROC AUC         {_with_interval(held.roc_auc)}"
    yield f"  Balanced acc.   {_with_interval(held.balanced_accuracy)}, cut at the rated share"
    yield "  Intervals: 95 %, percentile bootstrap over answers, stratified by answer."


def _with_interval(figure: Estimate) -> str:
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"
