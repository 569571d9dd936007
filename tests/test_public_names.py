"""What `import gan_core` brings: every public name is there, and every option of a public function has one."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

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


def public_functions() -> dict[str, Callable[..., Any]]:
    """Every function of `gan_core.__all__`, and every method of its classes that the library defines, by name."""
    found: dict[str, Callable[..., Any]] = {}
    for name in gan_core.__all__:
        face = getattr(gan_core, name)
        if not inspect.isclass(face):
            found[name] = face
            continue
        for kind in face.__mro__:
            if not kind.__module__.startswith("gan_core."):
                continue
            for key, member in vars(kind).items():
                function = member.fget if isinstance(member, property) else getattr(member, "func", member)
                function = getattr(function, "__func__", function)
                if inspect.isfunction(function) and not key.startswith("_"):
                    found.setdefault(f"{name}.{key}", function)
    return found


PUBLIC = public_functions()


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_function_has_all_its_types(name):
    """An editor completes by them, and a type checker reads them, since the package says that it is typed."""
    parameters = inspect.signature(PUBLIC[name]).parameters.values()
    untyped = [one.name for one in parameters if one.annotation is one.empty and one.name not in ("self", "cls")]

    assert untyped == []
    assert inspect.signature(PUBLIC[name]).return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_function_says_what_its_arguments_are(name):
    """By name in its docstring, or in that of the function that it says has the same ones."""
    text = PUBLIC[name].__doc__ or ""
    named = set(re.findall(r"[a-z_]+", text)) | {word for other in others_named_in(text) for word in other}
    parameters = [one for one in inspect.signature(PUBLIC[name]).parameters if one not in ("self", "cls")]

    assert [one for one in parameters if one not in named] == []


def others_named_in(text: str) -> Iterator[set[str]]:
    """The words of the docstrings of functions that one names: `gan_core.x.y`, or `name` among the public ones."""
    for word in re.findall(r"`([\w.]+)`", text):
        function = PUBLIC.get(word) or PUBLIC.get(f"Run.{word}")
        if function is None and word.startswith("gan_core."):
            module, _, last = word.rpartition(".")
            function = getattr(sys.modules.get(module), last, None)
        yield set(re.findall(r"[a-z_]+", getattr(function, "__doc__", None) or ""))
