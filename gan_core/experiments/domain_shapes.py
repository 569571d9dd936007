"""The shapes of samples of the data's domains, as far as the networks of an experiment tell them."""

from gan_core.experiments.experiment import Experiment
from gan_core.objectives.draws import Domain
from gan_core.plans.layer_plans import Shape
from gan_core.plans.plans import Plan


def data_input(plan: Plan) -> str | None:
    """Return the name of the input by which a network reads samples, or None for one that starts from latents."""
    return next((name for name, spec in plan.inputs.items() if spec.kind == "data"), None)


def domain_shapes(experiment: Experiment) -> dict[Domain, Shape]:
    """Return the shape of one sample of each domain of the data.

    Where no objective tells what a network translates, both are the shape of a generated sample.
    """
    shapes: dict[Domain, Shape] = {"first": experiment.sample_shape, "second": experiment.sample_shape}
    for phase in experiment.phases:
        for network, translation in phase.objective.translations().items():
            plan = experiment.plans[network]
            shapes[translation.makes] = plan.output_shape
            if input_name := data_input(plan):
                shapes[translation.reads] = plan.inputs[input_name].shape
    return shapes
