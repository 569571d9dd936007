"""Of a script runs what its networks need: no data are loaded, and nothing is trained."""

import ast

import pytest

from gan_core.porting.needed import bound_names, imported_modules, needed_statements

SCRIPT = """
import argparse, os
from torch import nn
import torchvision.datasets as datasets

os.makedirs("images")
parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=64)
opt = parser.parse_args()
if opt.size > 32:
    data = datasets.MNIST("data", download=True)
    depth = 4
else:
    depth = 3


def block(width):
    return [nn.Linear(width, width)] * depth


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        batch = 3
        self.net = nn.Sequential(*block(opt.size))


def weights_init(module):
    pass


generator = Generator()
generator.apply(weights_init)
loss = nn.BCELoss()
for epoch in range(100):
    for batch in data:
        generator.zero_grad()
        fake = generator(batch)
generator.train()
"""


def taken(*names: str) -> list[str]:
    return [ast.unparse(one) for one in needed_statements(ast.parse(SCRIPT), names)]


def test_a_class_needs_its_globals_and_theirs():
    text = "\n".join(taken("Generator"))

    for word in ("import argparse", "from torch import nn", "add_argument", "parse_args", "depth = 4", "def block"):
        assert word in text
    for word in ("makedirs", "torchvision", "MNIST", "import os", "generator = ", "BCELoss", "for epoch"):
        assert word not in text


def test_an_instance_is_initialised_and_not_trained():
    text = "\n".join(taken("generator"))

    assert "generator.apply(weights_init)" in text
    assert "def weights_init" in text
    assert "zero_grad" not in text
    assert "generator.train()" not in text


def test_a_local_name_is_not_taken_for_a_global_one():
    assert not any("batch in data" in one for one in taken("Generator"))


def test_lines_stay_where_they_were():
    statements = needed_statements(ast.parse(SCRIPT), ["Generator"])
    (made,) = [one for one in statements if isinstance(one, ast.ClassDef)]

    assert SCRIPT.splitlines()[made.lineno - 1].startswith("class Generator")


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("G = make(); init_weights(G)", True),
        ("G = make(); show(G)", False),
        ("G = []; G.append(3)", True),
        ("G = make(); G.fit(data)", False),
        ("G = make(); G.net[0].bias = None", True),
        ("G = make(); other.append(3)", False),
    ],
)
def test_a_statement_that_changes_what_is_wanted_is_needed(line: str, needed: bool):
    statements = needed_statements(ast.parse(line), ["G"])

    assert (len(statements) == 2) == needed


def test_what_a_try_binds_is_needed_whole():
    text = "try:\n    import a as fast\nexcept ImportError:\n    import b as fast\nG = fast.G"

    assert ast.unparse(ast.Module(needed_statements(ast.parse(text), ["G"]), [])) == ast.unparse(ast.parse(text))


def test_modules_are_told_by_the_statements():
    assert imported_modules(needed_statements(ast.parse(SCRIPT), ["Generator"])) == ["argparse", "torch"]
    assert "torchvision" in imported_modules(ast.parse(SCRIPT).body)


def test_names_at_the_top_are_known():
    assert list(bound_names(ast.parse("import a.b\nif x:\n    c = 1\nclass D: e = 2"))) == ["a", "c", "D"]
