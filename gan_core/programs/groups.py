"""Which phases share a step function: those of which one makes what another goes on with in the same step."""

from collections.abc import Sequence
from typing import Any

from gan_core.programs.recorded_phases import RecordedPhase
from gan_core.recording.steps import reached
from gan_core.recording.values import Value


def roots(recorded: RecordedPhase) -> list[Value]:
    """Return the values that a phase is evaluated for: its loss, what it logs, and what it keeps."""
    kept: list[Any] = [recorded.loss, *recorded.outcome.scalars.values(), *recorded.outcome.variables.values()]
    kept += [value for values in recorded.outcome.buffers.values() for value in values.values()]
    return [value for value in kept if isinstance(value, Value)]


def groups(phases: Sequence[RecordedPhase]) -> list[list[RecordedPhase]]:
    """Return the phases in order, those together that share values, with the phases between them."""
    made = {value: place for place, one in enumerate(phases) for value in one.values}
    first = list(range(len(phases)))  # of each phase the first one whose values it reads
    for place, one in enumerate(phases):
        read = [made[value] for value in reached(roots(one)) if value in made]
        first[place] = min([place, *read])
    found: list[list[RecordedPhase]] = []
    starts: list[int] = []
    for place, one in enumerate(phases):
        while len(starts) > 1 and first[place] < starts[-1]:
            starts.pop()
            last = found.pop()
            found[-1].extend(last)
        if found and first[place] < place:
            found[-1].append(one)
        else:
            found.append([one])
            starts.append(place)
    return found
