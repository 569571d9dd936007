"""What looks wrong in a run: each sign by stored rows, and none of them in a healthy run."""

import math

import pytest

from gan_core.reports.record import read_record
from gan_core.reports.warning_signs import SIGNS, signs_of
from stored_run import SCORES, STEPS, healthy_rows, write_run


def with_values(**values: float) -> list[dict]:
    """Healthy rows with other values from the middle on; names with two underscores for a slash."""
    changed = {name.replace("__", "/"): value for name, value in values.items()}
    return [dict.fromkeys(changed, 0.5) | row | (changed if row["step"] > STEPS // 2 else {}) for row in healthy_rows()]


def names(folder) -> list[str]:
    return [sign.name for sign in signs_of(read_record(folder))]


def figures(folder, name: str) -> dict:
    return next(dict(sign.figures) for sign in signs_of(read_record(folder)) if sign.name == name)


def test_a_healthy_run_has_no_signs(tmp_path):
    assert names(write_run(tmp_path / "run", evaluation=SCORES)) == []


def test_a_run_that_only_began_tells_nothing_but_that_it_is_unfinished(tmp_path):
    rows = [row | {"discriminator/loss": 0.0} for row in healthy_rows()[:3]]

    assert names(write_run(tmp_path / "run", rows=rows, done=False)) == ["unfinished"]


def test_an_unfinished_run_says_where_it_stands(tmp_path):
    run = write_run(tmp_path / "run", rows=healthy_rows()[:20], sheets=0, done=False)

    assert figures(run, "unfinished") == {"step": "200", "steps": "400", "run": str(run)}


def test_a_loss_at_zero_is_told_with_its_first_step(tmp_path):
    run = write_run(tmp_path / "run", rows=with_values(discriminator__loss=1e-7))

    assert figures(run, "loss_at_zero") == {"scalar": "discriminator/loss", "bound": "0.0001", "step": "310"}


def test_a_loss_that_passes_zero_is_fine(tmp_path):
    rows = [row | {"discriminator/loss": math.sin(row["step"])} for row in healthy_rows()]

    assert names(write_run(tmp_path / "run", rows=rows)) == []


def test_a_discriminator_that_is_sure_of_all_samples_wins(tmp_path):
    rows = with_values(discriminator__real_probability=0.999, discriminator__fake_probability=0.002)
    run = write_run(tmp_path / "run", rows=rows)

    assert figures(run, "discriminator_wins") == {
        "phase": "discriminator", "real": "0.9990", "fake": "0.0020", "step": "310",
    }  # fmt: skip


def test_a_short_log_is_judged_by_its_last_8_lines(tmp_path):
    rows = with_values(discriminator__real_probability=0.999, discriminator__fake_probability=0.002)[-20:]

    assert "discriminator_wins" in names(write_run(tmp_path / "run", rows=rows))


def test_too_few_lines_to_judge_are_told(tmp_path):
    run = write_run(tmp_path / "run", rows=healthy_rows()[:9])

    assert names(run) == ["few_lines"]
    assert figures(run, "few_lines") == {"count": 9, "fewest": 16}


def test_a_discriminator_that_is_sure_of_real_samples_alone_does_not_win(tmp_path):
    assert names(write_run(tmp_path / "run", rows=with_values(discriminator__real_probability=0.999))) == []


@pytest.mark.parametrize(("bound", "name"), [(0.0, "balance_at_zero"), (1.0, "balance_at_one")])
def test_a_balance_at_its_bound_is_told(tmp_path, bound, name):
    assert names(write_run(tmp_path / "run", rows=with_values(discriminator__k=bound))) == [name]


def test_a_balance_between_its_bounds_is_fine(tmp_path):
    assert names(write_run(tmp_path / "run", rows=with_values(discriminator__k=0.2))) == []


def test_a_class_that_is_never_seen_is_named(tmp_path):
    shares = [0.0, 0.2, *[0.1] * 8]
    run = write_run(tmp_path / "run", evaluation=SCORES | {"classes": {"generated": shares, "real": [0.1] * 10}})

    assert figures(run, "classes_missing")["classes"] == "0"


def test_a_class_may_be_missing_among_few_samples(tmp_path):
    shares = [0.0, 0.2, *[0.1] * 8]
    few = SCORES | {"generated": 100, "classes": {"generated": shares, "real": [0.1] * 10}}

    assert names(write_run(tmp_path / "run", evaluation=few)) == []


def test_a_class_that_the_data_lack_is_not_missing(tmp_path):
    shares = [0.0, 0.2, *[0.1] * 8]

    run = write_run(tmp_path / "run", evaluation=SCORES | {"classes": {"generated": shares, "real": shares}})
    assert names(run) == []


def test_samples_of_few_classes_are_told_by_their_entropy(tmp_path):
    shares = {"generated": [0.82, *[0.02] * 9], "real": [0.1] * 10}

    assert figures(write_run(tmp_path / "run", evaluation=SCORES | {"classes": shares}), "classes_uneven") == {
        "bits": "1.25", "real_bits": "3.32", "largest": "82%",
    }  # fmt: skip


def test_classes_of_the_newest_evaluation_count(tmp_path):
    line = {"step": 300, "frechet": 5.0, "generated": 1000, "real": 900, "class_shares": [1.0, *[0.0] * 9]}
    older = write_run(tmp_path / "older", evaluations=[line], evaluation=SCORES)
    newer = write_run(tmp_path / "newer", evaluations=[line | {"step": 400}], evaluation=SCORES | {"step": 100})

    assert (names(older), names(newer)) == ([], ["classes_missing"])


def test_modes_of_a_mixture_that_are_missing_are_counted(tmp_path):
    row = SCORES["rows"][0] | {"metric": "modes covered", "value": 5.0, "floor": 8.0}
    run = write_run(tmp_path / "run", evaluation=SCORES | {"rows": [row]})

    assert figures(run, "modes_missing") == {"covered": "5", "modes": "8"}


def test_scores_of_few_samples_are_told(tmp_path):
    line = {"step": 200, "frechet": 5.0, "generated": 64, "real": 900}

    assert figures(write_run(tmp_path / "run", evaluations=[line]), "few_samples") == {"count": 64}


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_scalar_that_is_no_number_is_told_with_its_step(tmp_path, value):
    run = write_run(tmp_path / "run", rows=with_values(generator__loss=value))

    assert figures(run, "not_a_number") == {"scalar": "generator/loss", "step": "210", "count": 20}


def test_every_sign_has_words_in_every_language():
    from gan_core.reports.words import languages, read_words

    known = {"unfinished", "not_a_number", "loss_at_zero", "discriminator_wins", "balance_at_zero", "balance_at_one"}
    known |= {"classes_missing", "classes_uneven", "modes_missing", "few_samples", "few_lines"}
    for language in languages():
        table = read_words(language).table["warnings"]
        assert {name for name, words in table.items() if isinstance(words, dict)} == known
        assert all({"title", "figure", "advice"} == {*table[name]} for name in known)
    assert len(SIGNS) == 9
