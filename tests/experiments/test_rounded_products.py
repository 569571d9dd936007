"""How factors of products are rounded is a field of an experiment; what needs exact ones refuses the others."""

import pytest

from gan_core.errors import SpecError, UsageError
from gan_core.experiments.files import from_text, to_toml, with_changes
from gan_core.lockstep.compare import compare
from gan_core.presets import preset
from gan_core.programs.writing import write_program

SHORT = with_changes(preset("digits-mlp"), {"training.products": "bf16"})


def test_a_file_leaves_exact_products_out():
    assert "products" not in to_toml(preset("digits-mlp"))


def test_a_file_keeps_others():
    assert from_text(to_toml(SHORT), ".toml").training.products == "bf16"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"training.products": "fp8"}, r"expected one of: exact, tf32, bf16; got 'fp8' \(at training.products\)"),
        ({"training.products": "bf16", "training.dtype": "float64"}, "float64 has exact products alone; take dtype"),
    ],
)
def test_products_that_cannot_be_had_are_one_line(changes, line):
    with pytest.raises(SpecError, match=line):
        with_changes(preset("digits-mlp"), changes)


def test_equal_numbers_are_not_asked_of_rounded_products(tmp_path):
    with pytest.raises(UsageError, match=r"^training\.products is bf16, and each framework rounds"):
        compare(SHORT, ("torch", "paddle"), tmp_path)


def test_a_program_has_exact_products():
    with pytest.raises(UsageError, match=r"^training\.products is bf16: written programs have exact products"):
        write_program(SHORT, "torch")
