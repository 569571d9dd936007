"""The shapes of the data's domains, as far as the networks of an experiment tell them."""

from gan_core.experiments.experiment import Experiment
from gan_core.plans.plans import Plan
from gan_core.plans.shape_rules import Shape


def data_input(plan: Plan) -> str | None:
    """Return the input by which a network reads samples, or None for one that starts from latents."""
    return next((name for name, given in plan.inputs.items() if given.kind == "data"), None)


def domain_shapes(experiment: Experiment) -> dict[str, Shape]:
    """Return the shape of a sample of each domain, "real" and "other", as far as the networks tell."""
    shapes = {"real": experiment.sample_shape, "other": experiment.sample_shape}
    for phase in experiment.phases:
        for network, translation in phase.objective.translations().items():
            plan = experiment.plans[network]
            shapes[translation.makes] = plan.output_shape
            if read := data_input(plan):
                shapes[translation.reads] = plan.inputs[read].shape
    return shapes
