"""The preset for mixed tables, of numbers and categories: CTGAN."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from gan_core.data.cancer_table import CancerTable
from gan_core.data.columns import CONDITION, Column, block_sizes, category_sizes
from gan_core.data.fitted_columns import fitted_columns
from gan_core.data.mixed_tables import MixedTable, TableData, read_words, rows_of_split
from gan_core.data.places import find_file
from gan_core.errors import DataError, SpecError, nearest
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives.penalties import GradientPenalty
from gan_core.objectives.tables import TableDiscriminator, TableGenerator
from gan_core.presets.games import two_players
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam
from gan_core.specs.table_layers import TableOutput

HIDDEN, LATENT = 256, 128
TEST_SHARE, SEED = 0.2, 0
_DENSE = FanInUniform()


def ctgan(
    path: str = "",
    categories: str = "",
    without: str = "",
    target: str = "",
    missing: Literal["refuse", "drop"] = "refuse",
    modes: int = 10,
    width: float = 1.0,
    batch: int = 500,
    pack: int = 10,
) -> Experiment:
    """CTGAN (Xu et al. 2019, arXiv:1907.00503) on a mixed table: scikit-learn's tumours, or a CSV file of your own.

    path=FILE with categories=NAME,NAME (its columns of categories), without=NAME,NAME (columns to leave out), target=
    NAME (the category that an evaluation's classifier tells; the last one by default), missing=drop (rows that lack a
    value). modes: at most, of a column of numbers. The modes are fitted when the preset is made, to the four fifths of
    the rows that are trained on, and are part of the experiment. width scales the 256 units of the layers. As in the
    paper: batch 500 in packs of 10, WGAN-GP with weight 10, Gumbel softmax of temperature .2, training by sampling,
    Adam 2e-4 with betas .5/.9. Odd: without the authors' weight decay of 1e-6, and
    without the biases that a norm or a difference of scores takes away; a sample is made with the statistics
    that batch norm has kept, the authors' with those of its batch; the table's rows are drawn by their categories, so
    that training.order tells nothing.
    """
    data = _table(path, names_in(categories), names_in(without), target, missing, modes) if path else CancerTable()
    columns, told = data.columns, category_sizes(data.columns)
    if not told:
        raise SpecError("ctgan: the table has no column of categories; declare one or more with categories=NAME,NAME")
    units = max(1, round(HIDDEN * width))
    adam = Adam(learning_rate=2e-4, beta1=0.5, beta2=0.9)
    values = sum(block_sizes(columns))
    return Experiment(
        name="ctgan",
        summary=f"CTGAN on {Path(path).name if path else 'a mixed table of tumours'}",
        data=data,
        networks={"generator": _generator(columns, units), "discriminator": _discriminator(values, told, units, pack)},
        players=two_players(adam, adam),
        phases=(
            Phase(
                name="discriminator",
                player="discriminator",
                objective=TableDiscriminator(categories=told, pack=pack, penalties=(GradientPenalty(weight=10.0),)),
            ),
            Phase(name="generator", player="generator", objective=TableGenerator(categories=told, pack=pack)),
        ),
        training=Training(steps=6000, batch_size=batch, order="sequential"),
        sampling=Sampling(rows=40, columns=50, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def names_in(text: str) -> tuple[str, ...]:
    """Return the names in a text, between commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _table(
    path: str,
    categories: Sequence[str],
    without: Sequence[str],
    target: str,
    missing: Literal["refuse", "drop"],
    modes: int,
) -> TableData:
    """The data of a file, its columns fitted to the rows that are trained on."""
    file = find_file(path, None)
    every = read_words(file, missing="keep")
    for name in without:
        if name not in every:
            raise DataError(f"without: {file} has no column '{name}'{nearest(name, list(every)[:20])}")
    wanted = [name for name in every if name not in without]
    words = read_words(file, wanted, missing)
    count = len(next(iter(words.values())))
    rows = rows_of_split(count, "train", TEST_SHARE, SEED)
    columns = fitted_columns(words, categories, modes, SEED, rows)
    chosen = target or next((column.name for column in reversed(columns) if column.categories), "")
    return MixedTable(path=path, columns=columns, target=chosen, missing=missing, test_share=TEST_SHARE, seed=SEED)


def _generator(columns: Sequence[Column], units: int) -> Network:
    """Two residual blocks, each joined to what it read, then logits and the row that is drawn of them."""
    blocks, told = block_sizes(columns), sum(category_sizes(columns))
    noise = sum(size for size in blocks if size > 1)
    layers: list[L.Layer] = [L.Concat(inputs=("z", CONDITION), name="start")]
    before = "start"
    for number in (1, 2):
        layers += [
            L.Dense(units=units, inputs=(before,), bias=False, weight_init=_DENSE),
            L.BatchNorm(),
            L.ReLU(),
            L.Concat(inputs=("previous", before), name=f"joined_{number}"),
        ]
        before = f"joined_{number}"
    layers += [
        L.Dense(units=sum(blocks), name="logits", weight_init=_DENSE, bias_init=_DENSE),
        TableOutput(blocks=blocks, inputs=("logits", "noise"), name="row"),
    ]
    return Network(
        inputs={
            "z": Input(kind="latent", shape=(LATENT,)),
            "noise": Input(kind="latent", shape=(noise,), distribution="gumbel"),
            CONDITION: Input(kind="data", shape=(told,), field=CONDITION),
        },
        layers=tuple(layers),
        outputs=("row", "logits"),
    )


def _discriminator(values: int, told: Sequence[int], units: int, pack: int) -> Network:
    """Two dense layers with leaky ReLU and dropout, on `pack` rows with their conditions side by side."""
    layers: list[L.Layer] = []
    for _ in range(2):
        layers += [
            L.Dense(units=units, weight_init=_DENSE, bias_init=_DENSE),
            L.LeakyReLU(slope=0.2),
            L.Dropout(rate=0.5),
        ]
    layers.append(L.Dense(units=1, bias=False, weight_init=_DENSE))
    shape = (pack * (values + sum(told)),)
    return Network(inputs={"rows": Input(kind="data", shape=shape)}, layers=tuple(layers))
