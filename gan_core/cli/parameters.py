"""Arguments and options that several commands take, each with its help."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gan_core.cli import completions
from gan_core.cli.completions import one_of
from gan_core.errors import UsageError

Preset = Annotated[
    str,
    typer.Argument(
        metavar="PRESET|FILE",
        help="A name of `gan list`, a TOML or JSON file, or a run.",
        autocompletion=completions.experiments,
    ),
]
BackendName = Annotated[
    str | None,
    typer.Option(
        "--backend",
        envvar="GAN_BACKEND",
        metavar="NAME",
        help="The framework; with --from, by default that run's.",
        autocompletion=completions.backends,
    ),
]
Steps = Annotated[int | None, typer.Option(metavar="STEPS", help="Steps in place of the experiment's.")]
Seed = Annotated[int | None, typer.Option(metavar="SEED", help="Seed of every random number.")]
Dtype = Annotated[
    str | None,
    typer.Option(
        metavar="float32|float64", help="Precision of all arrays.", autocompletion=one_of("float32", "float64")
    ),
]
Device = Annotated[
    str,
    typer.Option(metavar="cpu|gpu|gpu:N", help="Where to run; gpu is gpu:0.", autocompletion=one_of("cpu", "gpu")),
]
Workers = Annotated[
    int | None, typer.Option(metavar="N", help="Processes that share each batch, a device each; the numbers of one.")
]
DataDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where data are looked for first (then GAN_DATA_DIR, the cache).")
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change any field or parameter, as training.steps=500."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]
Features = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE.onnx",
        help="classifier, pixels, coordinates, inception (FID as papers print it) or an ONNX file.",
        autocompletion=one_of(*completions.FEATURES),
    ),
]
Samples = Annotated[int | None, typer.Option(metavar="N", help="Generated samples, and at most so many real ones.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.", autocompletion=completions.runs)]
OtherBackend = Annotated[
    str | None,
    typer.Option("--backend", metavar="NAME", help="By default the run's own.", autocompletion=completions.backends),
]
NetworkName = Annotated[str | None, typer.Option(metavar="NAME", help="By default the one that makes the sheets.")]
Checkpoint = Annotated[
    str,
    typer.Option(
        "--checkpoint",
        metavar="last|best|STEP|epoch-N",
        help="Which checkpoint: a step as 6400, an epoch as epoch-15.",
        autocompletion=one_of("last", "best"),
    ),
]
PrintEvery = Annotated[
    str | None,
    typer.Option("--print-every", metavar="N|Nepochs", help="A line with the losses every N steps or epochs."),
]
LogTo = Annotated[
    str | None,
    typer.Option(
        "--log",
        metavar="A,B",
        help="Log to tensorboard, csv, wandb, or a logger of your own (logging.to).",
        autocompletion=completions.loggers,
    ),
]
AllowImports = Annotated[
    bool, typer.Option("--allow-imports", help="Let the modules that a run has kept of its author run here.")
]
BatchSize = Annotated[int | None, typer.Option(metavar="SAMPLES", help="Samples in a batch.")]

Engine = Annotated[
    str, typer.Option(metavar="local|ray", help="Where trainings run: on this machine, or on a Ray cluster.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        metavar="COUNT", help="Trainings side by side (by default 2, 1 on a GPU; on Ray what it has room for)."
    ),
]
Address = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Of a Ray cluster; by default one is started here (or RAY_ADDRESS)."),
]
Cpus = Annotated[float, typer.Option(metavar="COUNT", help="CPUs of a training, which has so many threads.")]
Gpus = Annotated[float, typer.Option(metavar="COUNT", help="With --engine ray: GPUs of a training, or a part of one.")]


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list with commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def numbers(option: str, text: str) -> tuple[int, ...]:
    """Return the numbers of a list with commas. Raises `UsageError`; option: as it is typed, for the message."""
    try:
        return tuple(int(word) for word in words(text))
    except ValueError:
        raise UsageError(f"{option} {text}: expected whole numbers, as 4,8,16") from None


def fractions(option: str, text: str) -> tuple[float, ...]:
    """Return the numbers of a list with commas, whole or not. Raises `UsageError`; option: as in `numbers`."""
    try:
        return tuple(float(word) for word in words(text))
    except ValueError:
        raise UsageError(f"{option} {text}: expected numbers, as 1,50,100") from None


def given_numbers(words_given: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Return the numbers of ``--given`` by input. Raises `UsageError` for what is no INPUT=NUMBERS."""
    found: dict[str, tuple[float, ...]] = {}
    for word in words_given:
        name, equals, text = word.partition("=")
        if not (name and equals and text):
            raise UsageError(f"--given {word}: expected an input and its numbers, as code=3 or style=0.5,-1")
        if name in found:
            raise UsageError(f"--given {word}: '{name}' was given already")
        found[name] = fractions(f"--given {name}", text)
    return found
