"""The scalars of a training: kept on the device until a line of metrics is due, then fetched and checked.

A line holds the last known value of every phase, also of one that did not run at that step.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from gan_core.errors import TrainingError
from gan_core.operations.ops import Array
from gan_core.training.events import ScalarsLogged
from gan_core.training.timetable import Timetable

Pending = Sequence[tuple[int, float, Mapping[str, Array]]]  # step, seconds so far, scalars on the device


class ScalarLog:
    """The last known value of each scalar, by its name ``phase/name``.

    timetable: says which lines are due. fetch: the values of a framework's
    scalars, read at once; of several workers their means.
    """

    def __init__(self, timetable: Timetable, fetch: Callable[[Sequence[Array]], Sequence[float]]) -> None:
        self.experiment, self.timetable, self.fetch = timetable.experiment, timetable, fetch
        self._latest: dict[str, tuple[int, Array | float]] = {}  # the step that it is of, and its value
        self._between: list[tuple[int, dict[str, float]]] = []  # what was fetched since the last line

    def note(self, step: int, scalars: Mapping[str, Array]) -> None:
        """Remember the scalars of a step, which stay on the device."""
        self._latest |= {name: (step, array) for name, array in scalars.items()}

    def restore(self, scalars: Mapping[str, tuple[int, float]]) -> None:
        """Go on from the scalars of a checkpoint. scalars: as `rare` returns them."""
        self._latest, self._between = dict(scalars), []

    def rare(self) -> dict[str, tuple[int, float]]:
        """Return the last scalars of phases that do not run at every step, since later lines may repeat them.

        By name: the step and the value; a value that is not finite is left out.
        """
        rare = tuple(f"{phase.name}/" for phase in self.experiment.phases if phase.every_steps > 1)
        known = {name: item for name, item in self._latest.items() if name.startswith(rare)}
        steps = [step for step, _ in known.values()]
        values = self._numbers([value for _, value in known.values()])
        items = dict(zip(known, zip(steps, values, strict=True), strict=True))
        return {name: item for name, item in items.items() if math.isfinite(item[1])}

    def lines(self, pending: Pending) -> list[ScalarsLogged]:
        """Fetch the scalars of some steps and return the lines of those that are logged.

        Raises `TrainingError` at the first scalar that is not finite.
        """
        lines = []
        values = iter(self._numbers([array for _, _, arrays in pending for array in arrays.values()]))
        for step, seconds, arrays in pending:
            scalars = {name: next(values) for name in arrays}
            _check_finite(step, scalars)
            known = {name: (step, value) for name, value in scalars.items() if self._latest[name][0] == step}
            self._latest |= known  # so that none is fetched twice
            self._between.append((step, scalars))
            if step == 1 or self.timetable.due(self.experiment.logging, step):
                lines.append(self._line(step, seconds))
        return lines

    def values(self) -> dict[str, float]:
        """Return the last known value of each scalar, in the order of the phases."""
        places = {phase.name: place for place, phase in enumerate(self.experiment.phases)}
        names = sorted(self._latest, key=lambda name: places[name.partition("/")[0]])
        return dict(zip(names, self._numbers([self._latest[name][1] for name in names]), strict=True))

    def _line(self, step: int, seconds: float) -> ScalarsLogged:
        """The line of the newest step."""
        steps = {name.partition("/")[0]: of_step for name, (of_step, _) in self._latest.items()}
        between, self._between = self._between, []
        return ScalarsLogged(
            step=step,
            images=step * self.experiment.training.batch_size,
            seconds=seconds,
            scalars=self.values(),
            of_step={phase: earlier for phase, earlier in steps.items() if earlier != step},
            between=between,
        )

    def _numbers(self, values: Sequence[Array | float]) -> list[float]:
        """Values in order, those that are still on the device read at once: to read each is to wait for each."""
        arrays = [value for value in values if not isinstance(value, float)]
        read = iter(self.fetch(arrays) if arrays else ())
        return [value if isinstance(value, float) else float(next(read)) for value in values]


def _check_finite(step: int, scalars: Mapping[str, float]) -> None:
    bad = next((name for name, value in scalars.items() if not math.isfinite(value)), None)
    if bad is not None:
        phase, _, scalar = bad.partition("/")
        error = TrainingError(
            f"step {step}, phase '{phase}': {scalar} is {scalars[bad]}; the run was stopped and what it wrote "
            "is kept; lower the learning rate or clip the gradients"
        )
        error.agreed = True
        raise error
