"""What a phase minimises, as data that knows what it needs and how it is worked out.

An objective declares the arrays it wants (`draws`) and evaluates itself in a `Scene`, over operations and networks,
so one definition runs on every framework. New objectives join the family by subclassing.
"""

from collections.abc import Mapping

from gan_core.backend import Array
from gan_core.errors import SpecError, nearest
from gan_core.losses import adversarial_loss
from gan_core.optimizers import Optimizer
from gan_core.penalties import Penalty
from gan_core.scene import Draw, Outcome, Scene, generate, generator_draws, judge, judge_both, pack
from gan_core.shapes import Plan
from gan_core.spec import Family, PositiveInt, Variant, variant_name

Plans = Mapping[str, Plan]


class Objective(Family):
    """Base of the objectives."""

    __slots__ = ()

    def check_plans(self, plans: Plans) -> None:
        """Raise `SpecError` if the networks it names are missing or do not fit each other."""
        raise NotImplementedError

    def check_batch(self, batch_size: int) -> None:
        """Raise `SpecError` if it cannot use batches of this size."""

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """Return the arrays it needs from outside, by name."""
        raise NotImplementedError

    def simulated_players(self) -> tuple[str, ...]:
        """Return the players whose optimizers it needs."""
        return ()

    def floats(self, optimizers: Mapping[str, Optimizer], updates: Mapping[str, int]) -> dict[str, float]:
        """Return the numbers it needs from outside, by name.

        updates: how often each player has moved so far.
        """
        return {}

    def evaluate(self, scene: Scene) -> Outcome:
        """Return the loss and scalars to log."""
        raise NotImplementedError


class _Adversarial(Variant, Objective, frozen=True, kw_only=True):
    loss: str = "non_saturating"
    generator: str = "generator"
    discriminator: str = "discriminator"
    pack: PositiveInt = 1
    """So many samples are judged together, side by side in the channels (PacGAN, Lin et al. 2018, arXiv:1712.04086)."""

    def check(self) -> None:
        """The loss exists."""
        adversarial_loss(self.loss)

    def check_plans(self, plans: Plans) -> None:
        """See `Objective.check_plans`."""
        check_game(plans, self.generator, self.discriminator, self.pack)

    def check_batch(self, batch_size: int) -> None:
        """See `Objective.check_batch`."""
        if batch_size % self.pack:
            raise SpecError(f"pack {self.pack} does not divide the batch size {batch_size}; choose a multiple of it")


class AdversarialDiscriminator(_Adversarial, frozen=True, kw_only=True):
    """The discriminator's side of a loss in `LOSSES`, plus penalties.

    Generated samples are constants here. A conditional generator is given the labels of the real batch, so that
    real and generated samples can be mixed label by label.
    """

    penalties: tuple[Penalty, ...] = ()

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        wanted = {"real": Draw(kind="real")}
        if labelled(plans[self.generator]) or labelled(plans[self.discriminator]):
            wanted["real_label"] = Draw(kind="real_label")
        for name, draw in generator_draws(plans[self.generator]).items():
            if draw.kind != "label":
                wanted[name] = draw
        for penalty in self.penalties:
            wanted |= penalty.draws()
        return wanted

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        ops = scene.ops
        real, label = scene.draws["real"], scene.draws.get("real_label")
        fake = ops.detached(lambda: generate(scene, self.generator, label)[0])
        real, fake = pack(ops, real, self.pack), pack(ops, fake, self.pack)
        real_logits, fake_logits = judge_both(scene, self.discriminator, real, fake, (label, label))
        total = adversarial_loss(self.loss).discriminator(ops, real_logits, fake_logits)
        scalars = {}
        for penalty in self.penalties:
            value = penalty.evaluate(
                ops, lambda x: judge(scene, self.discriminator, x, label), real, fake, dict(scene.draws)
            )
            scalars[variant_name(type(penalty).__name__)] = value
            total = total + value * penalty.weight
        return Outcome(loss=total, scalars={"loss": total, **scalars})


class AdversarialGenerator(_Adversarial, frozen=True, kw_only=True):
    """The generator's side of a loss in `LOSSES`, on samples from fresh latents (and labels, drawn evenly)."""

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        wanted = generator_draws(plans[self.generator])
        if adversarial_loss(self.loss).generator_needs_real:
            wanted["real"] = Draw(kind="real")
            if labelled(plans[self.discriminator]):
                wanted["real_label"] = Draw(kind="real_label")
        return wanted

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        loss = adversarial_loss(self.loss)
        fake, label = generate(scene, self.generator, None)
        fake = pack(scene.ops, fake, self.pack)
        weights = self.opponent_weights(scene, fake, label)
        fake_logits = judge(scene, self.discriminator, fake, label, weights)
        real_logits = None
        if loss.generator_needs_real:
            real = pack(scene.ops, scene.draws["real"], self.pack)
            real_logits = judge(scene, self.discriminator, real, scene.draws.get("real_label"), weights)
        total = loss.generator(scene.ops, real_logits, fake_logits)
        return Outcome(loss=total, scalars={"loss": total})

    def opponent_weights(self, scene: Scene, fake: Array, label: Array | None) -> Mapping[str, Array] | None:
        """Return the weights of the discriminator that judges, or None for its own.

        fake: generated samples, packed. label: theirs.
        """
        return None


def labelled(plan: Plan) -> bool:
    """Whether a network reads labels."""
    return any(given.kind == "label" for given in plan.inputs.values())


def check_game(plans: Plans, generator: str, discriminator: str, size: int) -> None:
    """Raise `SpecError` unless both networks exist and the discriminator can judge what the generator makes."""
    for name in (generator, discriminator):
        if name not in plans:
            raise SpecError(f"objective: unknown network '{name}'{nearest(name, plans)}")
    channels, *rest = plans[generator].output_shape
    made = (size * channels, *rest)
    wanted = [given.shape for given in plans[discriminator].inputs.values() if given.kind == "data"]
    if wanted != [made]:
        raise SpecError(
            f"network '{discriminator}' reads data of shape {[list(shape) for shape in wanted]}, "
            f"but '{generator}' makes {list(made)}" + (f" in packs of {size}" if size > 1 else "")
        )
    if len(plans[discriminator].output_shape) != 1:
        raise SpecError(
            f"network '{discriminator}' ends in the shape {list(plans[discriminator].output_shape)}; "
            "expected [units]: put a Flatten at its end"
        )
    if labelled(plans[discriminator]) and size > 1:
        raise SpecError(f"network '{discriminator}' reads labels; samples with labels cannot be packed")
    if labelled(plans[discriminator]) and not labelled(plans[generator]):
        raise SpecError(f"network '{discriminator}' reads labels but '{generator}' does not")
