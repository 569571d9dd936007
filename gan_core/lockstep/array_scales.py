"""On which scale an array of one backend is compared with another's: its own, unless what it holds is rounding.

A bias right before a norm has a gradient of exactly 0, of which each framework has its own rounding left; compared with
its own largest value that is a difference of 1, which says nothing. Rounding is about 1e-16 (1e-7 in float32) of the
numbers that were added up, so an array is compared on no less than a small share of its group's largest value: of its
player's for each slot of an optimizer, its network's for weights, its layer's for running statistics. The share is so
small that a real error of 1e-6 in an array a million times smaller than its group's largest is still found.

Arrays are named ``weight:NETWORK.NAME``, ``running:NETWORK.NAME`` and ``optimizer:PLAYER/NETWORK/NAME/SLOT``.
"""

import math
from collections.abc import Mapping

import numpy as np

KINDS = ("losses", "weights", "running statistics", "optimizer state")
# A hundred roundings (2e-16, 1e-7 each) over the tolerances that `gan compare` has (1e-9, 1e-3).
SHARE = {"float64": 2e-5, "float32": 1e-2}
# A gradient below this share of its player's largest is nothing but rounding: a hundred thousand roundings, a thousand.
IDLE = {"float64": 1e-11, "float32": 1e-4}
# Such a gradient of 1e-16 is 1e-8 of Adam's epsilon, and so moves a weight by 1e-8 of the learning rate at each update.
ADAMS_FACTOR = 100.0


def largest(array: np.ndarray) -> float:
    """Return the largest absolute value, 0 for an empty array."""
    return float(np.abs(array).max(initial=0))


def kind_of(name: str) -> str:
    """Return which of `KINDS` an array is of."""
    return {"weight": KINDS[1], "running": KINDS[2], "optimizer": KINDS[3]}[name.partition(":")[0]]


def shown(name: str) -> str:
    """Return an array's name without its kind."""
    return name.partition(":")[2]


def difference(one: np.ndarray, other: np.ndarray, scale: float = 0.0, allowed: float = 0.0) -> float:
    """Return the largest absolute difference over the largest absolute value: relative, for an array as a whole.

    scale: compare on that, if it is more than the largest value. allowed: a difference that is taken off first.
    Infinite where one has values that are not finite and the other's differ from them.
    """
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return 0.0 if np.array_equal(one, other, equal_nan=True) else float("inf")
    scale = max(scale, largest(one), largest(other))
    return max(0.0, largest(one - other) - allowed) / scale if scale > 0 else 0.0


class Scales:
    """The least scale of each array in two states.

    idle: the weights whose gradient has been rounding, by all their optimizer has kept of it. Adam moves such a weight
    by far more than its gradient is worth, and no loss depends on it: it is compared on the scale of its network. A
    running mean after such a bias moves with it, so it may differ by as much.
    """

    def __init__(
        self, one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray], averages: Mapping[str, str]
    ) -> None:
        self.one, self.other, self.averages = one, other, averages
        self.levels = {name: (largest(value), largest(other[name])) for name, value in one.items()}
        self.dtypes = {name: "float32" if value.dtype == np.float32 else "float64" for name, value in one.items()}
        self.groups: dict[str, float] = {}
        for name, levels in self.levels.items():
            finite = [level for level in levels if math.isfinite(level)]
            self.groups[_group(name)] = max(self.groups.get(_group(name), 0.0), *finite, 0.0)
        signed = {
            _group(name) for name, value in one.items() if min(value.min(initial=0), other[name].min(initial=0)) < 0
        }
        # a slot that is negative nowhere holds squares, whose rounding is that of the gradient, squared
        self.squared = {group for group in self.groups if group.startswith("optimizer:")} - signed
        self.idle = self._idle()

    def difference(self, name: str) -> float:
        """Return how far an array differs in the two states, on the scale that suits it."""
        one, other = self.one[name], self.other[name]
        if kind_of(name) == KINDS[2]:
            return difference(one, other, self._of_statistics(name), self._drift(name))
        return difference(one, other, self.least(name))

    def least(self, name: str) -> float:
        """Return the scale that a weight or a slot is compared on where its own largest value is less."""
        if name in self.idle:
            return ADAMS_FACTOR * self.groups[_group(name)]
        return self._share(name, SHARE) * self.groups[_group(name)]

    def _share(self, name: str, shares: Mapping[str, float]) -> float:
        share = shares[self.dtypes[name]]
        return share * share if _group(name) in self.squared else share

    def _idle(self) -> set[str]:
        moved: set[str] = set()
        kept: set[str] = set()
        for name, levels in self.levels.items():
            if kind_of(name) == KINDS[3]:
                weight = f"weight:{shown(name).partition('/')[2].rpartition('/')[0].replace('/', '.', 1)}"
                kept.add(weight)
                if not max(levels) <= self._share(name, IDLE) * self.groups[_group(name)]:  # so that NaN has moved
                    moved.add(weight)
        idle = kept - moved
        followed = {f"weight:{average}.": f"weight:{network}." for average, network in self.averages.items()}
        return idle | {
            average + name.removeprefix(network)
            for average, network in followed.items()
            for name in idle
            if name.startswith(network)
        }

    def _drift(self, name: str) -> float:
        """Return by how much the idle weights of a running mean's network differ; 0 for other statistics."""
        if not name.endswith(".running_mean"):
            return 0.0
        network = f"weight:{shown(name).partition('.')[0]}."
        idle = [weight for weight in self.idle if weight.startswith(network)]
        return max((largest(self.one[weight] - self.other[weight]) for weight in idle), default=0.0)

    def _of_statistics(self, name: str) -> float:
        """A mean is rounding below a share of its deviation, a variance below a share of the mean's square."""
        layer, _, own = name.rpartition(".")
        if own == "running_mean":
            return SHARE[self.dtypes[name]] * math.sqrt(self._finite(f"{layer}.running_variance"))
        if own == "running_variance":
            return SHARE[self.dtypes[name]] * self._finite(f"{layer}.running_mean") ** 2
        return 0.0

    def _finite(self, name: str) -> float:
        return max((level for level in self.levels.get(name, ()) if math.isfinite(level)), default=0.0)


def _group(name: str) -> str:
    """Return what an array is compared with: its network's weights, its player's slot, itself otherwise."""
    kind, _, rest = name.partition(":")
    if kind == "weight":
        return f"weight:{rest.partition('.')[0]}"
    if kind == "optimizer":
        return f"optimizer:{rest.partition('/')[0]}/{rest.rpartition('/')[2]}"
    return name
