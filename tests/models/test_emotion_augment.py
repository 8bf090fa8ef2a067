"""Augmentation varies pictures, keeps shapes, and repeats itself for the same generator."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from models.emotion.augment import COARSE_SIZES, STILL, Augmentation, augment, resize, standardise  # noqa: E402


@pytest.fixture
def pictures():
    return torch.randint(0, 256, (6, 64, 64), generator=torch.Generator().manual_seed(3)).to(
        torch.uint8
    )


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("size_px", [40, 64, 80])
def test_a_batch_keeps_its_number_and_gets_the_asked_size(pictures, size_px):
    x = augment(pictures, size_px, Augmentation(), seeded())
    assert x.shape == (6, 1, size_px, size_px)
    assert x.dtype == torch.float32
    assert torch.isfinite(x).all()


def test_same_seed_same_batch_other_seed_another(pictures):
    first = augment(pictures, 48, Augmentation(), seeded(1))
    assert torch.equal(first, augment(pictures, 48, Augmentation(), seeded(1)))
    assert not torch.equal(first, augment(pictures, 48, Augmentation(), seeded(2)))


def test_nothing_to_vary_leaves_the_picture_or_its_mirror(pictures):
    expected = standardise(resize(pictures, 64))
    for x, plain in zip(augment(pictures, 64, STILL, seeded()), expected, strict=True):
        nearest = min((x - plain).abs().mean(), (x - plain.flip(2)).abs().mean())
        assert nearest < 0.01


def test_pictures_stay_in_their_rows():
    levels = torch.arange(6, dtype=torch.uint8)
    stripes = torch.zeros(6, 64, 64, dtype=torch.uint8)
    for row in range(6):
        stripes[row, : 8 * (row + 1)] = 200
    x = augment(stripes, 64, STILL, seeded())
    bright = (x > 0).float().mean(dim=(1, 2, 3))
    assert bright.tolist() == pytest.approx([(8 * (row + 1)) / 64 for row in levels.tolist()])


def test_holes_are_cut_at_the_pictures_mean(pictures):
    how = Augmentation(hole_chance=1.0, hole_share=0.5)
    x = augment(pictures, 64, how, seeded())
    assert ((x == 0.0).float().mean(dim=(1, 2, 3)) > 0.01).any()


def test_standardised_pictures_have_mean_zero_and_deviation_one(pictures):
    x = standardise(resize(pictures, 64))
    assert x.mean(dim=(1, 2, 3)).abs().max() < 1e-4
    assert (x.std(dim=(1, 2, 3), correction=0) - 1.0).abs().max() < 1e-3


def test_a_flat_picture_stays_finite():
    assert torch.isfinite(standardise(torch.full((1, 1, 8, 8), 0.5))).all()


@pytest.mark.parametrize("kind", ["coarse_chance", "mask_chance"])
def test_a_share_of_the_faces_is_spoilt_as_asked(kind):
    still = torch.full((400, 64, 64), 90, dtype=torch.uint8)
    still[:, ::2, ::2] = 200
    plain = augment(still, 64, STILL, seeded())
    spoilt = augment(still, 64, replace(STILL, **{kind: 0.25}), seeded())
    changed = ((plain - spoilt).abs().mean(dim=(1, 2, 3)) > 0.05).float().mean().item()
    assert changed == pytest.approx(0.25, abs=0.07)


def test_a_drawn_mask_leaves_the_upper_third():
    still = torch.full((8, 64, 64), 90, dtype=torch.uint8)
    still[:, :20, ::2] = 200
    x = augment(still, 64, replace(STILL, mask_chance=1.0), seeded())
    assert x[:, 0, 45:55, 28:36].std(dim=(1, 2)).max() < 0.05, "one shade"
    assert (x[:, 0, :20].std(dim=(1, 2)) > 0.5).all(), "the stripes above are still there"


def test_far_faces_are_of_several_sizes():
    still = torch.full((100, 64, 64), 90, dtype=torch.uint8)
    still[:, :, ::3] = 200
    x = augment(still, 64, replace(STILL, coarse_chance=1.0), seeded())
    details = x.diff(dim=3).abs().mean(dim=(1, 2, 3))
    assert len(set(details.mul(200).round().tolist())) == COARSE_SIZES
