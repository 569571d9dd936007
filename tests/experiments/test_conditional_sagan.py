"""`examples/conditional_sagan.toml`, short enough to read at once, is the experiment of the Python file beside it."""

from pathlib import Path

from gan_core.experiments.cost import step_multiply_adds
from gan_core.experiments.files import read_experiment
from gan_core.specs.blocks import SelfAttention
from loaded_files import loaded

FOLDER = Path(__file__).parents[2] / "examples"


def test_the_file_is_short_and_says_what_python_says():
    module = loaded("examples/conditional_sagan.py")
    made = read_experiment(FOLDER / "conditional_sagan.toml")

    assert len((FOLDER / "conditional_sagan.toml").read_text(encoding="utf-8").splitlines()) <= 40
    assert made.networks == module.experiment.networks
    assert made == module.experiment


def test_it_is_told_the_class_and_attends_in_both_networks():
    made = read_experiment(FOLDER / "conditional_sagan.toml")

    assert made.sample_shape == (3, 32, 32)
    assert all(plan.inputs["label"].classes == 10 for plan in made.plans.values())
    assert all(any(isinstance(layer, SelfAttention) for layer in net.layers) for net in made.networks.values())
    (generator,) = (plan for name, plan in made.plans.items() if name == "generator")
    assert (step_multiply_adds(made) or 0) > 5e11  # both objectives were evaluated, on arrays of shapes alone
    attended = {node.name: node.plan.output_shape for node in generator.nodes}["self_attention_1"]
    assert attended == (256, 16, 16)
