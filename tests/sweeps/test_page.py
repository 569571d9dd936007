"""The page of a sweep: one file that asks for nothing, with every number, picture and failure; from made-up runs."""

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from gan_core.presets import preset
from gan_core.sweeps.page import page
from gan_core.sweeps.plan import SweepPlan
from gan_core.sweeps.table import Swept, parted, rows_of

PLAN = SweepPlan(
    titles={"a": "A < B", "b": "B"},
    backends={"a": "torch", "b": "paddle"},
    experiments={(name, seed): preset("digits-mlp") for seed in (0, 1) for name in "ab"},
    comparisons={"all": ("a", "b")},
    seeds=(0, 1),
    metrics=("frechet",),
    samples=10,
    features="pixels",
    settings={"a": {"batch_size": "32"}, "b": {"batch_size": "64"}},
    common=("training.steps=40",),
    best="fid",
)


def swept(folder: Path, value: float) -> Swept:
    (folder / "samples").mkdir(parents=True)
    Image.new("L", (1024, 512)).save(folder / "samples" / "step-0000040.png")
    lines = [{"step": step, "generator/loss": value / step} for step in (1, 2, 3)]
    done = SimpleNamespace(step_seconds=0.002)
    run = SimpleNamespace(directory=SimpleNamespace(path=folder, done=lambda: done), metrics=lambda: lines)
    row = {"metric": "frechet", "value": value, "floor": 0.5, "unit": "feature²", "better": "lower"}
    return Swept(run=run, scores=[row])


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("sweep")
    values = {("a", 0): 4.0, ("a", 1): 5.0, ("b", 0): 1.25}
    done = {key: swept(folder / f"{key[0]}{key[1]}", value) for key, value in values.items()}
    return page("mine", PLAN, done, rows_of(PLAN, done), parted(PLAN, done), {"b-seed1": "step 7: the loss is <nan>"})


def test_the_page_asks_the_network_for_nothing(text):
    class Asked(HTMLParser):
        found: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag, attributes):
            self.found += [value for key, value in attributes if key in ("src", "href", "srcset", "action")]

    parser = Asked()
    parser.feed(text)

    assert {value.partition(":")[0] for value in parser.found} == {"data"}
    assert not re.search(r"https?:|@import|url\(", text)


def test_the_table_has_mean_interval_range_and_the_best(text):
    assert "4.5 ± 6.4<small>4 to 5</small>" in text
    assert '<strong class="best">★ 1.25</strong>' in text
    assert ">real samples<" in text


def test_a_failure_and_a_title_are_told_as_they_are(text):
    assert "step 7: the loss is &lt;nan&gt;" in text
    assert "A &lt; B" in text
    assert "<nan>" not in text


def test_every_variant_has_its_samples_and_its_curves(text):
    assert len(re.findall(r'<img class="sheet"', text)) == 2
    assert len(re.findall(r'<img class="curves"', text)) == 2


def test_settings_say_what_is_shared_and_what_is_not(text):
    for words in ("training.steps=40", "batch_size", "3 of 4 runs are finished", "seeds 0, 1, on torch, paddle"):
        assert words in text


def test_dark_mode_has_its_colours(text):
    assert "prefers-color-scheme: dark" in text
