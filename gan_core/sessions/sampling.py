"""New samples from a run: fresh latents, one class, walks between latents, translations of pictures."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gan_core.data.array_files import check_memory
from gan_core.data.dataset import Dataset
from gan_core.data.own_pictures import read_pictures
from gan_core.errors import UsageError
from gan_core.experiments.domain_shapes import data_input
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import input_domain, output_domain, sampling_from
from gan_core.plans.plans import Plan
from gan_core.runs.opened import sampled_classes
from gan_core.sessions.run import Run
from gan_core.sessions.sample_files import SampleSet, check_folder, write_arrays, write_file, write_folder
from gan_core.sheets.kinds import KINDS
from gan_core.sheets.sheets import kind_of, write_whole_sheet
from gan_core.specs.networks import condition_of
from gan_core.training.given_inputs import Numbers, Walk, category_of, given_inputs, walk_along, walked_inputs
from gan_core.training.sampler import Sampler, checked_mode, checked_part
from gan_core.training.translation_sheets import placed_alike, translated
from gan_core.training.truncation import with_truncated_styles
from gan_core.training.walks import interpolated

LARGEST_SHEET = 10_000  # samples
LARGEST_SET = 100_000
WALK_COLUMNS = 8  # of a sheet without classes


def write_samples(
    run: Path,
    out: Path,
    *,
    count: int,
    label: int | str | None = None,
    given: Mapping[str, Numbers] | None = None,
    interpolate: bool = False,
    walk: str | None = None,
    seed: int = 0,
    backend: str | None = None,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    allow_imports: bool = False,
    checkpoint: str | int = "last",
    network: str | None = None,
    pictures: Path | None = None,
    mode: str | None = None,
    data: str = "training",
    truncation: float | None = None,
    latent_truncation: float | None = None,
) -> None:
    """Write new samples of a run; see `Run.sample` and `interpolated`.

    out: ``FILE.png`` for a sheet, ``FILE.npz`` for arrays, a file of the samples' kind (``FILE.wav`` for sounds), or a
    new folder for a picture or a sound each. In all but sheets the labels are evenly spread, sample i of class i modulo
    the classes, unless there is a `label`; a sheet has a row for each class then, of up to `count` samples in all. A
    sheet of translations shows what is read, what is made, and the truth of pairs or the way back.
    given: inputs of the generator to give in place of drawing them, see `given_inputs`. walk: the sheet's columns go
    along one number of a latent, and its rows through the classes, see `walk_along`.
    pictures: a file or a folder of the user's own, to translate in place of the data; `count` is then theirs.
    data: the samples that are translated, "training" or "held-out" ones.
    truncation: of styles, see `with_truncated_styles`. latent_truncation: the bound within which normal latents are
    drawn, as BigGAN's, see `Sampler.truncated`.
    allow_imports: whether the modules that the run has kept may run. Raises `UsageError` for a class that is none,
    `DataError` for pictures that cannot be read, and `WriteError`.
    """
    if interpolate and walk:
        raise UsageError("interpolate=True and walk are two ways to fill a sheet; choose one")
    form = _form(out, count, "interpolate=True" if interpolate else f"walk={walk}" if walk else "")
    opened = Run(run, allow_imports=allow_imports)
    number = None if label is None else opened.checked_label(label, network)
    plan = _plan(sampling_from(opened.experiment, network), given, walk)
    fixed = given_inputs(plan, given or {})
    if (condition := condition_of(plan.inputs)) is not None and condition in fixed:
        if number is not None:
            raise UsageError(f"label={label}: given={condition} says the class already; leave one of them out")
        number = category_of(fixed[condition])
    way = walk_along(plan, walk) if walk else None
    _check_choice(sampling_from(opened.experiment, network), form, count, pictures)
    state = opened.state(checkpoint)
    wanted = checked_mode(mode, opened.experiment.sampling.mode)
    held_out = checked_part(data) == "held-out"
    machine = opened.machine(backend, device, data_dir)
    sampler = opened.sampler_on(machine, state, network, held_out=held_out)
    sampler = sampler.in_mode(wanted, f"sample {seed}").with_given(fixed).truncated(latent_truncation)
    sampler = with_truncated_styles(sampler, truncation)
    experiment = sampler.experiment
    shown = output_domain(experiment, sampler.dataset, experiment.sampler_network)
    own = None if pictures is None else _own_pictures(sampler, pictures)
    count = len(own[1]) if own else count
    if held_out:
        count = min(count, len(sampler.dataset))
    if form == "file" and out.suffix.lower() not in kind_of(shown).files:
        raise UsageError(f"out={out}: '{shown.name}' holds no samples of which such a file is made; {_endings(shown)}")
    if form == "sheet":
        if way is None:
            samples, columns = _sheet(sampler, count, number, interpolate, seed, own)
        else:
            samples, columns = walked(sampler, way, count, number, seed)
        write_whole_sheet(out, samples, columns, shown, f"{experiment.name}, {len(samples)} samples")
        return
    labels = None
    if (classes := sampled_classes(experiment)) is not None and own is None:
        labels = np.arange(count) % classes if number is None else np.full(count, number)
    made = SampleSet(
        samples=_translated(sampler, own[1]) if own else sampler.sample(count, f"sample {seed}", labels),
        dataset=shown,
        labels=labels,
        class_names=opened.class_names,
        names=tuple(own[0]) if own else (),
        experiment=experiment.name,
        network=experiment.sampled,
        step=state.step,
        seed=seed,
        backend=backend or opened.backend,
    )
    {"arrays": write_arrays, "file": write_file, "folder": write_folder}[form](out, made)


def _more() -> str:
    """What else a path may end in, for samples of one kind or another, in words."""
    known = {ending: word for word, kind in KINDS.items() for ending in kind.files}
    return "".join(f"; for samples of the kind '{word}' also {ending}" for ending, word in known.items())


def _endings(dataset: Dataset) -> str:
    endings = (".png", ".npz", *kind_of(dataset).files)
    return f"expected a file that ends in {', '.join(endings[:-1])} or {endings[-1]}, or a folder"


def _form(out: Path, count: int, sheet_for: str) -> str:
    """Return what a path asks for: "sheet", "arrays", "file" or "folder".

    Raises `UsageError` where it cannot be written.

    sheet_for: what can be made as a sheet alone, as it was asked for, or "".
    """
    of_kinds = {ending: "file" for kind in KINDS.values() for ending in kind.files}
    form = (of_kinds | {".png": "sheet", ".npz": "arrays", "": "folder"}).get(out.suffix.lower())
    if form is None and not out.is_dir():
        raise UsageError(
            f"out={out}: expected a file that ends in .png or .npz, or a folder, without an ending{_more()}"
        )
    if not out.parent.is_dir():
        raise UsageError(f"out={out}: the folder {out.parent} does not exist")
    if form in (None, "folder"):
        check_folder(out)
    most = LARGEST_SHEET if form == "sheet" else LARGEST_SET
    if count > most:
        hint = "; out=FILE.npz and out=FOLDER take more" if form == "sheet" else ""
        raise UsageError(f"count={count}: expected at most {most:,}{hint}")
    if sheet_for and form != "sheet":
        raise UsageError(f"{sheet_for} makes a sheet: expected a file that ends in .png, not {out}")
    return form or "folder"


def _plan(experiment: Experiment, given: Mapping[str, Numbers] | None, walk: str | None) -> Plan:
    """The plan of the network whose inputs are given or walked along. Raises `UsageError` where there are several."""
    if (given or walk) and len(experiment.sampled) > 1:
        names = " and ".join(experiment.sampled)
        word = f"walk={walk}" if walk else f"given={next(iter(given or {}))}"
        raise UsageError(f"{word}: {names} take turns: choose one with network={experiment.sampled[0]}")
    return experiment.plans[experiment.sampler_network]


def _check_choice(experiment: Experiment, form: str, count: int, pictures: Path | None) -> None:
    """Raise `UsageError` for networks that cannot make what is asked for, and for more than fits into memory."""
    names = experiment.sampled
    reads = [name for name in names if data_input(experiment.plans[name])]
    if pictures is not None and not reads:
        raise UsageError(f"pictures={pictures}: the network '{names[0]}' starts from latents and reads no pictures")
    if len(reads) > 1 and (form != "sheet" or pictures is not None):
        raise UsageError(f"{' and '.join(reads)} translate in different directions: choose one with network={reads[0]}")
    needed = 3 * count * int(np.prod(experiment.sample_shape)) * np.dtype(experiment.training.dtype).itemsize
    check_memory(f"count={count}: samples of {list(experiment.sample_shape)}", needed)


def _own_pictures(sampler: Sampler, path: Path) -> tuple[list[str], Dataset]:
    """The names of a user's pictures, and the pictures as the sampling network reads them."""
    experiment, dataset = sampler.experiment, sampler.dataset
    plan = experiment.plans[experiment.sampler_network]
    spec = plan.inputs[data_input(plan) or ""]
    if spec.field:
        return read_pictures(path, experiment.data, dataset, second=False, shape=spec.shape)
    domain = input_domain(experiment, dataset, experiment.sampler_network)
    return read_pictures(path, experiment.data, domain, second=domain is dataset.second_domain)


def _inputs(sampler: Sampler, pictures: Dataset) -> dict[str, np.ndarray]:
    network = sampler.experiment.sampler_network
    inputs = sampler.sampling_inputs(network, len(pictures), "pictures", None)
    name = data_input(sampler.experiment.plans[network]) or ""
    return inputs | {name: pictures.take(np.arange(len(pictures)), sampler.dtype)}


def _translated(sampler: Sampler, pictures: Dataset) -> np.ndarray:
    return sampler.generate(sampler.experiment.sampler_network, _inputs(sampler, pictures))


def _sheet(
    sampler: Sampler,
    count: int,
    label: int | None,
    interpolate: bool,
    seed: int,
    own: tuple[list[str], Dataset] | None,
) -> tuple[np.ndarray, int]:
    """Return the samples of a sheet, and its columns."""
    columns = min(count, 8 if count < 100 else 10)
    labels = None if label is None else np.full(count, label)
    if interpolate:
        return interpolated(sampler, count, columns, labels, seed), columns
    if not sampler.shows_translations:
        classes = sampled_classes(sampler.experiment)
        if label is None and classes is not None and classes <= count:
            columns = count // classes
            labels = np.repeat(np.arange(classes), columns)
        return sampler.sample(count if labels is None else len(labels), f"sample {seed}", labels), columns
    if own:
        network = sampler.experiment.sampler_network  # the only one, as was checked
        known = placed_alike(sampler, network, count)
        inputs = _inputs(sampler, own[1])
        return np.concatenate([*translated(sampler, network, inputs, columns, known, f"sample {seed}", label)]), columns
    rows: list[np.ndarray] = []
    for network, _, inputs, stream in sampler.turns(count, f"sample {seed}", labels):
        known = sampler.beside(network, len(next(iter(inputs.values()))), stream)
        rows += translated(sampler, network, inputs, columns, known, stream, label)
    return np.concatenate(rows), columns


def walked(sampler: Sampler, walk: Walk, count: int, label: int | None, seed: int) -> tuple[np.ndarray, int]:
    """Return samples [rows · columns, *shape] whose columns walk along a number of a latent, and the columns.

    Each row keeps its other inputs: its class is the row's number modulo the classes, or `label`, and what is drawn is
    the row's own. A sheet has a row for each class and `count` samples in all, or 8 columns and more.
    """
    network = sampler.experiment.sampler_network
    classes = sampled_classes(sampler.experiment) if label is None else None
    rows = classes or max(1, count // WALK_COLUMNS)
    columns = max(2, count // rows)
    labels = np.arange(rows) if label is None else np.full(rows, label)
    inputs = sampler.sampling_inputs(network, rows, f"walk {seed}", labels)
    plan = sampler.experiment.plans[network]
    return sampler.generate(network, walked_inputs(plan, walk, inputs, columns)), columns
