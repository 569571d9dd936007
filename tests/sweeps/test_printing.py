"""What `gan sweep` prints: few short variants beside each other, else below each other."""

from pathlib import Path

import pytest

from gan_core.cli.sweeping import print_sweep
from gan_core.sweeps.runner import SweepResult


def score(mean: float, width: float | None, best: bool) -> dict:
    return {"mean": mean, "half_width": width, "best": best, "floor": 0.25, "better": "lower"}


def printed(capsys: pytest.CaptureFixture[str], names: list[str], seeds: list[int]) -> list[str]:
    rows = [
        {"comparison": "all", "variant": name, "seeds": seeds, "scores": {"frechet": score(number, 0.5, number == 1)}}
        for number, name in enumerate(names, start=1)
    ]
    parted = {"all": {name: ["frechet"] for name in names[1:]}}
    print_sweep(SweepResult(path=Path(), rows=rows, parted=parted, failures={"c-seed0": "is nan"}, files=[Path("f")]))
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_few_variants_stand_beside_each_other(capsys):
    title, heads, _, line, parts, failed, files = printed(capsys, ["a", "b"], [0, 1, 2])

    assert title == "all: mean over 3 seeds ± half its 95% interval, * the best"
    assert heads == "score a b real samples better"
    assert line == "frechet 1 ± 0.5 * 2 ± 0.5 0.25 lower"
    assert parts == "ranges over the seeds without overlap, b and a: frechet"
    assert (failed, files) == ("failed: c-seed0: is nan", "f")


def test_long_names_stand_below_each_other(capsys):
    _, heads, _, *lines = printed(capsys, ["a" * 30, "b" * 30], [0, 1])

    assert heads == "variant frechet"
    assert lines[:4] == [f"{'a' * 30} 1 ± 0.5 *", f"{'b' * 30} 2 ± 0.5", "real samples 0.25", "better lower"]


def test_one_seed_parts_from_nothing(capsys):
    lines = printed(capsys, ["a", "b"], [0])

    assert lines[0] == "all: one seed, * the best"
    assert not [line for line in lines if "without overlap" in line]


def test_a_difference_within_noise_is_said_with_its_number(capsys):
    scores = {
        "fid": score(1, 0.5, True) | {"from_first": {"mean": 0.1, "half_width": 0.4, "seeds": 3}},
        "recall": score(1, 0.5, True) | {"from_first": {"mean": -0.5, "half_width": 0.2, "seeds": 3}},
    }
    first = {name: {key: value for key, value in one.items() if key != "from_first"} for name, one in scores.items()}
    rows = [
        {"comparison": "all", "variant": name, "seeds": [0, 1, 2], "scores": of}
        for name, of in (("a", first), ("b", scores))
    ]
    print_sweep(SweepResult(path=Path(), rows=rows, parted={"all": {"b": []}}, failures={}, files=[Path("f")]))

    said = "b less a: differs in recall -0.5 ± 0.2; no difference seen in fid +0.1 ± 0.4"
    assert said in " ".join(capsys.readouterr().out.split())
