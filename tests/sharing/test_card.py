"""A model card: its front matter is YAML that hubs read, and nothing that a run says becomes markup."""

import json
from pathlib import Path

import pytest
import yaml

from gan_core.errors import UsageError
from gan_core.sessions.run import Run
from gan_core.sharing.front_matter import front_matter
from gan_core.sharing.markdown import code, escaped, table
from shared_runs import released, with_evaluation, with_sheet


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return with_evaluation(with_sheet(released(tmp_path / "run"), 4), frechet=5.25)


def head_of(page: Path) -> dict:
    before, head, _ = page.read_text(encoding="utf-8").split("---\n", 2)
    assert before == ""
    return yaml.safe_load(head)


def test_the_front_matter_says_what_hubs_ask_for(run: Path) -> None:
    head = head_of(Run(run).card(license="apache-2.0"))

    assert head["license"] == "apache-2.0"
    assert (head["library_name"], head["pipeline_tag"]) == ("gan-core", "unconditional-image-generation")
    assert {"gan", "torch", "digits-mlp"} <= set(head["tags"])
    assert (head["datasets"], head["metrics"]) == (["digits"], ["frechet"])
    (result,) = head["model-index"][0]["results"]
    assert result["metrics"][0]["type"] == "frechet"
    assert result["metrics"][0]["value"] == 5.25


def test_the_page_shows_scores_with_what_real_samples_get_and_the_newest_sheet(run: Path) -> None:
    with_sheet(run, 2)

    text = Run(run).card().read_text(encoding="utf-8")

    assert "| Fréchet distance | 5.25 | 0.525 |" in text
    assert "(<samples/step-0000004.png>)" in text


def test_without_a_licence_it_is_said_plainly(run: Path) -> None:
    page = Run(run).card()

    assert head_of(page)["license"] == "unknown"
    assert "**No licence is known**" in page.read_text(encoding="utf-8")


def test_a_run_without_scores_or_sheets_has_a_card(tmp_path: Path) -> None:
    page = Run(released(tmp_path / "run")).card(tmp_path / "card.md")

    assert "was not evaluated" in page.read_text(encoding="utf-8")
    assert "model-index" not in head_of(page)


def test_a_finished_evaluation_that_is_as_new_is_preferred(run: Path) -> None:
    row = {"metric": "precision", "value": 0.5, "deviation": None, "floor": 0.9, "unit": "", "better": "higher"}
    row |= {"extractor": "classifier", "generated": 10, "real": 10, "split": "test"}
    (run / "evaluation.json").write_text(
        json.dumps({"format": 1, "step": 4, "rows": [row], "notes": ["few *samples*"]})
    )

    text = Run(run).card().read_text(encoding="utf-8")

    assert "| precision | 0.5 | 0.9 |" in text
    assert "few \\*samples\\*" in text


def test_a_score_stands_with_its_interval(run: Path) -> None:
    row = {"metric": "precision", "value": 0.5, "floor": 0.9, "interval": [0.45, 0.55], "generated": 10, "real": 10}
    (run / "evaluation.json").write_text(json.dumps({"format": 1, "step": 4, "rows": [row]}))

    assert "| precision | 0.5 | 0.45 to 0.55 | 0.9 |" in Run(run).card().read_text(encoding="utf-8")


def test_a_card_that_is_there_is_kept_unless_it_is_to_go(run: Path) -> None:
    Run(run).card()

    with pytest.raises(UsageError, match=r"README\.md exists already; replace it with overwrite=True"):
        Run(run).card(license="mit")
    assert head_of(Run(run).card(license="mit", overwrite=True))["license"] == "mit"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"license": "do what\nyou like"}, "license=do what you like: expected an identifier"),
        ({"out": "card.html"}, r"card.html: expected a file that ends in \.md"),
        ({"out": "nowhere/card.md"}, "the folder nowhere does not exist"),
    ],
)
def test_what_cannot_be_written_is_one_line(run: Path, options: dict, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Run(run).card(**options)


def test_a_hostile_name_stays_text(tmp_path: Path) -> None:
    """In the front matter and on the page: what a stranger's run says is shown, and never obeyed."""
    run = released(tmp_path / "run")
    environment = json.loads((run / "environment.json").read_text())
    environment |= {"command": "x`|` --- \n# y <script>", "torch": '2.1"\n---\nlicense: evil <b>'}
    (run / "environment.json").write_text(json.dumps(environment))
    toml = (run / "experiment.toml").read_text()
    (run / "experiment.toml").write_text(toml.replace("MLP GAN on", "<script>[x](y)</script> **now**\\n# on"))

    page = Run(run).card()

    text = page.read_text(encoding="utf-8")
    assert head_of(page)["license"] == "unknown"
    assert "<script>" not in text.replace("`<script>`", "").replace("# y <script>", "")
    assert "\\[x\\](y)" in text
    assert not [line for line in text.splitlines() if line.startswith(("# on", "# y", "license: evil"))]


def test_front_matter_is_read_back_as_it_was() -> None:
    plain = {
        "a": "yes",
        "b-c": ["1e-05", "no", "ä 😀 \"'"],
        "n": 3,
        "x": 1e-05,
        "y": 2.5e20,
        "t": [{"k": {"l": "m: n"}}],
    }

    text = front_matter({**plain, "none": None, "nan": float("nan"), "empty": []})

    assert yaml.safe_load(text.split("---")[1]) == plain


def test_markup_within_a_text_is_shown_as_it_is() -> None:
    assert escaped("1. http://a.b <i> *x* | me@b") == "1&#46; http&#58;//a.b &#60;i&#62; \\*x\\* \\| me&#64;b"
    assert code("a`b") == "``a`b``"
    assert table(["a"], [[code("b|c")]]).splitlines()[-1] == "| `b\\|c` |"
