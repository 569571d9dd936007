"""The data of a run that is opened again: are they what it learned from, and what its classes are called."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gan_core.data.dataset import Dataset
from gan_core.data.identity import DataIdentity, differences, identity_from, identity_of
from gan_core.errors import SpecError, UsageError, nearest


def check_same_data(environment: Mapping[str, Any], dataset: Dataset, run: Path) -> None:
    """Raise `UsageError` unless a data set is the one that a run learned from.

    environment: the content of the ``environment.json`` of the run at the path `run`; a run of before there were
    identities is known by its number of samples alone.
    """
    remedy = (
        "name the folder it had with data_dir=FOLDER, or begin a new run from this one's state with  "
        f"gan train FILE --from {run}"
    )
    before = kept_identity(environment)
    if before is None:
        if (count := environment.get("samples", len(dataset))) != len(dataset):
            raise UsageError(
                f"data set '{dataset.name}' holds {len(dataset)} samples; the run began with {count}: {remedy}"
            )
        return
    if found := differences(before, identity_of(dataset)):
        raise UsageError(f"data set '{dataset.name}' is not what the run learned from: {'; '.join(found)}: {remedy}")


def kept_identity(environment: Mapping[str, Any]) -> DataIdentity | None:
    """Return the identity of the data that a run learned from, or None for a run that kept none."""
    if "data" not in environment:
        return None
    try:
        return identity_from(environment["data"])
    except SpecError as error:
        raise UsageError(f"environment.json is damaged: {error}") from None


def class_number(label: int | str, names: Sequence[str], classes: int) -> int:
    """Return the number of a class by its number or its name, capitals or not. Raises `UsageError` for no class.

    names: of the classes, in order, () if they have none. classes: how many there are.

    A word that is the name of a class is that class, also where it is a number: of folders 1 … 12, "3" is the third.
    """
    if isinstance(label, str):
        if label in names:
            return names.index(label)
        alike = [index for index, name in enumerate(names) if name.casefold() == label.casefold()]
        if len(alike) == 1:
            return alike[0]
        if not label.removeprefix("-").isdecimal():
            known = nearest(label, names) if names else f"; expected a number of 0 to {classes - 1}"
            raise UsageError(f"label={label}: no class has that name{known}")
        label = int(label)
    if not 0 <= label < classes:
        named = f", or a name: {', '.join(names)}" if names else ""
        raise UsageError(f"label={label}: expected 0 to {classes - 1}{named}")
    return label
