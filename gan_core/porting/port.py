"""`gan port`: two networks of a user's script become a run that stands at step 0, with their weights."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.contract.backend import Backend
from gan_core.contract.foreign_networks import ForeignNetwork, Given
from gan_core.contract.loading import framework_modules, load_backend
from gan_core.contract.user_places import noting_where_made
from gan_core.errors import GanError, SpecError, UsageError, WriteError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.files.name_maps import read_name_map
from gan_core.plans.plans import Plan
from gan_core.porting.experiments import Wanted, experiment_of
from gan_core.porting.first_values import with_initializers
from gan_core.porting.networks import Difference, difference, mapping, read_input, read_with
from gan_core.porting.resizing import resizing_of
from gan_core.porting.scripts import Script, read_script, run_script
from gan_core.porting.weight_files import NAMES, files_of, load_weights
from gan_core.presets.loading import Changes, load_experiment, read_changes
from gan_core.printing import Tell, say
from gan_core.runs.unused_folder import check_unused
from gan_core.sessions.beginnings import starting_state
from gan_core.sessions.weight_exchange import file_sum, first_run


@dataclass(frozen=True, kw_only=True)
class PortedNetwork:
    """What came of one network: its plan, a line for each array, and how far it parts from the module."""

    plan: Plan
    mapping: Sequence[str]
    difference: Difference


@dataclass(frozen=True, kw_only=True)
class Ported:
    """What `port` wrote: the run's folder, its experiment and framework, the networks, and remarks."""

    path: Path
    backend: str
    experiment: Experiment
    networks: Mapping[str, PortedNetwork]
    remarks: Sequence[str]


def port(
    generator: str,
    discriminator: str,
    out: str | Path,
    *,
    inputs: Sequence[str] = (),
    weights: Sequence[str | Path] = (),
    key: Sequence[str] = (),
    match: str | None = None,
    name_map: Sequence[str | Path] = (),
    arguments: str = "",
    backend: str | None = None,
    wanted: Wanted | None = None,
    changes: Changes | None = None,
    tell: Tell = say,
) -> Ported:
    """Read two networks of a script back, and write a new run directory that stands at step 0 with their weights.

    Of the script runs what the networks need (`gan_core.porting.needed`), and `tell` is told so before. `gan train`
    takes ``experiment.toml`` in the folder, `gan resume` and ``from_run`` the weights too, on every framework.
    generator, discriminator: ``SCRIPT.py:EXPRESSION``, as "dcgan.py:Generator" or "dcgan.py:Generator(100, width=64)".
    inputs: the shapes of the generator's, as "100", "3,64,64", "label:10", each by its name, "z=100", where the order
    does not say which; the discriminator's follow from what the generator makes. weights: the generator's file and the
    discriminator's, or one with both; without them the modules' own. key: the table in each file. match: "names" or
    "order"; by default by names, and in order where names do not fit. name_map: for each file a TOML table of names in
    it and the module's names. arguments: of the script's command line.
    backend: the framework's name, by default by what the script imports. changes: as for `train`.
    Raises `UsageError` in one line; nothing is written then.
    """
    out, wanted = Path(out), wanted or Wanted()
    if out.exists():
        check_unused(out)
    scripts = _scripts({"generator": generator, "discriminator": discriminator})
    name = backend or _framework([script for script, _ in scripts.values()])
    native = load_backend(name)
    modules = _modules(scripts, arguments, native, tell)
    foreign = _read(native, modules, [_named_input(text) for text in inputs])
    files, maps = files_of(weights, key), dict(zip(NAMES, name_map, strict=False))
    networks, remarks, values, ported = {}, list[str](), {}, {}
    for role, one in foreign.items():
        plan = one.plan(role)
        networks[role], unknown = with_initializers(one.network, plan, one.values())
        if unknown:
            remarks.append(
                f"{role}: how {', '.join(unknown[:3])}{' …' if unknown[3:] else ''} was drawn cannot be told from its "
                "values; a fresh start uses the library's defaults"
            )
        if role in files:
            renamed = read_name_map(Path(maps[role])) if role in maps else {}
            load_weights(native, plan, one, *files[role], match=match, renamed=renamed, tell=tell)
        values[role] = one.values()
        ported[role] = PortedNetwork(plan=plan, mapping=mapping(plan, one), difference=difference(native, plan, one))
        remarks += [f"{role}: {remark}" for remark in one.remarks]
    wanted = dataclasses.replace(wanted, resizing=wanted.resizing or resizing_of(scripts["generator"][0].tree))
    made, more = experiment_of(_plain_name(scripts["generator"][0].path.stem), networks, wanted)
    experiment = load_experiment(with_changes(made, read_changes(changes)))
    sources = {role: files[role][0] if role in files else script.path for role, (script, _) in scripts.items()}
    _write(experiment, name, out, values, sources)
    return Ported(path=out, backend=name, experiment=experiment, networks=ported, remarks=[*remarks, *more])


def _scripts(named: Mapping[str, str]) -> dict[str, tuple[Script, str]]:
    """Each network's script and expression; two networks of one script share it."""
    places: dict[str, tuple[Path, str]] = {}
    for role, text in named.items():
        path, colon, expression = text.partition(".py:")
        if not colon or not expression:
            raise UsageError(f"{text}: expected SCRIPT.py:NAME, as dcgan.py:Generator")
        places[role] = (Path(f"{path}.py"), expression)
    read = {
        path: read_script(path, [expression for other, expression in places.values() if other == path])
        for path, _ in places.values()
    }
    return {role: (read[path], expression) for role, (path, expression) in places.items()}


def _framework(scripts: Sequence[Script]) -> str:
    """The backend whose framework the scripts import. Raises `UsageError` where none or several are."""
    known = framework_modules()
    found = {known[module]: module for script in scripts for module in script.imports_of(known)}
    if len(found) != 1:
        what = f"imports {' and '.join(found.values())}" if found else f"imports none of {', '.join(known)}"
        raise UsageError(f"{scripts[0].path} {what}: name the framework with backend=NAME")
    return next(iter(found))


def _modules(
    scripts: Mapping[str, tuple[Script, str]], arguments: str, native: Backend, tell: Tell
) -> dict[str, tuple[str, Any]]:
    """Each network's expression and the module that it is; a class or a function is called without arguments."""
    made: dict[Path, dict[str, Any]] = {}
    for script, _ in scripts.values():
        if script.path not in made:
            tell(script.sentence)
            made[script.path] = run_script(script, arguments, noting_where_made(native.module_type))
    modules = {}
    for role, (script, expression) in scripts.items():
        value = made[script.path][expression]
        if callable(value) and not isinstance(value, native.module_type):
            try:
                with noting_where_made(native.module_type):
                    value = value()
            except Exception as error:
                raise UsageError(
                    f"{expression} cannot be made without arguments ({type(error).__name__}: {str(error)[:200]}): give "
                    f"them, as {script.path}:{expression}(100)"
                ) from error
        modules[role] = (expression, value)
    return modules


def _named_input(text: str) -> tuple[str, Given]:
    name, equals, shape = text.rpartition("=")
    return (name if equals else "", read_input(shape))


def _read(
    native: Backend, modules: Mapping[str, tuple[str, Any]], inputs: Sequence[tuple[str, Given]]
) -> dict[str, ForeignNetwork]:
    """Both networks; the discriminator reads what the generator makes."""
    word, module = modules["generator"]
    with _named("generator", word):
        known = _input_names(native, module)
        mine = [(name, given) for name, given in inputs if not name or name in known or not known]
        generator = read_with(native, module, {name or str(at): given for at, (name, given) in enumerate(mine)})
    word, module = modules["discriminator"]
    with _named("discriminator", word):
        others = {name: given for name, given in inputs if name and (name, given) not in mine}
        discriminator = _judge(native, module, generator, others)
    return {"generator": generator, "discriminator": discriminator}


def _input_names(native: Backend, module: Any) -> tuple[str, ...]:
    return native.input_names(module) if isinstance(module, native.module_type) else ()


def _judge(native: Backend, module: Any, generator: ForeignNetwork, named: Mapping[str, Given]) -> ForeignNetwork:
    """The discriminator, whose inputs are the first of these that it takes: none said, a sample, a sample and more."""
    sample = Given(kind="data", shape=next(iter(generator.outputs.values())))
    label = next((given for given in generator.network.inputs.values() if given.kind == "label"), None)
    more = Given(kind="label", shape=(), classes=label.classes) if label else sample
    names = [name for name in _input_names(native, module) if name not in named]
    tried: list[list[Given]] = [[sample]] if len(names) < 2 else [list(one) for one in permutations([sample, more], 2)]
    if named or not names:
        tried = [[sample] * len(names)]
    told_by_name = [("label" in name.lower() or "class" in name.lower()) for name in names]
    tried.sort(key=lambda kinds: [one.kind == "label" for one in kinds] != told_by_name[: len(kinds)])
    failure: SpecError | None = None
    for kinds in [[], *tried]:
        given = dict(zip(names, kinds, strict=False)) | dict(named)
        try:
            return read_with(native, module, given)
        except SpecError as error:
            failure = error if failure is None or not failure_counts(failure) or kinds == tried[0] else failure
    assert failure is not None
    raise failure


def failure_counts(failure: SpecError) -> bool:
    """Return whether a failure is of the network itself, and not of the number of inputs that were tried."""
    return "inputs" not in str(failure).partition(":")[0]


class _named:  # noqa: N801  (used as a function)
    """Within the block, errors name the network that they are of."""

    def __init__(self, role: str, word: str) -> None:
        self.place = f"{role} {word}"

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, GanError):
            raise type(error)(f"{self.place}: {error}") from error.__cause__


def _plain_name(stem: str) -> str:
    return re.sub(r"[^a-z0-9_.-]", "-", stem.lower()).strip("-._")[:64] or "ported"


def _write(
    experiment: Experiment,
    backend: str,
    out: Path,
    values: Mapping[str, Mapping[str, np.ndarray]],
    sources: Mapping[str, Path],
) -> None:
    """Write the run; sources: the file that each network's values came from."""
    state, dtype = starting_state(experiment), np.dtype(experiment.training.dtype)
    networks = {role: {name: value.astype(dtype) for name, value in one.items()} for role, one in values.items()}
    notes = [
        {"step": 0, "network": role, "file": str(file), "sha256": file_sum(file)} for role, file in sources.items()
    ]
    try:
        first_run(experiment, backend, out, dataclasses.replace(state, networks={**state.networks, **networks}), notes)
    except OSError as error:
        raise WriteError(f"{out} could not be written: {error.strerror}") from None
