"""What `import gan_core` brings: every public name is there, and every option of a public function has one."""

import inspect

import pytest

import gan_core
from gan_core.evaluation.class_balance import class_balance
from gan_core.evaluation.evaluate import evaluate

FUNCTIONS = [
    *(gan_core.train, gan_core.resume, gan_core.compare, gan_core.load_experiment, gan_core.load_backend),
    *(gan_core.Run.sample, gan_core.Run.evaluate, gan_core.Run.report, gan_core.report, evaluate, class_balance),
]


@pytest.mark.parametrize("name", gan_core.__all__)
def test_a_public_name_is_there(name):
    assert getattr(gan_core, name).__name__ == name
    assert name in dir(gan_core)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_every_option_of_a_public_function_has_a_name(function):
    """So that an editor can complete it."""
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}

    assert inspect.Parameter.VAR_KEYWORD not in kinds


def test_a_run_evaluates_with_the_options_of_evaluate():
    """The same names and defaults, but for the run itself and who is told."""
    face, below = (dict(inspect.signature(one).parameters) for one in (gan_core.Run.evaluate, evaluate))
    for parameters in (face, below):
        for name in ("self", "run", "tell"):
            parameters.pop(name, None)

    assert {name: one.default for name, one in face.items()} == {name: one.default for name, one in below.items()}
