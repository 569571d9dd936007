"""Checks of learning rates over a training: that they do not end before it."""

from gan_core.experiments.check import CHECKS, Findings
from gan_core.experiments.experiment import Experiment
from gan_core.specs.optimizers import LinearDecay

LEAST_SHARE = 0.01  # of a player's updates: a step more or less than the schedule's is no mistake


@CHECKS.register("ended-schedule")
def ended_schedule(experiment: Experiment) -> Findings:
    """A learning rate is 0 before the training ends, so that the rest of it changes nothing."""
    for name, player in experiment.players.items():
        schedule = getattr(player.optimizer, "schedule", None)
        if not isinstance(schedule, LinearDecay):
            continue
        updates = sum(
            phase.repeats * phase.times_due(experiment.training.steps)
            for phase in experiment.phases
            if name in phase.players
        )
        if updates - schedule.end > LEAST_SHARE * updates:
            yield (
                f"player '{name}' stands still after {schedule.end:,} of its {updates:,} updates, where the learning "
                f"rate is 0; choose players.{name}.optimizer.schedule.end={updates} (and start), or fewer steps"
            )
