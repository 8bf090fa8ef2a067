"""What cameras do to faces: each fault spoils as it is called, in range, and by chance."""

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from models.emotion import camera_faults  # noqa: E402

FAULTS = (
    camera_faults.expose,
    camera_faults.equalise,
    camera_faults.stretch_locally,
    camera_faults.blur,
    camera_faults.compress,
    camera_faults.glare,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def faces():
    """A bright disc on a dark ramp with a fine pattern, in 0.1…0.8 [200, 1, 64, 64]."""
    at = torch.linspace(-1.0, 1.0, 64)
    disc = ((at[:, None] ** 2 + at[None] ** 2) < 0.4).float()
    pattern = (torch.arange(64)[:, None] + torch.arange(64)[None]) % 2
    face = 0.15 + 0.1 * (at[:, None] + 1.0) / 2.0 + 0.4 * disc + 0.1 * pattern
    return face.expand(200, 1, 64, 64).clone()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_share_of_the_faces_is_spoilt_and_stays_in_range(fault, faces):
    spoilt = fault(faces, 0.25, seeded())
    assert spoilt.shape == faces.shape
    assert spoilt.min() >= 0.0
    assert spoilt.max() <= 1.0 + 1e-5
    changed = ((spoilt - faces).abs().amax(dim=(1, 2, 3)) > 0.01).float().mean().item()
    assert 0.1 < changed < 0.35
    assert torch.equal(fault(faces, 0.0, seeded()), faces)
    assert torch.equal(spoilt, fault(faces, 0.25, seeded()))


def contrast(pictures):
    return pictures.std(dim=(1, 2, 3))


def test_exposure_goes_both_ways_and_bursts_at_the_ends(faces):
    spoilt = camera_faults.expose(faces, 1.0, seeded())
    assert (contrast(spoilt) > 1.3 * contrast(faces)).any()
    assert (contrast(spoilt) < 0.7 * contrast(faces)).any()
    assert ((spoilt == 0.0) | (spoilt == 1.0)).any()


def test_an_equalised_picture_has_an_even_histogram_and_keeps_its_order(faces):
    noisy = faces[:1] + 0.001 * torch.rand(faces[:1].shape, generator=seeded())
    ranks = torch.stack([camera_faults.equalise(noisy, 1.0, seeded(n))[0] for n in range(20)])
    flattest = ranks[contrast(ranks).argmax()].flatten()
    counts = torch.histc(flattest, 8, 0.0, 1.0) / flattest.numel()
    assert counts.max() < 2.2 / 8
    order = noisy.flatten().argsort()
    assert (flattest[order].diff() >= -1e-6).all()


def test_local_contrast_leaves_the_large_light_and_changes_the_detail(faces):
    spoilt = camera_faults.stretch_locally(faces, 1.0, seeded())
    detail = (spoilt[:, :, :, 1:] - spoilt[:, :, :, :-1]).abs().mean(dim=(1, 2, 3))
    assert detail.max() > 1.5 * detail.min()
    assert (spoilt.mean(dim=(1, 2, 3)) - faces.mean(dim=(1, 2, 3))).abs().max() < 0.05


def test_blur_takes_the_fine_pattern_and_keeps_the_mean(faces):
    spoilt = camera_faults.blur(faces, 1.0, seeded())
    before, after = (x.diff(dim=3).abs().mean(dim=(1, 2, 3)) for x in (faces, spoilt))
    assert after.min() < 0.3 * before.min()
    assert (spoilt.mean(dim=(1, 2, 3)) - faces.mean(dim=(1, 2, 3))).abs().max() < 0.01


def test_blocks_of_eight_are_compressed_each_for_itself(faces):
    changed = faces.clone()
    changed[:, :, :8, :8] = 0.5
    one, other = (camera_faults.compress(x, 1.0, seeded()) for x in (faces, changed))
    assert torch.equal(one[:, :, 8:], other[:, :, 8:])
    assert not torch.equal(one[:, :, :8, :8], other[:, :, :8, :8])


def test_cosines_are_orthonormal():
    table = camera_faults._cosines(torch.device("cpu"))
    assert torch.allclose(table @ table.T, torch.eye(8), atol=1e-5)


def test_glare_lies_on_both_lenses_and_nowhere_else(faces):
    added = camera_faults.glare(faces, 1.0, seeded()) - faces
    assert added[:, :, 36:].max() < 0.02
    left, right = added[..., :32].amax(dim=(1, 2, 3)), added[..., 32:].amax(dim=(1, 2, 3))
    assert (left > 0.05).all()
    assert (right > 0.05).all()
