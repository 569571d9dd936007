"""Names by which several runs are told apart in pictures and tables."""

from collections.abc import Collection, Sequence
from pathlib import Path


def told_apart(names: Sequence[str], paths: Sequence[Path]) -> list[str]:
    """Return a name for each run: its own, and what tells it from others of that name.

    That is the end of its path, as far as it differs; a number where the same run stands twice in the list.
    """
    resolved = [path.resolve() for path in paths]
    told: list[str] = []
    for name, path in zip(names, resolved, strict=True):
        alike = {other for other, own in zip(resolved, names, strict=True) if own == name}
        apart = f"{name}, {path_end(path, alike)}" if len(alike) > 1 else name
        told.append(apart if apart not in told else f"{apart} {len(told) + 1}")
    return told


def short_names(names: Sequence[str], paths: Sequence[Path]) -> list[str]:
    """Return a name for each run as `told_apart` does; of runs that all have the same name what tells them apart."""
    if len(names) < 2 or len(set(names)) > 1:
        return told_apart(names, paths)
    resolved = [path.resolve() for path in paths]
    return [path_end(path, set(resolved)) for path in resolved]


def path_end(path: Path, others: Collection[Path]) -> str:
    """Return the last words of a path that no other path of several ends in."""
    for count in range(1, len(path.parts)):
        end = path.parts[-count:]
        if sum(other.parts[-count:] == end for other in others) == 1:
            return "/".join(end)
    return str(path)
