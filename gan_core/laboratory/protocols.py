"""What is measured: the points, the settings and the published figures of a tutorial and of PacGAN's paper."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass

from gan_core.data.sources import Mixture
from gan_core.errors import UsageError
from gan_core.specs.registry import Registry

TUTORIAL_FIGURES: dict[str, dict[int, float]] = {
    "gan": {4: 3.0, 8: 4.0, 16: 4.8, 32: 4.8},
    "wgan-gp": {4: 4.0, 8: 7.04, 16: 11.2, 32: 14.4},
    "conditional-wgan-gp": {4: 4.0, 8: 8.0, 16: 15.2, 32: 25.6},
}
"""Modes that a tutorial on mode collapse reports as covered: 75, 50, 30, 15%; 100, 88, 70, 45%; 100, 100, 95, 80%."""

PACGAN_FIGURES: dict[str, dict[int, float]] = {
    "gan": {8: 6.3, 25: 17.3},
    "pacgan2": {8: 7.9, 25: 23.8},
    "pacgan4": {8: 7.8, 25: 24.8},
    "unrolled": {8: 7.6, 25: 23.6},
}
"""Modes covered, mean of 10 runs: GAN and PacGAN from Lin et al. 2018 (arXiv:1712.04086, table 1), where 91 to 98% of
the samples are of high quality; unrolled from Srivastava et al. 2017 (VEEGAN, arXiv:1705.07761, table 1; VEEGAN itself
8 and 24.6)."""


@dataclass(frozen=True, kw_only=True)
class Judging:
    """What samples of a trained model are judged by.

    samples: how many are drawn. even_labels: whether sample i of a network that is told the mode is of mode i modulo
    their number; else the modes are drawn. radius: within which any sample covers a mode, in units of the points.
    reach: figures show the square of ±`reach`; None: a little more than the points fill.
    """

    samples: int
    even_labels: bool
    radius: float
    reach: float | None = None


PACGAN_JUDGING = Judging(samples=2500, even_labels=False, radius=0.1)


@dataclass(frozen=True)
class Protocol:
    """One way to measure mode collapse.

    mixture: number of modes → the points. default_modes, default_models, steps, batch_size: what is run unless the
    user asks for something else. bounded: whether generators end in tanh. published: model → number of modes → modes
    covered. published_count: the one of `MEASURES` that the published figures state. tutorial_loop: as in `Setting`.
    judging: what is drawn and counted at the end. formerly: the name under which an earlier version wrote its trials.
    """

    mixture: Callable[[int], Mixture]
    _: KW_ONLY
    default_modes: tuple[int, ...]
    default_models: tuple[str, ...]
    steps: int
    batch_size: int
    bounded: bool
    judging: Judging
    published: Mapping[str, Mapping[int, float]]
    published_count: str
    tutorial_loop: bool = False
    formerly: str = ""


PROTOCOLS: Registry[Protocol] = Registry("protocol", Protocol)
"""The protocols by their names; one joins as a function from a number of modes to points."""


TUTORIAL_MODELS = (
    "gan",
    "wgan-gp",
    "conditional-wgan-gp",
    "wgan-gp-weak",
    "conditional-wgan-gp-weak",
    "sharp-r1-average",
    "conditional-sharp-wgan-gp",
)


@PROTOCOLS.register(
    "tutorial",
    default_modes=(4, 8, 16, 32),
    default_models=TUTORIAL_MODELS,
    steps=79 * 500,
    batch_size=128,
    bounded=True,
    judging=Judging(samples=10_000, even_labels=True, radius=0.1, reach=1.2),
    published=TUTORIAL_FIGURES,
    published_count="covered_within_radius",
    tutorial_loop=True,
)
def tutorial_mixture(modes: int) -> Mixture:
    """Return the tutorial's points, 10,000 within ±.9: the first of its 9 centres ±5 with a standard deviation of .5.

    For more modes than 9, of which its code has none: a square grid where their number is a square (16), else a ring
    (32), with standard deviations of a tenth of the distance between neighbours, which is the tutorial's proportion.
    """
    if 2 <= modes <= 9:
        return Mixture(layout="tutorial", modes=modes, standard_deviation=0.5, extent=0.9)
    return fresh_mixture(modes)


@PROTOCOLS.register(
    "tutorial-fresh",
    default_modes=(4, 8, 16, 32),
    default_models=TUTORIAL_MODELS,
    steps=78 * 500,
    batch_size=128,
    bounded=True,
    judging=Judging(samples=2500, even_labels=False, radius=0.1, reach=1.2),
    published=TUTORIAL_FIGURES,
    published_count="covered_within_radius",
    formerly="tutorial",
)
def fresh_mixture(modes: int) -> Mixture:
    """Return the tutorial's points with one scale for both axes; 7 and 8 modes have other centres than the tutorial's.

    For whole batches, and fresh samples and labels for every update, where the tutorial's loop shares them.
    """
    side = round(modes**0.5)
    if 2 <= modes <= 9:
        return Mixture(layout="square", modes=modes, standard_deviation=0.5, extent=0.9)
    if 9 < modes <= 100 and side * side == modes:
        return Mixture(layout="grid", modes=modes, standard_deviation=0.2, extent=0.9)
    if 9 < modes <= 64:
        return Mixture(layout="ring", modes=modes, standard_deviation=0.02 * 32 / modes, extent=0.9)
    raise UsageError(
        f"modes={modes}: the tutorial's layouts have 2 to 9 modes (square), squares up to 100 (grid) and others up "
        "to 64 (ring)"
    )


@PROTOCOLS.register(
    "pacgan",
    default_modes=(8, 25),
    default_models=("gan", "pacgan2", "pacgan4", "unrolled", "bits-r1-average", "sharp-r1-average"),
    steps=40_000,
    batch_size=128,
    bounded=False,
    judging=PACGAN_JUDGING,
    published=PACGAN_FIGURES,
    published_count="covered",
)
def pacgan_mixture(modes: int) -> Mixture:
    """Return PacGAN's points (Lin et al. 2018, section 4.1): a ring of 8 (sd .01) or a grid of 25 (sd .05); 100,000."""
    if modes == 8:
        return Mixture(layout="ring", modes=8, standard_deviation=0.01, points=100_000)
    if modes == 25:
        return Mixture(layout="grid", modes=25, standard_deviation=0.05, points=100_000)
    raise UsageError(f"modes={modes}: the protocol 'pacgan' has a ring of 8 modes and a grid of 25; give 8, 25 or both")


def protocol_of(name: str) -> Protocol:
    """Return a protocol by its name. Raises `UsageError` for an unknown one."""
    return PROTOCOLS.find(name)
