"""Players and phases: which networks move together, and when, under which objective."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import msgspec

from gan_core.errors import SpecError, nearest
from gan_core.objectives import Objective
from gan_core.objectives.draws import Draw
from gan_core.plans.plans import Plan
from gan_core.specs.optimizers import Optimizer
from gan_core.specs.spec import PositiveFloat, PositiveInt, Spec

SafeName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}\Z",
        description="1 to 64 small letters without accents, digits, _ . and -, a letter or digit first",
    ),
]


class Player(Spec, frozen=True, kw_only=True):
    """Networks that move together under one optimizer. A network may belong to several, each with its own state.

    clip_weights: every weight is clipped to ±clip_weights after each update (Arjovsky et al. 2017).
    """

    networks: tuple[str, ...]
    optimizer: Optimizer
    clip_weights: PositiveFloat | None = None


class Phase(Spec, frozen=True, kw_only=True):
    """One kind of update: who moves, under which objective, and how often in a step.

    player: the player that moves, or several, which move at once by the gradients of one loss.
    repeats: updates in a row, each with fresh draws. every_steps: only at steps first_step, first_step + every_steps, …
    each_epoch_anew: counted from each epoch's first step; for a phase without real samples, where each step takes one
        batch of them.
    first_step, last_step: the first and the last step, counted from 1, that it may run at; no last step is the
        training's.
    batch: "next": each of its updates that reads real samples takes the next batch of them. "step": all of its updates
        read the batch that was taken last in the same step, and take one only where none was, as loops do that load one
        batch a step for all of their updates.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("each_epoch_anew", "first_step", "last_step", "batch")

    name: SafeName
    player: str | tuple[str, ...]
    objective: Objective
    repeats: PositiveInt = 1
    every_steps: PositiveInt = 1
    each_epoch_anew: bool = False
    first_step: PositiveInt = 1
    last_step: PositiveInt | None = None
    batch: Literal["next", "step"] = "next"

    def check(self) -> None:
        """A phase moves somebody, ends after it starts, and is counted in one way."""
        if not self.players or len(set(self.players)) < len(self.players):
            raise SpecError(f"phase '{self.name}': expected one player, or several different ones")
        if self.last_step is not None and self.last_step < self.first_step:
            raise SpecError(
                f"phase '{self.name}': ends at step {self.last_step:,}, before it starts at step {self.first_step:,}; "
                "raise last_step or lower first_step"
            )
        if self.each_epoch_anew and (self.first_step, self.last_step) != (1, None):
            raise SpecError(
                f"phase '{self.name}': each_epoch_anew counts from each epoch's first step; leave out first_step and "
                "last_step"
            )

    @property
    def players(self) -> tuple[str, ...]:
        """The players that move."""
        return (self.player,) if isinstance(self.player, str) else self.player

    @property
    def timing(self) -> tuple[int, int, int | None, bool]:
        """What says at which steps it is due; two phases of one timing are due at the same steps."""
        return self.every_steps, self.first_step, self.last_step, self.each_epoch_anew

    def due(self, step: int) -> bool:
        """Whether it is due at a step; the first step is 0."""
        since = step - (self.first_step - 1)
        return since >= 0 and step < (self.last_step or step + 1) and since % self.every_steps == 0

    def times_due(self, steps: int) -> int:
        """How many of the first `steps` steps it is due at."""
        active = min(steps, self.last_step or steps) - (self.first_step - 1)
        return max(0, -(-active // self.every_steps))


def draws_of(phases: Sequence[Phase], phase: Phase, plans: Mapping[str, Plan]) -> dict[str, Draw]:
    """Return the draws of a phase's objective, by name, without those that an earlier phase of the step spares it."""
    draws = phase.objective.draws(plans)
    shared = set(phase.objective.shares())
    before = phases[: phases.index(phase)]
    if not any(shared & set(earlier.objective.shares()) for earlier in before):
        return draws
    spared = phase.objective.spared_draws(plans)
    return {name: draw for name, draw in draws.items() if name not in spared}


def check_players(players: Mapping[str, Player], networks: Mapping[str, object]) -> None:
    """Raise `SpecError` unless players consist of networks that there are."""
    for player, spec in players.items():
        for network in spec.networks:
            if network not in networks:
                raise SpecError(f"player '{player}': unknown network '{network}'{nearest(network, networks)}")


def check_phases(
    phases: Sequence[Phase], players: Mapping[str, Player], plans: Mapping[str, Plan], batch_size: int
) -> None:
    """Raise `SpecError` unless phases move players that there are, and share what was left for them."""
    if not phases:
        raise SpecError("experiment.phases: expected at least one phase")
    names = [phase.name for phase in phases]
    if len(set(names)) < len(names):
        raise SpecError(f"experiment.phases: two phases share a name: {', '.join(names)}")
    for phase in phases:
        for player in (*phase.players, *phase.objective.simulated_players()):
            if player not in players:
                raise SpecError(f"phase '{phase.name}': unknown player '{player}'{nearest(player, players)}")
        _check_one_master(phase, players)
        try:
            phase.objective.check_plans(plans)
            phase.objective.check_batch(batch_size)
        except SpecError as error:
            raise SpecError(f"phase '{phase.name}': {error}") from None
        _check_taken(phases, phase)
        _check_shared(phases, phase, plans)
    _check_heads(phases, plans)


def _check_one_master(phase: Phase, players: Mapping[str, Player]) -> None:
    """No network is moved twice by one update."""
    owner: dict[str, str] = {}
    for player in phase.players:
        for network in players[player].networks:
            if network in owner:
                raise SpecError(
                    f"phase '{phase.name}': the players '{owner[network]}' and '{player}' would both move the network "
                    f"'{network}' in one update; give them different networks, or a phase each"
                )
            owner[network] = player


def _check_taken(phases: Sequence[Phase], taking: Phase) -> None:
    """What a phase takes was left before it in the same step, and nothing between them is repeated."""
    before = phases[: phases.index(taking)]
    for name in taking.objective.takes():
        leaving = [index for index, phase in enumerate(before) if name in phase.objective.leaves()]
        if not leaving:
            raise SpecError(f"phase '{taking.name}': takes {name} of the step, but no phase before it leaves them")
        _check_together(name, phases[leaving[-1] : len(before) + 1])
    for name in taking.objective.leaves():
        if others := [phase.name for phase in before if name in phase.objective.leaves()]:
            raise SpecError(
                f"phases '{others[0]}' and '{taking.name}' would both leave {name} for the step; one of them may"
            )


def _check_shared(phases: Sequence[Phase], phase: Phase, plans: Mapping[str, Plan]) -> None:
    """What phases share, several do, in the same steps; what they read of the data for it is of one batch."""
    for name in phase.objective.shares():
        sharing = [index for index, other in enumerate(phases) if name in other.objective.shares()]
        if len(sharing) < 2:
            raise SpecError(
                f"phase '{phase.name}': shares {name} of the step, but no other phase does; set shares_samples of the "
                "other player's phase too"
            )
        _check_together(name, phases[sharing[0] : sharing[-1] + 1])
        for other in (phases[index] for index in sharing):
            reads = [draw for draw in other.objective.draws(plans).values() if draw.field]
            if reads and other.batch != "step":
                raise SpecError(
                    f"phase '{other.name}': shares {name}, which were made of '{reads[0].field}' of a batch of data; "
                    'set batch = "step" of the phases that share them, so that it is the same batch'
                )


def _check_together(name: str, between: Sequence[Phase]) -> None:
    first, last = between[0], between[-1]
    if any(phase.repeats > 1 for phase in between) or first.timing != last.timing:
        raise SpecError(
            f"phase '{last.name}': takes {name} of phase '{first.name}'; both must run once in the same "
            "steps (equal every_steps, first_step and last_step, repeats 1, for the phases between them too)"
        )


def _check_heads(phases: Sequence[Phase], plans: Mapping[str, Plan]) -> None:
    """Each output of a network of several is read by some objective, where all objectives say what they read."""
    read: dict[str, set[str]] = {}
    for phase in phases:
        heads = phase.objective.heads(plans)
        if heads is None:
            return
        for network, names in heads.items():
            read.setdefault(network, set()).update(names)
    for network, plan in plans.items():
        idle = [name for name in plan.heads[1:] if name not in read.get(network, ())]
        if idle and network in read:
            raise SpecError(f"network '{network}'.outputs: no phase reads '{idle[0]}'; name it in a term, or drop it")
