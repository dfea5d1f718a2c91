"""Where in a picture an answer comes from: windows of two sizes are covered in turn.

Occlusion sensitivity (Zeiler and Fergus 2014, Visualizing and Understanding Convolutional
Networks). What is covered gets the colour of the picture's own background, and windows that show
nothing but background are not asked about: covering them changes nothing.
"""

from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float64Array
from prodcat.explain.cells import (
    Window,
    background,
    cover,
    foreground,
    frame,
    smooth,
    spread_out,
    windows,
)
from prodcat.explain.variants import Answerer, Influence, Target, Variant, influences


@dataclass(frozen=True)
class PictureSettings:
    """How many windows are covered, and how large they are."""

    scales: tuple[tuple[int, float], ...] = ((3, 0.5), (4, 0.3))
    """Windows in a row and in a column, and their size as a share of what the picture shows."""
    smoothing: float = 0.04
    """Reach of the smoothing, as a share of the picture's longer side."""
    least_shown: float = 0.02
    """A window of which less is no background is not asked about."""


@dataclass(frozen=True, eq=False)
class PictureInfluence:
    """What the places of a picture did."""

    heat: Float64Array
    """For the answer, (H, W): by how much its log-odds fall with what is there covered."""
    rather: Float64Array
    """The same of the answer against its rival."""
    strongest: Influence
    """Of the window that did most."""
    window: Window
    """That window."""


def picture_influence(
    asked: Answerer,
    target: Target,
    whole: Variant,
    settings: PictureSettings | None = None,
) -> PictureInfluence:
    """Cover a picture piece by piece.

    Args:
        asked: Answers.
        target: What is explained.
        whole: The product; it has a picture.
        settings: What is covered.
    """
    settings = settings or PictureSettings()
    pixels = whole.pixels
    assert pixels is not None
    colour = background(pixels)
    shown = foreground(pixels, colour)
    around = frame(shown)
    scales = [windows(around, count, size) for count, size in settings.scales]
    laid = [window for scale in scales for window in scale]
    asked_about = [
        w for w in laid if shown[w[0] : w[2], w[1] : w[3]].mean() >= settings.least_shown
    ]
    variants = [whole.covered(cover(pixels, window, colour)) for window in asked_about]
    answers = asked.log_probs([whole, *variants])
    found = dict(zip(asked_about, influences(target, answers[:1], answers[1:]), strict=True))
    nothing = Influence(0.0, 0.0)
    heats = []
    for kind in ("answer", "rather"):
        values = [
            spread_out(shown.shape, s, [getattr(found.get(w, nothing), kind) for w in s])
            for s in scales
        ]
        radius = max(1, round(settings.smoothing * max(shown.shape)))
        heats.append(smooth(np.mean(values, axis=0), radius))
    best = max(laid, key=lambda window: abs(found.get(window, nothing).answer))
    return PictureInfluence(heats[0], heats[1], found.get(best, nothing), best)
