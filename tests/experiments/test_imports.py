"""Modules that an experiment imports: which run, when, who has to allow it, and what is said where one cannot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gan_core.errors import GanError, SpecError, UsageError
from gan_core.experiments import imports, running_modules, user_modules
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import read_experiment, to_toml, with_changes
from gan_core.objectives.losses import LOSSES
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.runs.directory import RunDirectory
from gan_core.runs.kept_imports import keep_imports
from gan_core.runs.opened import OpenedRun
from gan_core.specs import layers as L
from gan_core.specs.registry import forget_words_of

LAYER = """
from gan_core.plans.layer_plans import LayerPlan
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs.layers import LayerSpec


class Wavelet(LayerSpec, frozen=True, kw_only=True):
    pass


@plan_layer.register
def _plan(layer: Wavelet, shapes):
    return LayerPlan(output_shape=shapes[0])
"""
LOSS = """
from gan_core.objectives.losses import LOSSES


@LOSSES.register("own_loss")
class OwnLoss:
    @staticmethod
    def discriminator(ops, real, fake):
        return fake - real

    @staticmethod
    def generator(ops, real, fake):
        return -fake
"""


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """What runs in a test is forgotten after it; nothing that the user has trained with is trusted."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = dict(running_modules.RAN)
    yield
    forget(before)


def forget(before=()):
    """Forget what has run, as a new process would."""
    for name in [name for name in running_modules.RAN if name not in before]:
        module = running_modules.MODULES.pop(name, None)
        sys.modules.pop(user_modules.PREFIX + name, None)
        forget_words_of(module.__name__ if module else name)
        del running_modules.RAN[name]


def written(folder: Path, *names: str, layer: str = "wavelet", loss: str = "non_saturating", **sources: str) -> Path:
    """Write an experiment that imports modules, and the modules; return the experiment's file."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    plain = (
        to_toml(preset("digits-mlp")).replace('type = "leaky_relu"', f'type = "{layer}"').replace("slope = 0.2\n", "")
    )
    plain = plain.replace('loss = "non_saturating"', f'loss = "{loss}"')
    text = plain.replace('name = "digits-mlp"', f'name = "digits-mlp"\nimports = {json.dumps(names)}')
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return folder / "mine.toml"


def words(experiment: Experiment) -> set[str]:
    return {type(layer).__name__ for network in experiment.networks.values() for layer in network.layers}


def refused(path: Path, **options) -> str:
    """Return the line that refuses a file, of whose modules nothing stays."""
    tables = [*L.Layer.variants, *LOSSES]
    modules = set(sys.modules)
    line = line_on(path, **options)
    assert [*L.Layer.variants, *LOSSES] == tables
    assert not [name for name in set(sys.modules) - modules if name.startswith(user_modules.PREFIX)]
    return line


def line_on(path: Path, **options) -> str:
    """Return the line that refuses a file, whether or not its modules have run."""
    with pytest.raises(UsageError) as caught:
        read_experiment(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def kept(tmp_path: Path, path: Path) -> Path:
    """Return a run's directory of an experiment's file, as a training begins it, here opened by a stranger."""
    experiment = read_experiment(path)
    directory = RunDirectory.create(tmp_path / "run")
    content = {"backend": "torch", "history": []} | keep_imports(directory, experiment)
    directory.write_json("environment.json", content)
    directory.write_text("experiment.toml", to_toml(experiment))
    return directory.path


def by_a_stranger(tmp_path: Path, path: Path) -> Path:
    """Return the same as another user made it: this one has trained nothing."""
    run = kept(tmp_path, path)
    forget()
    (tmp_path / "cache" / "gan-core" / imports.TRUSTED).unlink()
    return run


# what runs


@pytest.mark.parametrize("name", ["my_layers", "my_layers.py"])
def test_a_file_beside_the_experiment_brings_its_words(tmp_path, name):
    assert "Wavelet" in words(read_experiment(written(tmp_path, name, my_layers=LAYER)))


def test_what_runs_is_said_in_a_line_with_its_sum(tmp_path):
    said = []
    path = written(tmp_path, "my_layers", my_layers=LAYER)
    read_experiment(path, tell=said.append)
    (line,) = said
    assert line.startswith(f"gan: runs {tmp_path / 'my_layers.py'} (sha256 ")


def test_files_side_by_side_import_each_other_by_their_plain_names(tmp_path):
    path = written(tmp_path, "my_losses", my_losses="import my_layers\nKIND = my_layers.Wavelet\n", my_layers=LAYER)
    experiment = read_experiment(path)
    assert "Wavelet" in words(experiment)
    assert [module.name for module in imports.modules_of(experiment.imports)] == ["my_losses", "my_layers"]


def test_a_file_hides_no_package_of_its_name(tmp_path):
    """Files called as packages are: the packages stay what they are, for everybody but their neighbours."""
    read_experiment(written(tmp_path, "my_layers", "json", my_layers=LAYER, json="import json\nloads = json.loads\n"))
    assert sys.modules["json"] is json
    assert json.loads("[1]") == [1]


def test_a_neighbour_that_nothing_imports_does_not_run(tmp_path):
    read_experiment(written(tmp_path, "my_layers", my_layers=LAYER, other="raise RuntimeError\n"))
    assert set(running_modules.RAN) & {"other"} == set()


def test_a_module_runs_once(tmp_path):
    path = written(tmp_path, "my_layers", my_layers=LAYER)
    read_experiment(path)
    kind = L.Layer.variants["wavelet"]
    read_experiment(path)
    assert L.Layer.variants["wavelet"] is kind


def test_a_module_that_the_program_has_imported_does_not_run_again(tmp_path, monkeypatch):
    path = written(tmp_path, "my_losses", layer="elu", loss="own_loss", my_losses=LOSS)
    monkeypatch.syspath_prepend(str(tmp_path))
    import my_losses

    try:
        read_experiment(path)
        assert LOSSES["own_loss"].generator is my_losses.OwnLoss.generator
    finally:
        del sys.modules["my_losses"]


def test_an_installed_module_is_recorded_by_name_version_and_sum(tmp_path):
    experiment = read_experiment(written(tmp_path, "tomli_w", layer="elu"))
    (module,) = imports.modules_of(experiment.imports)
    assert set(module.record) == {"module", "sha256", "version"}
    assert module.record["module"] == "tomli_w"


def test_a_file_on_the_path_that_is_not_installed_is_kept_as_a_file(tmp_path, monkeypatch):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "far_losses.py").write_text(LOSS)
    monkeypatch.syspath_prepend(str(folder))
    experiment = read_experiment(written(tmp_path, "far_losses", layer="elu", loss="own_loss"))
    (module,) = imports.modules_of(experiment.imports)
    assert module.record["file"] == "imports/far_losses.py"


def test_an_experiment_from_python_has_its_modules_run_from_this_folder(tmp_path, monkeypatch):
    (tmp_path / "my_losses.py").write_text(LOSS)
    monkeypatch.chdir(tmp_path)
    assert [module.name for module in imports.modules_of(("my_losses",))] == ["my_losses"]
    assert "own_loss" in LOSSES


def test_a_change_of_imports_brings_the_words_of_other_changes(tmp_path, monkeypatch):
    (tmp_path / "my_losses.py").write_text(LOSS)
    monkeypatch.chdir(tmp_path)
    changes = ['imports=["my_losses"]', "phases.discriminator.objective.loss=own_loss"]
    made = load_experiment("digits-mlp", [*changes, "phases.generator.objective.loss=own_loss"])
    assert made.imports == ("my_losses",)


def test_a_preset_of_a_users_own_can_be_named(tmp_path, monkeypatch):
    source = (
        "from gan_core.presets import PRESETS, preset\n"
        "@PRESETS.register('my-preset')\n"
        "def my_preset(width=1.0):\n"
        "    return preset('digits-mlp')\n"
    )
    (tmp_path / "my_presets.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    assert load_experiment("my-preset", ['imports=["my_presets"]']).name == "digits-mlp"


def test_a_file_without_imports_is_what_it_was():
    assert "imports" not in to_toml(preset("digits-mlp"))


def test_imports_go_to_a_file_and_back(tmp_path):
    experiment = read_experiment(written(tmp_path, "my_layers.py", my_layers=LAYER))
    assert 'imports = [\n    "my_layers.py",\n]' in to_toml(experiment)


# who allows it


def test_a_run_of_ones_own_opens_without_a_question(tmp_path):
    run = kept(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    forget()
    assert "Wavelet" in words(OpenedRun(run).experiment)


def test_a_run_keeps_a_copy_that_needs_the_original_no_more(tmp_path):
    path = written(tmp_path, "my_losses", my_losses="from my_layers import Wavelet\n", my_layers=LAYER)
    run = kept(tmp_path, path)
    forget()
    for file in tmp_path.glob("*.py"):
        file.unlink()
    assert sorted(file.name for file in (run / "imports").iterdir()) == ["my_layers.py", "my_losses.py"]
    assert "Wavelet" in words(OpenedRun(run).experiment)


def test_a_strangers_run_is_refused_with_what_would_run(tmp_path):
    run = by_a_stranger(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    with pytest.raises(UsageError, match=r"would run .*imports/my_layers\.py \(sha256 [0-9a-f]{8}…\).*allow_imports"):
        OpenedRun(run)
    assert "wavelet" not in L.Layer.variants


@pytest.mark.parametrize("way", ["folder", "file"])
def test_a_strangers_run_is_refused_as_an_experiment_too(tmp_path, way):
    run = by_a_stranger(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    assert "allow_imports=True" in refused(run if way == "folder" else run / "experiment.toml")


def test_a_strangers_folder_without_a_record_is_refused(tmp_path):
    run = by_a_stranger(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    (run / "environment.json").unlink()
    (run / "my_layers.py").write_text(LAYER)
    assert "allow_imports=True" in refused(run)


def test_a_strangers_run_opens_where_it_is_allowed(tmp_path):
    run = by_a_stranger(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    assert "Wavelet" in words(OpenedRun(run, allow_imports=True).experiment)


def test_an_installed_module_of_a_strangers_run_is_not_imported(tmp_path):
    run = by_a_stranger(tmp_path, written(tmp_path, "tomli_w", layer="elu"))
    with pytest.raises(UsageError, match="would run the installed module tomli_w"):
        OpenedRun(run)


def test_a_file_that_is_only_shown_runs_nothing(tmp_path):
    path = written(tmp_path, "my_layers", my_layers=LAYER)
    assert "allow_imports=True" in refused(path, allow_imports=False)


def test_a_copy_that_was_changed_is_refused(tmp_path):
    run = kept(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    forget()
    (run / "imports" / "my_layers.py").write_text(LAYER + "\n")
    with pytest.raises(UsageError, match=r"my_layers\.py is not the module that the run was trained with: restore it"):
        OpenedRun(run, allow_imports=True)


def test_a_copy_that_is_a_link_is_refused(tmp_path):
    run = kept(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    forget()
    (run / "imports" / "my_layers.py").unlink()
    (run / "imports" / "my_layers.py").symlink_to(tmp_path / "my_layers.py")
    with pytest.raises(UsageError, match="is a link"):
        OpenedRun(run, allow_imports=True)


@pytest.mark.parametrize(
    "record",
    [
        {"module": "../my_layers", "sha256": "0" * 64, "file": "imports/my_layers.py"},
        {"module": "my_layers", "sha256": "0" * 64, "file": "/etc/passwd"},
        {"module": "my_layers", "sha256": "short", "file": "imports/my_layers.py"},
        {"module": "my_layers", "file": "imports/my_layers.py"},
        {"module": 3, "sha256": "0" * 64},
    ],
)
def test_a_record_that_no_training_wrote_is_refused(tmp_path, record):
    run = kept(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    forget()
    content = json.loads((run / "environment.json").read_text()) | {"imports": [record]}
    (run / "environment.json").write_text(json.dumps(content))
    with pytest.raises(UsageError, match="damaged"):
        OpenedRun(run, allow_imports=True)


def test_a_run_without_a_record_of_its_module_is_refused(tmp_path):
    run = kept(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    forget()
    (run / "environment.json").write_text('{"format": 1, "backend": "torch"}')
    with pytest.raises(UsageError, match="says nothing of the module 'my_layers'"):
        OpenedRun(run, allow_imports=True)


def test_an_installed_module_that_changed_is_a_note(tmp_path):
    run = kept(tmp_path, written(tmp_path, "tomli_w", layer="elu"))
    content = json.loads((run / "environment.json").read_text())
    content["imports"][0] |= {"sha256": "0" * 64, "version": "0.1"}
    (run / "environment.json").write_text(json.dumps(content))
    forget()
    said = []
    read_experiment(run, tell=said.append)
    assert any(
        "the installed module tomli_w has changed since the run was trained (version 0.1 then" in s for s in said
    )


def test_two_versions_of_a_module_do_not_share_a_process(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    read_experiment(written(one, "my_layers", my_layers=LAYER))
    with pytest.raises(UsageError, match=r"another version of .*one/my_layers\.py .*start a new one"):
        read_experiment(written(other, "my_layers", my_layers=LAYER + "\n"))


# what cannot run


@pytest.mark.parametrize(
    "name",
    ["../my_layers", "/my_layers.py", "folder/my_layers.py", "my layers", "", "a.b.py", ".", "my_layers.py\n"],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    line = refused(written(tmp_path, name, layer="elu"))
    assert "experiment.imports: expected the name of a module, as my_layers, or of a file beside the experiment" in line


def test_a_name_that_leads_elsewhere_is_refused_in_python():
    with pytest.raises(SpecError, match=r"experiment\.imports: expected the name of a module"):
        with_changes(preset("digits-mlp"), {"imports": ["../my_layers"]})


def test_imports_that_are_no_list_are_refused(tmp_path):
    path = written(tmp_path, layer="elu")
    path.write_text(path.read_text().replace("imports = []", 'imports = "my_layers"'))
    assert "experiment.imports: expected a list of modules" in refused(path)


def test_a_missing_module_is_said_with_where_it_was_looked_for(tmp_path):
    line = refused(written(tmp_path, "my_layers"))
    assert f"there is no file {tmp_path / 'my_layers'}.py, and no module of that name on Python's path" in line


def test_a_missing_file_is_not_looked_for_on_the_path(tmp_path):
    assert refused(written(tmp_path, "tomli_w.py")).endswith(f"there is no file {tmp_path / 'tomli_w'}.py")


def test_a_missing_module_of_a_package_is_one_line(tmp_path):
    assert "the installed module no_such.part: ModuleNotFoundError" in refused(written(tmp_path, "no_such.part"))


FAULTS = {
    "raises": (LAYER + "\n1 / 0\n", "line 15: ZeroDivisionError: division by zero"),
    "lacks": ("import no_such_package\n", "line 1: ModuleNotFoundError: No module named 'no_such_package'"),
    "no_python": ("def wave(:\n", "line 1: SyntaxError: invalid syntax"),
    "zeros": ("x = 1\0\n", "source code string cannot contain null bytes"),
    "ends": ("import sys\nsys.exit(0)\n", "line 2: SystemExit: 0"),
    "shadows": (LAYER.replace("Wavelet", "Conv"), "line 7: the layer 'conv' exists already, in gan_core.specs"),
    "shadows_a_loss": (LOSS.replace("own_loss", "hinge"), "the loss 'hinge' exists already, in gan_core.objectives"),
    "half_a_loss": (LOSS.replace("def generator", "def other"), "the loss OwnLoss lacks the function generator"),
    "relative": ("from .my_layers import Wavelet\n", "line 1: ImportError: attempted relative import"),
    "own_error": ("class E(Exception): pass\nraise E('a\\nb')\n", "line 2: E: a b"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_module_that_cannot_run_is_one_line_with_its_place(tmp_path, fault):
    source, expected = FAULTS[fault]
    line = refused(written(tmp_path, fault, **{fault: source}))
    assert f"{tmp_path / fault}.py" in line
    assert expected in line


def test_a_neighbour_that_raises_is_named(tmp_path):
    line = refused(
        written(tmp_path, "my_losses", my_losses=LOSS + "import my_layers\n", my_layers="x = 1\nraise OSError\n")
    )
    assert f"{tmp_path / 'my_layers.py'}, line 2: OSError: OSError" in line


def test_a_module_that_was_mended_runs(tmp_path):
    path = written(tmp_path, "my_layers", my_layers=LAYER + "\n1 / 0\n")
    refused(path)
    (tmp_path / "my_layers.py").write_text(LAYER)
    assert "Wavelet" in words(read_experiment(path))


def test_a_base_named_in_a_file_is_refused(tmp_path):
    source = LAYER.replace("    pass", "    is_base = True")
    line = line_on(written(tmp_path, "my_layers", my_layers=source))
    assert "unknown layer 'wavelet', a base for others; expected one of: add, " in line


def test_an_experiment_of_a_newer_format_runs_nothing(tmp_path):
    path = written(tmp_path, "my_layers", my_layers="raise RuntimeError\n")
    path.write_text(path.read_text().replace("format = 1", "format = 99"))
    assert "format 99" in refused(path)


def test_an_unknown_word_says_that_a_module_may_be_missing(tmp_path):
    line = line_on(written(tmp_path, "my_layers", layer="zzz", my_layers=LAYER))
    assert "unknown layer 'zzz'; expected one of:" in line
    assert 'for a word of your own, name its module in the experiment, as  imports = ["my_module"]' in line


def test_a_module_that_cannot_run_leaves_no_run_behind(tmp_path):
    path = written(tmp_path, "my_layers", my_layers="1 / 0\n")
    command = [
        sys.executable,
        "-m",
        "gan_core",
        "train",
        str(path),
        "--backend",
        "torch",
        "--out",
        str(tmp_path / "run"),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": os.getcwd()}
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("my_layers.py, line 1: ZeroDivisionError: division by zero")
    assert not (tmp_path / "run").exists()


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    """The run is made; its modules are asked for another time."""
    (tmp_path / "cache").write_text("a file where a folder should be")
    run = kept(tmp_path, written(tmp_path, "my_layers", my_layers=LAYER))
    forget()
    with pytest.raises(GanError, match="allow_imports=True"):
        OpenedRun(run)
