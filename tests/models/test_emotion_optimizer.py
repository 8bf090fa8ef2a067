"""Muon turns weights without changing their length, and one shape's weights do not mix."""

import copy

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from models.emotion.optimizer import Muon, orthogonalise  # noqa: E402


def weights(*shapes):
    rng = torch.Generator().manual_seed(0)
    made = []
    for shape in shapes:
        weight = torch.randn(shape, generator=rng).to(memory_format=torch.channels_last)
        made.append(torch.nn.Parameter(weight))
        made[-1].grad = torch.randn(shape, generator=rng).to(memory_format=torch.channels_last)
    return made


@pytest.mark.parametrize("shape", [(2, 6, 24), (2, 24, 6)])
def test_singular_values_come_near_one(shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    found = torch.linalg.svdvals(orthogonalise(x).float())
    assert found.min() > 0.5
    assert found.max() < 1.4
    assert torch.linalg.svdvals(x).max() > 3.0, "they were not near one before"


def test_a_step_moves_each_weight_by_its_share_and_keeps_its_length():
    (weight,) = weights((8, 4, 3, 3))
    before = weight.detach().clone()
    Muon([weight], lr=0.1, momentum=0.9).step()
    assert weight.norm().item() == pytest.approx(before.norm().item(), rel=1e-4)
    moved = ((weight - before).norm() / before.norm()).item()
    assert moved == pytest.approx(0.1, rel=0.1)
    assert (before - weight.detach()).mul(weight.grad).sum() > 0, "down the slope"


def test_weights_of_one_shape_are_stepped_as_each_alone():
    together = weights((8, 4, 3, 3), (6, 8, 1, 1), (8, 4, 3, 3))
    alone = copy.deepcopy(together)
    for weight, twin in zip(together, alone, strict=True):
        twin.grad = weight.grad.clone(memory_format=torch.preserve_format)
    whole = Muon(together, lr=0.1, momentum=0.9)
    each = [Muon([twin], lr=0.1, momentum=0.9) for twin in alone]
    for _ in range(2):
        whole.step()
        for one in each:
            one.step()
    for weight, twin in zip(together, alone, strict=True):
        assert torch.allclose(weight, twin, atol=1e-2 * weight.std().item())
    assert not torch.allclose(together[0], together[2], atol=0.1)


def test_a_weight_without_a_gradient_stays():
    moved, still = weights((8, 4, 3, 3), (8, 4, 3, 3))
    still.grad = None
    before = still.detach().clone()
    Muon([moved, still], lr=0.1, momentum=0.9).step()
    assert torch.equal(still, before)
