"""Who feeds whom: what each network reads in an update, and what each loss is worked out from.

The objectives are evaluated on arrays that have a shape and nothing else, as for their cost; every array remembers the
draws and the networks' calls that it was made of. An objective that such arrays cannot run through tells nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from gan_core.contract.backend import Call
from gan_core.experiments.domain_shapes import domain_shapes
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.experiments.shaped_arrays import CountedNetwork, CountedState, Counter, Pass, Shaped
from gan_core.objectives.context import UpdateContext
from gan_core.objectives.draws import Draw


@dataclass(frozen=True)
class Source:
    """Where an array comes from: a network, by name, or a draw, by its name among those of its objective.

    draw: the draw itself, or None for a network.
    """

    name: str
    draw: Draw | None = None


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One way that arrays take: from a source into an input of a network, or into the loss of a phase.

    network, input: the reader, or "" for a loss. phase: the phase whose update does it.
    """

    source: Source
    network: str = ""
    input: str = ""
    phase: str


def feeds(experiment: Experiment) -> list[Feed]:
    """Return all ways of an experiment's arrays, in the order in which a step takes them first, each once a phase.

    >>> from gan_core.presets import preset
    >>> ways = feeds(preset("digits-mlp"))
    >>> [(way.source.name, way.network or "loss") for way in ways if way.phase == "generator"]
    [('generator.z', 'generator'), ('generator', 'discriminator'), ('discriminator', 'loss')]
    """
    found: dict[Feed, None] = {}
    shared: dict[str, Any] = {}
    for phase in experiment.phases:
        tracer = _Tracer()
        try:
            loss = _evaluated(experiment, phase, tracer, shared)
        except Exception:  # noqa: BLE001, S112  (whatever a user's objective does with an array that holds no numbers)
            continue
        ways = [*tracer.ways, *((one, "", "") for one in tracer.sources_of(loss))]
        found |= {
            Feed(source=source, network=network, input=name, phase=phase.name): None for source, network, name in ways
        }
    return list(found)


@dataclass
class _Tracer(Counter):
    """Operations on shapes that remember where arrays come from, constants too.

    sources: the source of each pass that stands for a draw. ways: (source, network, input) of each call of a network.
    """

    sources: dict[Pass, Source] = field(default_factory=dict)
    ways: list[tuple[Source, str, str]] = field(default_factory=list)

    @override
    def detached(self, function: Callable[[], Any]) -> Any:
        return function()

    @override
    def gradients(self, output: Shaped, inputs: Sequence[Shaped], *, differentiable: bool) -> list[Shaped]:
        return [Shaped(target.shape, output.passes) for target in inputs]

    def drawn(self, name: str, draw: Draw, shape: tuple[int, ...]) -> Shaped:
        """Return the array of a draw."""
        one = Pass(network="", forward=0, first_layer=0, reads=frozenset())
        self.sources[one] = Source(name, draw)
        return Shaped(shape, frozenset({one}), draw=draw)

    def sources_of(self, array: Shaped) -> list[Source]:
        """Return where an array comes from, sorted by name."""
        known = {self.sources.get(one) or (Source(one.network) if one.network else None) for one in array.passes}
        return sorted((source for source in known if source), key=lambda source: source.name)


class _TracedNetwork(CountedNetwork):
    """A network whose calls note what they read."""

    counter: _Tracer

    @override
    def outputs(self, inputs: Mapping[str, Shaped], call: Call) -> dict[str, Shaped]:
        self.counter.ways += [
            (source, self.plan.name, name)
            for name, array in inputs.items()
            for source in self.counter.sources_of(array)
        ]
        return super().outputs(inputs, call)


def _evaluated(experiment: Experiment, phase: Phase, tracer: _Tracer, shared: dict[str, Any]) -> Shaped:
    """The loss of a phase; shared: what earlier phases of the step left for it."""
    batch_size, domains = experiment.training.batch_size, domain_shapes(experiment)
    draws = {
        name: tracer.drawn(name, draw, draw.shape(batch_size, domains))
        for name, draw in experiment.draws_of(phase).items()
    }
    optimizers = {name: player.optimizer for name, player in experiment.players.items()}
    draws |= {name: Shaped(()) for name in phase.objective.floats(optimizers, dict.fromkeys(optimizers, 0))}
    context = UpdateContext(
        ops=tracer,  # type: ignore[arg-type]
        networks={name: _TracedNetwork(plan, tracer) for name, plan in experiment.plans.items()},  # type: ignore[misc]
        draws=draws,
        optimizers={name: CountedState(experiment, name) for name in optimizers},  # type: ignore[misc]
        mask_key=None,
        variables={name: Shaped(value.shape) for name, value in phase.objective.variables(experiment.plans).items()},
        shared=shared,
    )
    return phase.objective.evaluate(context).loss  # type: ignore[return-value]
