"""The process of a cell, as far as it comes without a framework."""

import pytest

from gan_core.errors import UsageError
from gan_core.sweeps import plan
from gan_core.sweeps.file import SweepFile, SweptVariant
from gan_core.sweeps.runner import sweep

FILE = SweepFile(experiment="digits-mlp", seeds=(0,), variants={"base": SweptVariant()})


@pytest.mark.slow
def test_wrong_use_that_only_the_process_finds_is_raised_here(monkeypatch, tmp_path):
    """It reads its request and its experiment, and finds no framework of that name."""
    monkeypatch.setattr(plan, "installed_backends", lambda: {"nothing": None})

    with pytest.raises(UsageError, match=r"^unknown backend 'nothing'"):
        sweep(FILE, "nothing", out=tmp_path, progress=False)


def test_no_engine_no_folder(tmp_path):
    with pytest.raises(UsageError, match="engine=slurm: unknown"):
        sweep(FILE, "torch", out=tmp_path / "out", engine="slurm")
    assert not (tmp_path / "out").exists()
