"""The walk of a report: drawn by a run's own framework, and shown by a page that needs none."""

import gan_core
from gan_core.reports.walk import step_of_walk
from small_runs import train


def test_a_walk_is_drawn_once_and_tells_its_step(tmp_path, name):
    run = train(tmp_path / "run", name, steps=4)
    page = gan_core.report(run, walk=True)

    assert step_of_walk(run.path / "samples" / "walk.png") == 4
    assert "Drawn at step 4." in page.read_text(encoding="utf-8")
