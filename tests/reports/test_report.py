"""`report`: one file for a run or several, whatever state they are in, and one line for what is no run."""

import json
import re

import pytest

import gan_core
from gan_core.errors import ForeignFileError, UsageError
from gan_core.reports.page import Report, page
from gan_core.reports.record import read_record
from gan_core.reports.report import report
from gan_core.reports.tables import differences_of, scores_of_runs
from gan_core.reports.words import languages, read_words
from stored_run import SCORES, healthy_rows, sheet, write_run

EVIL = "</script><script>alert(1)</script>"


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run", evaluation=SCORES)


def data_of(text: str) -> dict:
    return json.loads(text.partition('<script type="application/json" id="data">')[2].partition("</script>")[0])


def text_of(path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_report_of_a_run_lies_in_its_directory(run):
    assert report(run) == run / "report.html"
    assert "Report of digits-mlp" in text_of(run / "report.html")


def test_the_report_of_several_runs_lies_here(run, tmp_path, monkeypatch):
    other = write_run(tmp_path / "other")
    monkeypatch.chdir(tmp_path)

    assert report([run, other]).resolve() == tmp_path / "report.html"


def test_a_report_is_replaced(run):
    first = text_of(report(run))
    (run / "metrics.jsonl").write_text("", encoding="utf-8")

    assert text_of(report(run)) != first


def test_another_file_is_not_replaced(run, tmp_path):
    own = tmp_path / "own.html"
    own.write_text("<p>mine</p>", encoding="utf-8")

    with pytest.raises(UsageError, match="exists already and is no report"):
        report(run, own)
    assert own.read_text(encoding="utf-8") == "<p>mine</p>"


def test_a_report_that_is_a_link_is_refused(run, tmp_path):
    (run / "report.html").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ForeignFileError, match=r"report\.html is a link"):
        report(run)


@pytest.mark.parametrize("name", ["page.txt", "gone/page.html"])
def test_a_file_that_cannot_be_is_one_line(run, tmp_path, name):
    with pytest.raises(UsageError, match=r"expected a file that ends in \.html|does not exist"):
        report(run, tmp_path / name)


def test_a_folder_that_is_no_run_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="is no run directory"):
        report(tmp_path)


def test_the_same_run_twice_is_one_line(run):
    with pytest.raises(UsageError, match="stands twice"):
        report([run, run.parent / "." / "run"])


def test_the_page_reads_nothing_from_elsewhere(run):
    text = text_of(report(run))
    addresses = re.findall(r'(?:src|href|action)="([^"]*)"', text.partition('id="data"')[0])

    assert [one for one in addresses if not one.startswith(("#", "data:"))] == []
    assert not re.search(r"@import|url\((?!#)", text)


def test_text_of_a_run_stays_text(tmp_path):
    run = write_run(
        tmp_path / "<script>alert(2)<" / "run",
        changes={"summary": EVIL},
        environment={"command": EVIL, "history": [], "from": {"run": EVIL}},
        rows=[row | {f"{EVIL}/loss": 1.0} for row in healthy_rows()],
        evaluation=SCORES | {"notes": [EVIL], "rows": [SCORES["rows"][0] | {"metric": EVIL, "unit": EVIL}]},
    )
    text = text_of(report(run))

    assert "<script>alert" not in text
    assert EVIL in json.dumps(data_of(text), ensure_ascii=False)


def test_names_of_classes_stay_text(tmp_path):
    identity = {
        "name": "letters", "count": 3, "shape": [1, 8, 8], "dtype": "uint8", "value_range": [-1.0, 1.0],
        "fingerprint": "0" * 64, "class_names": [EVIL, "b"], "class_counts": [1, 2],
    }  # fmt: skip
    shares = {"generated": [0.5, 0.5], "real": [0.5, 0.5]}
    run = write_run(tmp_path / "run", environment={"data": identity}, evaluation=SCORES | {"classes": shares})
    text = text_of(report(run))

    assert "<script>alert" not in text
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize("name", ["metrics.jsonl", "environment.json", "evaluation.json", "done.json"])
def test_a_damaged_file_is_told_and_the_rest_is_shown(run, name):
    (run / name).write_bytes(b"\x00\xff{")
    text = text_of(report(run))

    assert "Samples of" in text
    assert name == "metrics.jsonl" or f"{name} is damaged" in text


def test_a_damaged_experiment_leaves_what_was_logged(run):
    (run / "experiment.toml").write_text("nonsense", encoding="utf-8")
    text = text_of(report(run))

    assert "The experiment cannot be read." in text
    assert len(data_of(text)["panels"]) > 2


def test_a_damaged_sheet_is_told_and_the_others_are_shown(run):
    (run / "samples" / "step-0000100.png").write_bytes(b"no picture")
    text = text_of(report(run))

    assert "step-0000100.png is no PNG picture" in text
    assert [one["step"] for one in data_of(text)["runs"][0]["sheets"]] == [200, 300, 400]


def test_a_run_without_anything_yet_has_a_page(tmp_path):
    run = write_run(tmp_path / "run", rows=[], sheets=0, done=False)
    text = text_of(report(run))

    assert "There is no sheet yet." in text
    assert "Nothing is logged yet." in text


def test_a_run_of_an_earlier_version_has_a_page(tmp_path, pytestconfig):
    from shutil import copytree

    run = copytree(pytestconfig.rootpath / "tests" / "fixtures" / "run-format-1", tmp_path / "run")

    assert "Who computed what" in text_of(report(run))


def test_the_floor_and_the_number_of_samples_stand_beside_a_score(run):
    row = re.search(r"<tr><th scope=\"row\">frechet</th>(.*?)</tr>", text_of(report(run)), re.DOTALL)

    assert row
    cells = [re.sub("<[^>]*>", "", one) for one in re.findall(r"<td[^>]*>(.*?)</td>", row[1], re.DOTALL)]
    assert cells == ["4.5 ± 0.25", "0.5", "lower", "", "classifier", "1,000 / 900", "held out"]


def test_what_differs_between_runs_is_a_row_with_a_cell_for_each(tmp_path):
    runs = [write_run(tmp_path / str(seed), changes={"training.seed": seed}) for seed in (0, 1, 1)[:2]]
    rows = differences_of([read_record(run) for run in runs])

    assert [(row["key"], row["cells"]) for row in rows] == [("training.seed", ["0", "1"])]


def test_a_walk_that_lies_in_the_run_is_shown(run):
    sheet(9).save(run / "samples" / "walk.png")

    assert "A walk between latents" in text_of(report(run))


def test_a_page_is_in_the_language_that_is_asked_for(run):
    for language in languages():
        text = page(Report(records=[read_record(run)], version="0"), read_words(language))
        assert f'<html lang="{language}">' in text


def test_the_face_of_the_library_has_it(run):
    assert gan_core.report(run, run.parent / "a.html") == run.parent / "a.html"
    assert gan_core.Run(run).report() == run / "report.html"


def test_a_notebook_shows_a_run(run):
    text = gan_core.Run(run)._repr_html_()

    assert "<b>digits-mlp</b> on numpy: step 400 of 400" in text
    assert "frechet 4.5" in text
    assert text.count("<polyline") == 2
    assert 'src="data:image/png' in text


def test_a_notebook_shows_what_is_left_of_a_run(run):
    opened = gan_core.Run(run)
    for name in ("environment.json", "metrics.jsonl", "evaluation.json", "done.json"):
        (run / name).unlink()
    for path in (run / "samples").iterdir():
        path.write_bytes(b"")
    assert "digits-mlp" in opened._repr_html_()
    (run / "experiment.toml").unlink()
    assert "is no run directory" in opened._repr_html_()


@pytest.mark.parametrize("extractor", ["classifier", "inception"])
def test_no_run_is_marked_the_best_by_scores_that_cannot_be_held_against_each_other(tmp_path, extractor):
    (row,) = SCORES["rows"]
    other = SCORES | {"rows": [row | {"value": 1.0, "extractor": extractor}]}
    runs = [write_run(tmp_path / name, evaluation=scores) for name, scores in (("a", SCORES), ("b", other))]
    (found,) = scores_of_runs([read_record(run) for run in runs])

    assert [cell["best"] for cell in found["cells"]] == [False, extractor == "classifier"]
