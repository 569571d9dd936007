"""Programs that `gan code` writes: the same numbers as the library's training, and runnable by themselves."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from gan_core.errors import SpecError, UsageError
from gan_core.objectives.draws import Made
from gan_core.presets import PRESETS
from gan_core.presets.loading import load_experiment
from gan_core.programs.parts import drawn_text
from gan_core.programs.writing import write_program
from written_programs import largest_difference, random_dataset

# one for each thing that programs have: batch norm; dropout and a schedule; second derivatives and labels; spectral
# norm; shared samples; several heads and codes; an average; augmentations
FEW = (
    *(
        "mnist-mlp",
        "frog-dcgan",
        "mnist-cond-wgan-gp",
        "mnist-sngan",
        "mnist-lsgan",
        "mnist-infogan",
        "mnist-r1",
        "gan-ada",
    ),
)
SMALL = {
    "cyclegan": ("blocks=1", "size=32"),
    "cyclegan-colour": ("blocks=1",),
    "ctgan": ("batch=10",),
    # else no sample is changed; shifted ones have zeros, where Paddle's leaky ReLU has another derivative
    "gan-ada": tuple(f"networks.discriminator.layers.{place}.chance=0.7" for place in (0, 1, 3, 4, 5, 6)),
}
BOUND = 1e-12
# Adam divides a gradient by its own size: where that is rounding alone, it magnifies the last digits of every sum, as
# in these networks; stargan parts from itself by 2e-10 with one weight moved by one unit in its last place.
ABOVE = dict.fromkeys(
    (
        *("mnist-mlp", "mnist-wgan", "mnist-wgan-gp", "mnist-relativistic", "minibatch-discrimination", "mnist-pacgan"),
        *("mnist-began", "mnist-softmax-gan", "mnist-wgan-div", "mnist-infogan", "mnist-bigan", "bicyclegan", "ebgan"),
        *("mnist-semi-supervised", "mnist-infogan-script", "ctgan"),
    ),
    1e-10,
) | {"stargan": 5e-10}


@pytest.fixture(scope="module")
def adapter(name: str):
    return importlib.import_module(f"program_{name}")


def small(preset: str):
    """Return a preset at a small width, in float64, with a batch that its packs and generators divide."""
    changes = ["training.dtype=float64", *SMALL.get(preset, ())]
    if "width" in PRESETS.find(preset).parameters:
        changes.append("width=0.0625")
    experiment = load_experiment(preset, changes)
    large = experiment.training.batch_size > 16 and "multi" not in preset and "pac" not in preset
    return load_experiment(preset, [*changes, "training.batch_size=8"]) if large else experiment


def check(preset: str, backend64, adapter, folder: Path) -> None:
    experiment = small(preset)
    found = largest_difference(experiment, backend64, random_dataset(experiment), adapter, folder)
    assert found.value <= ABOVE.get(preset, BOUND), found


@pytest.mark.parametrize("preset", FEW)
def test_a_program_computes_the_numbers_of_the_training(preset: str, backend64, adapter, tmp_path: Path) -> None:
    check(preset, backend64, adapter, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset not in FEW])
def test_every_presets_program_computes_its_numbers(preset: str, backend64, adapter, tmp_path: Path) -> None:
    check(preset, backend64, adapter, tmp_path)


def run_alone(text: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process that cannot import this library."""
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    hidden = "import sys; sys.modules.update(dict.fromkeys(('gan_core', 'gan_backends', 'backends')))"
    started = f"{hidden}; import runpy; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-I", "-c", started, str(path), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("style", ["full", "tutorial"])
def test_a_program_runs_without_this_library_and_leaves_a_sheet(style: str, name: str, tmp_path: Path) -> None:
    program = write_program("digits-mlp", name, changes={"training.steps": 3, "logging.every_steps": 1}, style=style)

    done = run_alone(program.text, tmp_path, "--out", "out")

    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["1", "2", "3"]
    assert (tmp_path / "out" / "sheet-000003.png").is_file()


def test_a_program_goes_on_from_its_checkpoint(name: str, tmp_path: Path) -> None:
    program = write_program("digits-mlp", name, changes={"training.steps": 2, "logging.every_steps": 1})
    assert run_alone(program.text, tmp_path, "--out", "out").returncode == 0
    (checkpoint,) = [path for path in (tmp_path / "out").glob("checkpoint*") if path.suffix not in {".index", ".data"}]

    done = run_alone(program.text, tmp_path, "--out", "out", "--resume", str(checkpoint), "--steps", "4")

    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["3", "4"]


def test_lines_of_a_program_have_keys_that_hold_in_every_framework(name: str) -> None:
    program = write_program("mnist-mlp", name)

    keys = {line.key for section in program.sections for line in section.lines if line.key}

    assert {"generator.dense_1", "generator.batch_norm_3", "discriminator.dense_3", "discriminator_step.3"} <= keys


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_is_written_as_python(preset: str, name: str) -> None:
    program = write_program(preset, name)
    compile(program.text, preset, "exec")
    assert "gan_core" not in program.text
    assert max(len(line) for line in program.text.splitlines()) <= 120


def gan(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "gan_core", *words], capture_output=True, text=True, check=False)


def test_the_command_writes_a_file_and_refuses_one_that_is_there(name: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / "digits.py"

    first = gan("code", "digits-mlp", "--backend", name, "--out", str(path))
    second = gan("code", "digits-mlp", "--backend", name, "--out", str(path))

    assert (first.returncode, first.stdout.strip()) == (0, str(path))
    assert second.returncode == 2
    assert second.stderr.strip().endswith(f"{path} exists already; name another file with --out FILE, or remove it")


def test_data_that_are_not_there_are_named_in_the_program_which_says_so_when_it_runs(name: str, tmp_path: Path) -> None:
    program = write_program("dcgan-64", name, changes={"data.path": "/nowhere/faces"})

    done = run_alone(program.text, tmp_path)

    assert "/nowhere/faces" in program.text
    assert done.returncode == 1
    assert "/nowhere/faces" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_what_cannot_be_written_is_refused_by_name_before_anything_is(name: str) -> None:
    with pytest.raises(UsageError, match="style 'short': expected full or tutorial"):
        write_program("digits-mlp", name, style="short")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="a draw of the kind 'Made' cannot be written"):
        drawn_text(Made(make=lambda generator, count, _: generator.random(count)), load_experiment("digits-mlp"))
