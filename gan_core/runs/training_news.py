"""What is known of a training while it runs: the step, how fast it goes, the last losses, scores and sheet."""

from gan_core.experiments.experiment import Experiment
from gan_core.live_lines import Pace
from gan_core.objectives.judgements import is_judgement
from gan_core.training.events import (
    Evaluated,
    Event,
    RunEnded,
    RunStarted,
    RunStopped,
    SamplesDrawn,
    ScalarsLogged,
    ScalarsRead,
    StepEnded,
)

LOSS = "/loss"


class TrainingNews:
    """A listener that remembers the newest of each kind.

    scalars: the last known. scores, scored_step: of the last evaluation. sheet_step: of the newest sheet. running:
    whether the training has begun and not ended.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.steps = experiment.training.steps
        self.pace = Pace(self.steps)
        self.scalars: dict[str, float] = {}
        self.scores: dict[str, float] = {}
        self.scored_step = self.sheet_step = 0
        self.running = False

    def __call__(self, event: Event) -> None:
        """Take note."""
        match event:
            case StepEnded():
                self.pace.done = event.step
            case RunStarted():
                self.pace = Pace(self.steps, event.first_step)
                self.running = True
            case ScalarsLogged() | ScalarsRead():
                self.scalars = self.scalars | dict(event.scalars)  # a new one: a thread may be reading
            case Evaluated():
                self.scores, self.scored_step = dict(event.scores), event.step
            case SamplesDrawn():
                self.sheet_step = event.step
            case RunEnded() | RunStopped():
                self.running = False

    @property
    def begun(self) -> bool:
        """Whether a step has ended in this process."""
        return bool(self.scalars) or self.pace.rate() > 0

    def losses(self, width: int = 0) -> list[str]:
        """Return the losses in words, other scalars that are no judgement, and the last scores, in this order.

        width: columns in which the losses should stand together; where they do not, their names go without ``/loss``.
        """
        told = {name: value for name, value in self.scalars.items() if not is_judgement(name)}
        losses = {name: value for name, value in told.items() if name.endswith(LOSS)}
        others = [f"{name} {value:.3g}" for name, value in told.items() if name not in losses]
        scores = [f"{name} {value:.4g}" for name, value in self.scores.items()]
        words = [f"{name} {value:.3g}" for name, value in losses.items()]
        if width and len("  ".join(words)) > width:
            words = [f"{name.removesuffix(LOSS)} {value:.3g}" for name, value in losses.items()]
        return [*words, *others, *scores]
