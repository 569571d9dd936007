"""A recorded formula as statements: names for what is used more than once, or is too long to stand in one line."""

from collections import Counter
from collections.abc import Container

from gan_core.recording.steps import reached
from gan_core.recording.values import SOURCES, Value, values_in

LONG = 8  # operations; a formula of more has names for its parts


def statements(output: Value, order: list[Value], taken: dict[Value, str]) -> list[tuple[str, Value]]:
    """Return (name, value) for what gets a name on the way to an output, in order.

    order: all recorded values, each after its operands. taken: the names of inputs and weights, to which these join.
    """
    known = reached([output])
    wanted = [value for value in order if value in known]
    uses = Counter(part for value in wanted for part in values_in(value.operands))
    used, lines = set(taken.values()), []
    for value in wanted:
        if value in taken or value is output or value.word in SOURCES or not value.shape:
            continue
        if uses[value] > 1 or operations(value, taken) > LONG:
            wish = value.hint or {"reshape": "shaped", "sum": "total"}.get(value.word, value.word)
            name, number = wish, 2
            while name in used:
                name, number = f"{wish}_{number}", number + 1
            used.add(name)
            taken[value] = name
            lines.append((name, value))
    return lines


def operations(value: Value, named: Container[Value]) -> int:
    """Return how many operations of a formula stand in it without a name of their own. named: the values with one."""
    parts = [part for part in values_in(value.operands) if part not in named and part.word not in SOURCES]
    return 1 + sum(operations(part, named) for part in parts)
