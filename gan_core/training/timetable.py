"""What is due at which step, and which epoch a step is in; it follows from the experiment and its data's size."""

import math

from gan_core.data.dataset import batches_in_epoch
from gan_core.errors import UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.specs.interval import Interval
from gan_core.training.alternation import Alternation

HORIZON = 10_000  # steps, over which the real batches of a step are counted on average
ROUNDING = 1e-9  # of an epoch: .1 + .2 epochs are .3


class Timetable:
    """The epochs of a training, and the steps at which something is due that is done every so many steps or epochs.

    samples: how many the data set holds.
    """

    def __init__(self, experiment: Experiment, samples: int) -> None:
        self.experiment, self.samples = experiment, samples
        training = experiment.training
        self.batches_per_epoch = batches_in_epoch(samples, training.batch_size, training.last_batch)
        self.alternation = Alternation(experiment, self.batches_per_epoch)
        self.steps = experiment.training.steps

    @property
    def has_epochs(self) -> bool:
        """Whether any phase takes real samples: else no epoch ever ends."""
        return self.alternation.batches_before(HORIZON) > 0

    def check(self) -> None:
        """Raise `UsageError` where something is asked for by epochs that never end."""
        wanted = ("logging", "sampling", "checkpoint", "evaluation")
        asked = [name for name in wanted if getattr(self.experiment, name).every_epochs is not None]
        if asked and not self.has_epochs:
            raise UsageError(
                f"{asked[0]}.every_epochs: no phase of this experiment takes real samples, so that no epoch ends; "
                f"set {asked[0]}.every_steps"
            )

    def epoch(self, step: int) -> float:
        """Return how many epochs have passed after a step, as 1.5."""
        return self.alternation.batches_before(step) / self.batches_per_epoch

    def epoch_and_batch(self, step: int) -> tuple[int, int]:
        """Return the epoch that a step's last batch belongs to, and the batch's number in it, both counted from 1."""
        batches = max(1, self.alternation.batches_before(step))
        epoch, batch = divmod(batches - 1, self.batches_per_epoch)
        return epoch + 1, batch + 1

    @property
    def epochs(self) -> int:
        """How many epochs the training begins."""
        return self.epoch_and_batch(self.steps)[0]

    def step_of_epoch(self, epoch: float) -> int:
        """Return the step in which that many epochs have passed. Raises `UsageError` where none ever do."""
        if not self.has_epochs:
            raise UsageError("epochs: no phase of this experiment takes real samples, so that no epoch ends")
        low, high = 0, 1
        while self.epoch(high) < epoch - ROUNDING:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.epoch(middle) >= epoch - ROUNDING else (middle, high)
        return high

    def epoch_ended_in(self, step: int) -> int | None:
        """Return the number of the epoch that ends in a step, or None: most steps end none."""
        number = math.floor(self.epoch(step) + ROUNDING) if self.has_epochs else 0
        return number if number and step == self.step_of_epoch(number) else None

    def steps_of_epochs(self, epochs: float) -> int:
        """Return the number of steps of a training of so many epochs; raises `UsageError` for no positive number."""
        if not 0 < epochs < math.inf:
            raise UsageError(f"epochs={epochs}: expected a number of more than 0")
        if not self.has_epochs:
            raise UsageError("epochs: no phase of this experiment takes real samples; give steps=N")
        batches_per_step = self.alternation.batches_before(HORIZON) / HORIZON
        return max(1, round(epochs * self.batches_per_epoch / batches_per_step))

    def due(self, interval: Interval, step: int) -> bool:
        """Whether a step, from 1, is one of an interval's; the last step of the training is, if any is."""
        return interval.happens and (step == self.steps or self.regular(interval, step))

    def last_due(self, interval: Interval, step: int) -> int:
        """Return the last step up to this one that is an interval's, whatever the training's last step; 0 for none."""
        if interval.every_steps is not None:
            return step // interval.every_steps * interval.every_steps
        if interval.every_epochs is None:
            return 0
        if times := self._times(interval.every_epochs, step):
            return min(step, self.step_of_epoch(times * interval.every_epochs))
        return self.step_of_epoch(1) if interval.after_first_epoch and self._times(1, step) else 0

    def regular(self, interval: Interval, step: int) -> bool:
        """Whether a step is one of an interval's, also of a longer training, which does not end in it."""
        if interval.every_steps is not None:
            return step % interval.every_steps == 0
        every = interval.every_epochs or math.inf
        first = interval.after_first_epoch and self._times(1, step) == 1 > self._times(1, step - 1)
        return first or self._times(every, step) > self._times(every, step - 1)

    def _times(self, every: float, step: int) -> int:
        """How many times so many epochs have passed after a step."""
        return math.floor(self.epoch(step) / every + ROUNDING)
