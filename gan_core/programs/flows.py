"""Where gradients pass: which recorded values an update differentiates through, and which have a graph at all."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from gan_core.recording.values import Value, values_in


def flows_of(
    values: Sequence[Value], losses: Mapping[str, Value], moved: Mapping[str, Collection[str]]
) -> dict[Value, frozenset[str]]:
    """Return the phases whose gradients pass through each value; none for what is a constant to all of them.

    values: all, in the order of their operands. losses: phase → its loss. moved: phase → the networks that it moves.
    """
    found: dict[Value, set[str]] = {value: set() for value in values}
    for phase, loss in losses.items():
        depends = _depending(values, moved[phase])
        for value in _through(loss):
            if value in depends:
                found[value].add(phase)
    return {value: frozenset(phases) for value, phases in found.items()}


def attached(values: Iterable[Value], flows: Mapping[Value, frozenset[str]]) -> frozenset[Value]:
    """Return the values that a framework with a graph of its own keeps one for.

    A network call keeps one where gradients pass through it, and everything that is made of it does, but for constants.
    """
    found: set[Value] = set()
    for value in values:
        if value.word == "detach":
            continue
        own = value.word in {"leaf", "weight", "given_weight"} or (value.word == "call" and flows[value])
        if own or any(part in found for part in values_in(value.operands)):
            found.add(value)
    return frozenset(found)


def _depending(values: Sequence[Value], moved: Collection[str]) -> set[Value]:
    """The values that depend on the weights of networks, or on a leaf, through no constant."""
    found: set[Value] = set()
    for value in values:
        if value.word == "detach":
            continue
        own = (value.word in {"call", "weight"} and value.operands[0] in moved) or value.word == "leaf"
        if own or any(part in found for part in values_in(value.operands)):
            found.add(value)
    return found


def _through(loss: Value) -> set[Value]:
    """The values that a loss comes from through no constant."""
    found: set[Value] = set()
    waiting = [loss]
    while waiting:
        value = waiting.pop()
        if value not in found and value.word != "detach":
            found.add(value)
            waiting.extend(values_in(value.operands))
    return found


def judges(loss: Value, moved: set[str]) -> bool:
    """Return whether a loss holds an output of one of the networks itself, and not its gradients alone."""
    waiting, seen = [loss], set()
    while waiting:
        value = waiting.pop()
        if value.word in {"call", "canonical", "weight"} and value.operands[0] in moved:
            return True
        if value not in seen and value.word != "gradients":
            seen.add(value)
            waiting.extend(values_in(value.operands))
    return False
