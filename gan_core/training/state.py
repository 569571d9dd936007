"""All that changes in a run: what a checkpoint holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, kw_only=True)
class State:
    """All that changes in a run, by canonical name and in canonical layout.

    networks: network → weights and buffers. optimizers: player → slots. updates: player → updates since these slots
    were zero: the count of this run's, unless they came from another run or were begun anew in this one.
    variables: ``phase/name`` → what a phase's objective keeps. scalars: ``phase/name`` → the step and the value of the
    last update of phases that do not run at every step, which later lines of metrics repeat.
    """

    step: int
    networks: Mapping[str, Mapping[str, np.ndarray]]
    optimizers: Mapping[str, Mapping[str, np.ndarray]]
    updates: Mapping[str, int]
    variables: Mapping[str, np.ndarray] = field(default_factory=dict)
    scalars: Mapping[str, tuple[int, float]] = field(default_factory=dict)
