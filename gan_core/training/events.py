"""What a training tells: frozen events that hold numbers and NumPy arrays, never a framework's object."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.experiments.experiment import Experiment
from gan_core.training.state import State


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """Before the first step.

    environment: versions, device, dtype and threads, by name. first_step: the number of steps done before.
    """

    experiment: Experiment
    dataset: Dataset
    environment: Mapping[str, str]
    first_step: int


@dataclass(frozen=True, kw_only=True)
class StepEnded:
    """After every step; no number is fetched from the device for it. step: the step that ended, from 1."""

    step: int


@dataclass(frozen=True, kw_only=True)
class ScalarsLogged:
    """The scalars of one logged step.

    images: the number of real samples that a batch a step makes: step · batch size.
    seconds: the seconds of training so far, without callbacks.
    scalars: the last known value of each scalar, as ``phase/name``.
    of_step: phase → the step that its scalars are of, for phases that did not run at this step.
    between: the steps since the line before and this one, each with the scalars of its phases.
    """

    step: int
    images: int
    seconds: float
    scalars: Mapping[str, float]
    of_step: Mapping[str, int] = field(default_factory=dict)
    between: Sequence[tuple[int, Mapping[str, float]]] = ()


@dataclass(frozen=True, kw_only=True)
class ScalarsRead:
    """The last known value of each scalar at a step that somebody wanted to hear of, see `Trainer.reading`."""

    step: int
    scalars: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class SamplesDrawn:
    """Samples [rows · columns, *shape] from the latents that all sheets of a run share, in ``sampling.mode``."""

    step: int
    samples: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """The generator was scored. scores: by name. best: whether it is the best so far by ``evaluation.best_by``."""

    step: int
    scores: Mapping[str, float]
    best: bool


@dataclass(frozen=True, kw_only=True)
class CheckpointDue:
    """A checkpoint is wanted; `read` fetches the state from the device."""

    step: int
    read: Callable[[], State]


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """After the last step. gflops: 10⁹ floating-point operations a second over all steps but the first two.

    NaN where it is unknown: after so few steps, or for an objective whose cost cannot be counted.
    """

    step: int
    seconds: float
    step_seconds: float
    gflops: float


@dataclass(frozen=True, kw_only=True)
class RunStopped:
    """In place of `RunEnded`, after a whole step and its checkpoint, where a stop was asked for before the last one."""

    step: int


Event = (
    RunStarted
    | StepEnded
    | ScalarsLogged
    | ScalarsRead
    | SamplesDrawn
    | Evaluated
    | CheckpointDue
    | RunEnded
    | RunStopped
)
