"""How many batches of real samples were taken before a step, worked out from the phases alone."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import lcm

from gan_core.errors import SpecError
from gan_core.experiments.phases import Phase

LONGEST_PERIOD = 10_000  # steps


class BatchCount:
    """The batches that the steps of an experiment take.

    taking: the phases whose updates read real samples, in order.
    """

    def __init__(self, taking: Sequence[Phase]) -> None:
        """Raise `SpecError` for phases that share the step's batch in a pattern of steps that hardly ever repeats."""
        self.taking = taking
        self.sharing = any(phase.batch == "step" for phase in taking)
        self._period = lcm(*(phase.every_steps for phase in taking))
        self._ends = sorted({end for phase in taking for end in (phase.first_step - 1, phase.last_step) if end})
        self._tables: dict[int, list[int]] = {}
        if self.sharing and self._period > LONGEST_PERIOD:
            raise SpecError(
                f"experiment.phases: phases with batch=step repeat their pattern after {self._period:,} steps only; "
                f"choose every_steps of a common multiple of at most {LONGEST_PERIOD:,}"
            )

    def before(self, step: int) -> int:
        """Return how many batches were taken before a step; the first step is 0."""
        if not self.sharing:
            return sum(phase.times_due(step) * phase.repeats for phase in self.taking)
        ends = [0, *(end for end in self._ends if end < step), step]
        total = 0
        for start, end in pairwise(ends):  # between two ends the same phases are active, so that steps repeat
            table = self._table(start)
            whole, rest = divmod(end - start, self._period)
            total += whole * table[-1] + table[rest]
        return total

    def taken_at(self, step: int) -> int:
        """Return how many batches a step takes."""
        count, any_taken = 0, False
        for phase in self.taking:
            if phase.due(step):
                count += phase.repeats if phase.batch == "next" else int(not any_taken)
                any_taken = True
        return count

    def _table(self, start: int) -> list[int]:
        """The batches that the first 0, 1, … steps from `start` take, as far as a period."""
        if start not in self._tables:
            steps = range(start, start + self._period)
            self._tables[start] = list(accumulate((self.taken_at(step) for step in steps), initial=0))
        return self._tables[start]
