"""An experiment: everything that determines a run, as frozen data."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

import msgspec

from gan_core.data import (  # noqa: F401  (their specs join the family by name)
    cifar,
    domains,
    folder,
    idx,
    series,
    sound_folder,
    sources,
    tones,
)
from gan_core.data.spec import Data
from gan_core.errors import SpecError, nearest
from gan_core.experiments.check import CHECKS
from gan_core.experiments.imports import check_names
from gan_core.experiments.phases import Phase, Player, SafeName, check_phases, check_players, draws_of
from gan_core.files.format_version import FORMAT, check_format
from gan_core.objectives.draws import Draw
from gan_core.plans.plans import Plan, plan_network, refuse_single_values
from gan_core.sheets.sheets import kind_for
from gan_core.specs.interval import Interval
from gan_core.specs.networks import Network
from gan_core.specs.spec import NonNegativeInt, PlainName, PositiveFloat, PositiveInt, Share, Spec

__all__ = [
    "Average",
    "Checkpoint",
    "Evaluation",
    "Experiment",
    "Logging",
    "Phase",
    "Player",
    "SafeName",
    "Sampling",
    "Training",
]
LARGEST_ARRAY = 2**36  # values; far above what fits today, far below what makes a machine thrash
LARGEST_SHEET = 100_000
MOST_STEPS = 10**12  # a century of small steps
LARGEST_SHEET_PIXELS = 2**26  # 200 MB and seconds to compress, at every sheet of a run


class Training(Spec, frozen=True, kw_only=True):
    """How long, on what, and from which seed.

    order: "shuffled" draws a new order each epoch; "sequential" takes the samples as they stand in the file.
    last_batch: "drop" leaves out an epoch's incomplete batch (a sequential one wraps round); "keep" trains on it.
    synchronised_batch_norm: whether several workers that share a batch take its statistics over all of it, which gives
        the numbers of one process; without, each takes those of its own rows, at less cost.
    products: of dense layers and convolutions in float32: "exact", as IEEE float32 has them; "tf32", whose factors a
    GPU rounds to 10 bits of fraction; "bf16", whose factors and values have 7. All else stays float32.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("last_batch", "synchronised_batch_norm", "products")

    steps: Annotated[int, msgspec.Meta(ge=1, le=MOST_STEPS)]
    batch_size: PositiveInt = 64
    seed: NonNegativeInt = 0
    dtype: Literal["float32", "float64"] = "float32"
    order: Literal["shuffled", "sequential"] = "shuffled"
    last_batch: Literal["drop", "keep"] = "drop"
    synchronised_batch_norm: bool = True
    products: Literal["exact", "tf32", "bf16"] = "exact"

    def check(self) -> None:
        """Factors of float64 products are not rounded."""
        if self.products != "exact" and self.dtype != "float32":
            raise SpecError(
                f"training.products: {self.dtype} has exact products alone; take dtype float32, or leave products out"
            )


class Sampling(Interval, frozen=True, kw_only=True):
    """The sheet of samples that is drawn every so many steps or epochs, always from the same latents.

    With `every_epochs` there is one after the first epoch too, as tutorials show.

    rows × columns samples of `network`; for a network with labels, row r holds class r modulo the classes. Several
    networks take turns: sample i is made by network i modulo their number. Of a network that reads samples of the data
    (a translation) a row of what it read stands above the row of what it made, and below that row the way back, where
    another network of its objective leads there; several such networks take turns from band to band. Networks with a
    slash between them are a chain, as "encoder/decoder": each reads what the one before it made.
    mode: "training": batch norm with the statistics of the sheet's own samples, and dropout, as in an update.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("mode",)
    default_steps: ClassVar[int | None] = 1000
    after_first_epoch: ClassVar[bool] = True

    network: str | tuple[str, ...] = "generator"
    rows: PositiveInt = 4
    columns: PositiveInt = 8
    every_steps: PositiveInt | None = None
    every_epochs: PositiveFloat | None = None
    mode: Literal["evaluation", "training"] = "evaluation"


class Average(Spec, frozen=True, kw_only=True):
    """A network whose weights follow another's: w ← decay · w + (1 − decay) · (the other's), after each update of that.

    It starts equal to the other, and takes over its running statistics as they are (Yazıcı et al. 2019,
    arXiv:1806.04498).
    """

    of: PlainName
    decay: Share = 0.999


class Logging(Interval, frozen=True, kw_only=True):
    """A line of metrics at step 1, every so many steps or epochs, and at the last: the last known scalars.

    to: where else scalars, scores and sheets go, as ["tensorboard", "csv"], or "tensorboard,csv" (`gan list loggers`).
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("to",)
    default_steps: ClassVar[int | None] = 50

    every_steps: PositiveInt | None = None
    every_epochs: PositiveFloat | None = None
    to: str | tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        words = self.to.split(",") if isinstance(self.to, str) else self.to
        msgspec.structs.force_setattr(self, "to", tuple(dict.fromkeys(word.strip() for word in words if word.strip())))


class Checkpoint(Interval, frozen=True, kw_only=True):
    """Weights and optimizer state every so many steps or epochs, the newest `keep` of them kept, or "all"."""

    default_steps: ClassVar[int | None] = 1000

    every_steps: PositiveInt | None = None
    every_epochs: PositiveFloat | None = None
    keep: PositiveInt | Literal["all"] = 3


class Evaluation(Interval, frozen=True, kw_only=True):
    """Scores every so many steps or epochs (never, if neither is given), and the best checkpoint by one of them kept.

    metrics, features: as for ``gan evaluate``; best_by: the name of a score, such as "frechet" or "precision".
    """

    every_steps: PositiveInt | None = None
    every_epochs: PositiveFloat | None = None
    metrics: tuple[str, ...] = ("frechet",)
    best_by: str = "frechet"
    features: str = "auto"
    samples: PositiveInt = 2000


class Experiment(Spec, frozen=True, kw_only=True, dict=True):
    """All of it. `plans` holds every network with its shapes; making an experiment that does not fit raises.

    silenced: names of checks (`gan_core.experiments.checks`) that keep silent, because the experiment means it so.
    imports: modules of a user's own, whose words the experiment uses: files beside its own, as ``my_layers.py``, or
    modules on Python's path. They run before the experiment is read (`gan_core.experiments.imports`).
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("silenced", "imports")

    name: SafeName
    summary: str = ""
    silenced: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    format: int = FORMAT
    data: Data
    networks: dict[PlainName, Network]
    players: dict[PlainName, Player]
    phases: tuple[Phase, ...]
    training: Training
    averages: dict[PlainName, Average] = msgspec.field(default_factory=dict)
    sampling: Sampling = Sampling()
    logging: Logging = Logging()
    checkpoint: Checkpoint = Checkpoint()
    evaluation: Evaluation = Evaluation()

    def check(self) -> None:
        """Every name refers to something, every layer fits, no update moves a network twice."""
        check_format("the experiment", {"format": self.format})
        check_names(self.imports)
        for name in self.silenced:
            CHECKS.find(name, "experiment.silenced: ")
        if taken := {"optimizers", "variables"} & {*self.networks, *self.averages}:
            raise SpecError(
                f"experiment.networks: '{min(taken)}' names another file of a checkpoint; choose another name"
            )
        plans = self.plans
        self._check_sizes(plans)
        check_players(self.players, self.networks)
        if self.training.batch_size == 1:
            refuse_single_values(plans, "raise training.batch_size above 1")
        check_phases(self.phases, self.players, plans, self.training.batch_size)
        self._check_sampling(plans)
        if self.sampling.mode == "training" and self.sampling.rows * self.sampling.columns < 2 * len(self.sampled):
            refuse_single_values({name: plans[name] for name in self.sampled}, "raise sampling.rows")

    def _check_sizes(self, plans: dict[str, Plan]) -> None:
        """Refuse by arithmetic what no machine holds, before anything is allocated for it."""
        for plan in plans.values():
            if plan.parameters > LARGEST_ARRAY:
                raise SpecError(f"network '{plan.name}' has {plan.parameters:.1e} parameters; expected at most 7e10")
            for node in plan.nodes:
                if (values := self.training.batch_size * math.prod(node.plan.output_shape)) > LARGEST_ARRAY:
                    raise SpecError(
                        f"network '{plan.name}', layer '{node.name}': {values:.1e} values a batch, more than 7e10"
                    )
        if (count := self.sampling.rows * self.sampling.columns) > LARGEST_SHEET:
            raise SpecError(f"sampling: rows × columns is {count:.1e}; expected at most {LARGEST_SHEET}")

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """Each network, and each average of one, with its shapes worked out."""
        own = {name: plan_network(name, network) for name, network in self.networks.items()}
        for name, average in self.averages.items():
            if name in own:
                raise SpecError(f"averages.{name}: the name is a network's already; give it another")
            if average.of not in self.networks:
                raise SpecError(f"averages.{name}: unknown network '{average.of}'{nearest(average.of, self.networks)}")
            own[name] = replace(own[average.of], name=name)
        return own

    def draws_of(self, phase: Phase) -> dict[str, Draw]:
        """Return what a phase, one of the experiment's own, draws at each of its updates, by name."""
        return draws_of(self.phases, phase, self.plans)

    @property
    def chains(self) -> dict[str, tuple[str, ...]]:
        """The networks that make the samples of sheets, which take turns, each with those that read on from it."""
        network = self.sampling.network
        words = [word.split("/") for word in ((network,) if isinstance(network, str) else network)]
        return {first: tuple(rest) for first, *rest in words}

    @property
    def sampled(self) -> tuple[str, ...]:
        """The networks that make the samples of sheets, which take turns; of a chain its first."""
        return tuple(self.chains)

    def last_of(self, network: str) -> str:
        """Return the network that makes the samples of a chain: its last; of any other network itself."""
        return (network, *self.chains.get(network, ()))[-1]

    @property
    def sampler_network(self) -> str:
        """The network that stands for all in `sampled`: the first, whose inputs and shape of samples they all share."""
        return self.sampled[0]

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one generated sample, and so of one real one."""
        return self.plans[self.last_of(self.sampler_network)].output_shape

    def _check_sampling(self, plans: dict[str, Plan]) -> None:
        if not self.sampled:
            raise SpecError("sampling.network: expected a network, or several")
        for name, rest in self.chains.items():
            check_chain(plans, (name, *rest))
        for name in self.sampled:
            if plans[name].inputs.keys() != plans[self.sampler_network].inputs.keys():
                raise SpecError(f"sampling.network: '{name}' and '{self.sampler_network}' have different inputs")
            if plans[self.last_of(name)].output_shape != self.sample_shape:
                raise SpecError(
                    f"sampling.network: '{name}' and '{self.sampler_network}' make samples of different shapes"
                )
        rows, columns = self.sampling.rows, self.sampling.columns
        kind = kind_for(self.data.sample_kind, self.sample_shape)
        if (pixels := kind.sheet_pixels(rows * columns, columns, self.sample_shape)) > LARGEST_SHEET_PIXELS:
            raise SpecError(
                f"sampling: a sheet of {rows} × {columns} samples has {pixels:.1e} pixels; expected at most "
                f"{LARGEST_SHEET_PIXELS:.1e}; lower sampling.rows or sampling.columns"
            )


def check_chain(plans: Mapping[str, Plan], chain: Sequence[str]) -> None:
    """Raise `SpecError` unless all networks of a chain exist, and each reads what the one before it makes."""
    for name in chain:
        if name not in plans:
            raise SpecError(f"sampling.network: unknown network '{name}'{nearest(name, plans)}")
    for maker, reader in pairwise(chain):
        made, read = plans[maker].output_shape, [spec.shape for spec in plans[reader].inputs.values()]
        if read != [made]:
            raise SpecError(
                f"sampling.network: '{reader}' cannot follow '{maker}': it reads {[list(shape) for shape in read]}; "
                f"expected one input {list(made)}"
            )
