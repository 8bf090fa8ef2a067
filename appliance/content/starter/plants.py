"""Blossoms, petals, leaves, branches and pines, painted from their outlines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from appliance.content.starter.canvas import TAU, Floats, ease, mix, rgb
from appliance.content.starter.sprite import coloured, disc, outline, stamp


def petal(length_px: float, root: str, tip: str, notch: float = 0.12) -> Floats:
    """One petal, root at the bottom, with a small notch in its tip; sprite about 0.8 as wide."""
    width, height = int(length_px * 0.86) + 6, int(length_px) + 6
    along = np.linspace(0, 1, 60, dtype=np.float32)
    half = 0.40 * np.maximum(np.sin(np.pi * along**0.72), 0) ** 0.85 * (1 - 0.18 * along)
    # The tip dips in the middle: both sides end short of the full length there.
    rise = along - notch * np.exp(-(((half) / 0.1) ** 2)) * (along > 0.7)
    side = np.stack([half, 1 - rise], axis=1)
    both = np.concatenate([side, (side * [-1, 1])[::-1]])
    points = (both * length_px + [width / 2, 3]).astype(np.float32)
    mask = outline(points, (width, height))
    ys = np.linspace(1, 0, height, dtype=np.float32)[:, None, None]
    shade = mix(rgb(root), rgb(tip), 0.0) + (rgb(tip) - rgb(root)) * ease(ys * 1.25)
    xs = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    body = np.clip(shade * (1 - 0.07 * xs - 0.05 * np.abs(xs)), 0, 1)
    return coloured(mask, body.astype(np.float32))


def blossom(radius_px: float, petals: int, root: str, tip: str, heart: str) -> Floats:
    """A flower seen from the front, with stamens."""
    size = int(radius_px * 2.3)
    # Painting three times as large keeps the stamens fine.
    canvas = np.zeros((size * 3, size * 3, 4), dtype=np.float32)
    leaf = petal(radius_px * 3, root, tip)
    middle = size * 1.5
    for index in range(petals):
        angle = TAU * index / petals
        reach = radius_px * 1.42
        x, y = middle + np.sin(angle) * reach, middle - np.cos(angle) * reach
        stamp(canvas, leaf, x, y, angle=angle)
    for index in range(petals * 3):
        angle = TAU * (index + 0.5) / (petals * 3)
        reach = radius_px * (0.75 + 0.35 * (index % 3) / 2)
        dot = coloured(_dot(radius_px * 0.13), rgb(heart))
        stamp(canvas, dot, middle + np.sin(angle) * reach, middle - np.cos(angle) * reach)
    heart_dot = coloured(_dot(radius_px * 0.36), mix(rgb(heart), rgb(root), 0.4))
    stamp(canvas, heart_dot, middle, middle)
    small = canvas.reshape(size, 3, size, 3, 4).mean(axis=(1, 3))
    return np.asarray(small, dtype=np.float32)


def maple_leaf(radius_px: float, inner: str, outer: str) -> Floats:
    """A seven-lobed maple leaf with veins, stem down."""
    size = int(radius_px * 2.2)
    lobes = np.deg2rad([-142, -96, -47, 0, 47, 96, 142])
    lengths = [0.50, 0.78, 0.96, 1.06, 0.96, 0.78, 0.50]
    points: list[tuple[float, float]] = [(0.03, 0.28)]
    for index, (angle, length) in enumerate(zip(lobes, lengths, strict=True)):
        for turn, reach in ((-0.27, 0.62), (-0.23, 0.74), (-0.13, 0.82), (0, 1.0)):
            points.append(_polar(angle + turn, length * reach))
        for turn, reach in ((0.13, 0.82), (0.23, 0.74), (0.27, 0.62)):
            points.append(_polar(angle + turn, length * reach))
        if index < 6:
            points.append(_polar((angle + lobes[index + 1]) / 2, 0.42))
    points.append((-0.03, 0.28))
    centre = np.array([size / 2, size / 2])
    mask = outline((np.array(points) * radius_px * 0.92 + centre).astype(np.float32), (size, size))
    stem = np.array([(-0.02, 0.2), (0.02, 0.2), (0.07, 0.92), (0.03, 0.92)])
    mask = np.maximum(mask, outline((stem * radius_px + centre).astype(np.float32), (size, size)))
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32) - size / 2
    far = np.hypot(xs, ys) / radius_px
    body = rgb(inner) + (rgb(outer) - rgb(inner)) * ease(far * 1.1)[..., None]
    bearing = np.arctan2(xs, -ys)
    for angle in lobes:
        off = np.abs(np.sin(bearing - angle)) * far * radius_px
        vein = np.exp(-((off / 0.9) ** 2)) * (np.cos(bearing - angle) > 0) * (far < 0.8)
        body = body * (1 + 0.16 * vein[..., None])
    return coloured(mask, np.clip(body, 0, 1).astype(np.float32))


def pine(height_px: float, rng: np.random.Generator) -> Floats:
    """Mask (height, width) of a fir: tiers of drooping branches, a little uneven."""
    width, height = int(height_px * 0.5), int(height_px) + 4
    tiers = 9
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    for tier in range(tiers):
        top, low = tier / tiers, (tier + 1.0) / tiers
        for side, edge in ((-1, left), (1, right)):
            reach = 0.42 * (0.10 + 0.90 * low**0.9) * rng.uniform(0.86, 1.06)
            edge.append((0.5 + side * reach * 0.34, top * 0.94 + 0.035))
            edge.append((0.5 + side * reach * 0.72, low * 0.94 - 0.02))
            edge.append((0.5 + side * reach, low * 0.94 + rng.uniform(0.0, 0.022)))
    trunk = [(0.53, 0.94), (0.53, 1.0), (0.47, 1.0), (0.47, 0.94)]
    shape = np.array([(0.5, 0.0), *right, *trunk, *left[::-1]], dtype=np.float32)
    return outline(shape * np.array([width, height], dtype=np.float32), (width, height))


def crown_tree(rng: np.random.Generator, radius_px: float, shade: str, sunlit: str) -> Floats:
    """A round tree far away: tufts heaped up, `shade` beneath, `sunlit` on top; sprite."""
    size = int(radius_px * 3.2) + 8
    sprite = np.zeros((size, size, 4), dtype=np.float32)
    steps = 26
    for step in range(steps):
        height = step / (steps - 1)
        tint = mix(rgb(shade), rgb(sunlit), height**0.9 * rng.uniform(0.75, 1.0))
        tuft = disc(radius_px * rng.uniform(0.30, 0.46), "#ffffff", 0.45)
        tuft[..., :3] *= tint
        reach = radius_px * np.sin(np.pi * (0.22 + 0.62 * height))
        x = size / 2 + rng.uniform(-0.85, 0.85) * reach
        stamp(sprite, tuft, x, size / 2 + radius_px * (0.75 - 1.5 * height), opacity=0.9)
    return sprite


def grove(
    canvas: Floats,
    rng: np.random.Generator,
    crest: Floats,
    trees: Sequence[Floats],
    spacing_px: float,
    gaps: float,
) -> None:
    """Plant trees along a crest, in place; `gaps` -1 leaves none out, 1 all."""
    shift = rng.uniform(0, 1)
    for x in np.arange(-spacing_px, len(crest) + spacing_px, spacing_px):
        at = float(x + rng.normal(0, spacing_px * 0.5))
        if np.sin(TAU * (at / 560 + shift)) + rng.normal(0, 0.35) < gaps:
            continue
        foot = float(crest[int(np.clip(at, 0, len(crest) - 1))])
        tree = trees[int(rng.integers(len(trees)))]
        scale = rng.uniform(0.75, 1.2)
        stamp(canvas, tree, at, foot + spacing_px * rng.uniform(-0.1, 0.7), scale=scale)


def branch(canvas: Floats, path: Floats, thick_px: float, thin_px: float, colour: str) -> None:
    """Draw a tapering twig along `path` (n, 2) onto a sprite (four channels), in place."""
    direction = np.gradient(path, axis=0)
    across = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-6
    half = np.linspace(thick_px, thin_px, len(path), dtype=np.float32)[:, None] / 2
    points = np.concatenate([path + across * half, (path - across * half)[::-1]])
    height, width = canvas.shape[:2]
    wood = coloured(outline(points.astype(np.float32), (width, height)), rgb(colour))
    canvas *= 1 - wood[..., 3:]
    canvas += wood


def curve(points: Sequence[tuple[float, ...]], steps: int = 60) -> Floats:
    """A smooth path (steps, 2) through the control points of one Bezier curve."""
    at = np.linspace(0, 1, steps)[:, None]
    level = [np.asarray(point, dtype=np.float64)[None, :] for point in points]
    while len(level) > 1:
        level = [a * (1 - at) + b * at for a, b in pairwise(level)]
    return np.asarray(level[0], dtype=np.float32)


def _polar(angle: float, reach: float) -> tuple[float, float]:
    return float(np.sin(angle) * reach), float(-np.cos(angle) * reach)


def _dot(radius_px: float) -> Floats:
    size = int(radius_px * 2) + 3
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32) - (size - 1) / 2
    return np.asarray(np.clip(radius_px - np.hypot(xs, ys) + 0.5, 0, 1), dtype=np.float32)
