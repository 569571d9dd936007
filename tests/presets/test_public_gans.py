"""The table of public GANs: what says that it is data is an experiment, and the page says what the table says."""

from pathlib import Path
from types import ModuleType

import msgspec
import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.experiments.checks import notes
from gan_core.experiments.data_fit import check_data
from gan_core.experiments.experiment import Experiment
from gan_core.presets import PRESETS
from gan_core.training.alternation import Alternation
from loaded_files import loaded

ROOT = Path(__file__).parent.parent.parent
LEAST = 50  # data, of all


def load() -> ModuleType:
    return loaded("benchmarks/public_gans.py")


PUBLIC = load()
TABLE = PUBLIC.collections()
DATA = [(collection.name, gan) for collection in TABLE for gan in collection.gans if gan.verdict == "data"]


@pytest.mark.parametrize(("collection", "gan"), DATA, ids=[f"{where}-{gan.name}" for where, gan in DATA])
def test_what_is_data_is_an_experiment_without_a_note(collection: str, gan) -> None:
    """It is opened as `gan train` opens it, its networks fit, and the checks have nothing to say."""
    experiment = gan.experiment()

    assert notes(experiment) == []
    assert not experiment.imports
    assert all(plan.output_shape for plan in experiment.plans.values())


def made_up(experiment: Experiment) -> Dataset:
    """Return samples, labels, fields and a second domain of the shapes that an experiment reads, 20 of each."""
    draws = [draw for phase in experiment.phases for draw in experiment.draws_of(phase).values()]
    inputs = {name: spec for plan in experiment.plans.values() for name, spec in plan.inputs.items()}
    classes = next((spec.classes for spec in inputs.values() if spec.kind == "label"), 10)
    samples = np.zeros((20, *experiment.sample_shape), np.float64)
    return Dataset(
        name="made up",
        samples=samples,
        labels=np.arange(20) % classes,
        classes=classes,
        fields={spec.field: np.zeros((20, *spec.shape)) for spec in inputs.values() if spec.field},
        value_range=(-1.0, 1.0),
        second_domain=Dataset(name="second", samples=samples, value_range=(-1.0, 1.0))
        if any(draw.domain == "second" for draw in draws)
        else None,
    )


@pytest.mark.parametrize("gan", [gan for _, gan in DATA if gan.file], ids=lambda gan: gan.name)
def test_a_files_phases_go_with_data_of_its_shapes(gan) -> None:
    """Whole or cut batches, one domain or two, phases that are counted from each epoch's first step."""
    experiment = gan.experiment()

    check_data(experiment, made_up(experiment))
    assert Alternation(experiment, batches_per_epoch=7).phases_at(5)


def test_half_a_hundred_and_more_are_data() -> None:
    assert len({(gan.preset or gan.file, gan.changes) for _, gan in DATA}) >= LEAST


def test_every_file_belongs_to_a_gan() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "benchmarks" / "public").iterdir()}

    assert {gan.file for _, gan in DATA if gan.file} == files
    assert {gan.preset for _, gan in DATA if gan.preset} <= set(PRESETS)


def test_a_file_is_named_as_its_experiment() -> None:
    for _, gan in DATA:
        if gan.file:
            assert gan.experiment().name.replace("-", "_") == Path(gan.file).stem


def test_no_gan_stands_twice() -> None:
    names = [(collection.name, gan.name) for collection in TABLE for gan in collection.gans]
    assert len(set(names)) == len(names)


def test_the_page_says_what_the_table_says() -> None:
    """Write it anew with  python benchmarks/public_gans.py."""
    assert PUBLIC.PAGE.read_text(encoding="utf-8") == PUBLIC.page(TABLE)


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": "data", "preset": "aae"},
        {"verdict": "data", "preset": "aae", "file": "a.toml", "differs": "nothing known"},
        {"verdict": "code"},
        {"verdict": "no", "needs": "20 lines"},
        {"verdict": "maybe", "why": "unknown"},
    ],
)
def test_a_verdict_needs_its_fields(fields: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError, match="lacks its fields"):
        msgspec.convert({"name": "one"} | fields, PUBLIC.Gan)
