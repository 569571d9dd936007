"""The preset for series: TimeGAN."""

from functools import partial
from typing import Literal

from gan_core.data.mixed_tables import read_words
from gan_core.data.places import find_file
from gan_core.data.series import GoogleStock, SeriesTable, Sines
from gan_core.data.spec import Data
from gan_core.errors import DataError, SpecError, nearest
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives import SeriesDiscriminator, SeriesEmbedding, SeriesGenerator, SeriesSupervision
from gan_core.presets.tables import names_in
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

STRETCHES = 5  # of the stock, which drifts: its end alone is unlike the years before
STOCK_FEATURES = 6


def timegan(
    data: Literal["stock", "sines"] = "stock",
    path: str = "",
    without: str = "",
    length: int = 24,
    units: int = 24,
    layers: int = 3,
    cell: Literal["gru", "lstm"] = "gru",
    stage: int = 10_000,
    batch: int = 128,
) -> Experiment:
    """TimeGAN (Yoon et al. 2019, NeurIPS) on windows of Google's stock, on sines, or on a CSV file of your own.

    data=sines: the paper's made-up series. path=FILE with without=NAME,NAME (columns to leave out, as of dates). As in
    the authors' code: five networks of 3 layers of 24 GRU units (the supervisor of 2) with a dense layer at each step;
    three stages: `stage` steps that train embedder and recovery, as many that train the supervisor, and twice as many
    that train all, the discriminator at every second; Adam 1e-3, batch 128, windows of 24. Odd: in the third stage the
    authors let the discriminator rest where its loss is below .15, here it never rests; latents are of U(−1, 1), the
    authors' of U(0, 1); cells are PyTorch's, without the authors' first bias of 1 for gates; batches go through the
    windows epoch by epoch, where the authors draw each anew.
    """
    if stage < 1 or layers < 2:
        raise SpecError(f"expected stage of 1 or more and layers of 2 or more, got {stage} and {layers}")
    source, features = _data(data, path, names_in(without), length)
    adam = Adam(learning_rate=1e-3)
    network = partial(_network, hidden=units, cell=cell, length=length)
    return Experiment(
        name="timegan",
        summary=f"TimeGAN on {'series of a file' if path else {'stock': 'a stock', 'sines': 'sines'}[data]}",
        data=source,
        networks={
            "embedder": network("data", features, layers, units),
            "recovery": network("data", units, layers, features),
            "generator": network("latent", features, layers, units),
            "supervisor": network("data", units, layers - 1, units),
            "discriminator": network("data", units, layers, 1, logits=True),
        },
        players={
            "embedding": Player(networks=("embedder", "recovery"), optimizer=adam),
            "supervision": Player(networks=("supervisor",), optimizer=adam),
            "generator": Player(networks=("generator", "supervisor"), optimizer=adam),
            "joint_embedding": Player(networks=("embedder", "recovery"), optimizer=adam),
            "discriminator": Player(networks=("discriminator",), optimizer=adam),
        },
        phases=_phases(stage),
        training=Training(steps=4 * stage, batch_size=batch),
        sampling=Sampling(network="generator/supervisor/recovery", rows=2, columns=5, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def _data(data: str, path: str, without: tuple[str, ...], length: int) -> tuple[Data, int]:
    """The data, and how many features a step of them has."""
    if path and data != "stock":
        raise SpecError(f"data={data} and path={path}: choose one of both")
    if not path:
        if without:
            raise SpecError("without=COLUMN leaves out columns of a file; give its path=FILE too")
        if data == "sines":
            made = Sines(length=length)
            return made, made.features
        return GoogleStock(length=length, stretches=STRETCHES), STOCK_FEATURES
    file = find_file(path, None)
    names = list(read_words(file, missing="keep"))
    for name in without:
        if name not in names:
            raise DataError(f"without: {file} has no column '{name}'{nearest(name, names[:20])}")
    columns = tuple(name for name in names if name not in without)
    if not columns:
        raise DataError(f"without: leaves no column of {file}; expected one or more with numbers")
    return SeriesTable(path=path, columns=columns, length=length), len(columns)


def _network(
    kind: Literal["data", "latent"],
    reads: int,
    layers: int,
    makes: int,
    *,
    hidden: int,
    cell: str,
    length: int,
    logits: bool = False,
) -> Network:
    """Recurrent layers, and a dense layer at each step with a sigmoid behind it. logits: without the sigmoid."""
    one = L.GRU if cell == "gru" else L.LSTM
    stack: list[L.Layer] = [one(units=hidden) for _ in range(layers)]
    stack.append(L.Dense(units=makes))
    if not logits:
        stack.append(L.Sigmoid())
    given = Input(kind=kind, shape=(length, reads), distribution="uniform" if kind == "latent" else "normal")
    return Network(inputs={"z" if kind == "latent" else "steps": given}, layers=tuple(stack))


def _phases(stage: int) -> tuple[Phase, ...]:
    """The three stages; the third has two steps for each of the authors', who move the discriminator half as often."""
    embedding, generator = SeriesEmbedding(supervised_weight=0.1), SeriesGenerator()
    return (
        Phase(name="embedding", player="embedding", objective=SeriesEmbedding(), last_step=stage),
        Phase(
            name="supervision",
            player="supervision",
            objective=SeriesSupervision(),
            first_step=stage + 1,
            last_step=2 * stage,
        ),
        Phase(name="generator", player="generator", objective=generator, first_step=2 * stage + 1),
        Phase(
            name="joint-embedding",
            player="joint_embedding",
            objective=embedding,
            batch="step",
            first_step=2 * stage + 1,
        ),
        Phase(
            name="discriminator",
            player="discriminator",
            objective=SeriesDiscriminator(),
            first_step=2 * stage + 2,
            every_steps=2,
        ),
    )
