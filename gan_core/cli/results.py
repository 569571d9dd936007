"""What commands print of runs, evaluations and comparisons."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gan_core.cli.answers import print_table
from gan_core.cli.application import app
from gan_core.printing import Tell, say

if TYPE_CHECKING:  # at run time these would load NumPy and more, and `gan --help` is to answer at once
    from gan_core.evaluation.class_balance import ClassBalance
    from gan_core.evaluation.evaluate import Result
    from gan_core.evaluation.score_differences import ScoredRuns
    from gan_core.evaluation.truncations import TruncationCurve
    from gan_core.lockstep.compare import Comparison
    from gan_core.sessions.run import Run


def print_run(run: "Run") -> None:
    """Print what a training came to: steps, time, the last scalars, and where it lies."""
    done = run.directory.done()
    last = run.metrics()[-1] if run.metrics() else {}
    earlier = last.get("of_step", {})
    shown = {key: f"{key} {value:.4g}" for key, value in last.items() if "/" in key}
    steps = {key: earlier[phase] for key in shown if (phase := key.partition("/")[0]) in earlier}
    scalars = "  ".join(f"{text} (step {steps[key]})" if key in steps else text for key, text in shown.items())
    print(f"{run.experiment.name} on {run.backend}: {done.step} steps in {done.seconds:.1f} s", end="")
    if done.step_seconds:
        print(f", {1e3 * done.step_seconds:.2f} ms a step", end="")
    if done.gflops:
        print(f", {done.gflops:.1f} GFLOP/s", end="")
    print(f"\n{scalars}\n{run.path}")


@contextlib.contextmanager
def announcing() -> Iterator[Tell]:
    """Give a function to tell what is being done: it is shown on a terminal at once, elsewhere now and then."""
    from gan_core.live_lines import Doing, has_live_terminal
    from gan_core.runs.progress_lines import announced

    if not has_live_terminal():
        with announced() as tell_now_and_then:
            yield tell_now_and_then
        return
    with Doing() as doing:
        yield doing.tell


def in_options_of_gan(text: str) -> str:
    """Return a message of the library with ``name=`` as the command line has it, ``--name``."""
    from gan_core.cli.command_errors import in_options, options_of

    return in_options(text, options_of(app))


def tell(text: str) -> None:
    """Say on standard error what the library tells while it works, in words of the command line."""
    say(f"gan: {in_options_of_gan(text)}")


def print_note(note: str) -> None:
    """Print a note of an evaluation."""
    print(f"note: {in_options_of_gan(note)}")


def print_evaluation(run: "Run", result: "Result") -> None:
    """Print the table of an evaluation, its notes, and the files it left."""
    sure = any(row.interval is not None for row in result.rows)
    rows = [
        {
            "metric": row.metric,
            "value": f"{row.value:.4g}" + ("" if sure or row.deviation is None else f" ± {row.deviation:.2g}"),
            **({"95% interval": _ends(row.interval)} if sure else {}),
            "real against real": "" if row.floor is None else f"{row.floor:.4g}",
            "unit": row.unit,
            "better": row.better,
            "features": row.extractor,
            "generated": row.generated,
            "real": row.real,
            "split": row.split,
        }
        for row in result.rows
    ]
    print(result.data.sentence())
    print_table(rows, title=f"{run.experiment.name} on {run.backend}, step {result.step:,}")
    for note in result.notes:
        print_note(note)
    print("  ".join(str(path) for path in [run.path / "evaluation.json", *result.figures]))


def _ends(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.4g} to {interval[1]:.4g}"


def print_truncations(run: "Run", curve: "TruncationCurve") -> None:
    """Print the scores at each truncation, what real samples get, the notes, and the files that were left."""
    last = curve.points[-1].rows
    rows = [
        {
            curve.of.replace("_", " "): "none" if point.truncation is None else f"{point.truncation:g}",
            **{row.metric: _with_interval(row.value, row.interval) for row in point.rows},
        }
        for point in curve.points
    ]
    floors = {row.metric: "" if row.floor is None else f"{row.floor:.4g}" for row in last}
    rows.append({curve.of.replace("_", " "): "real samples", **floors})
    print_table(rows, title=f"{run.experiment.name} on {run.backend}, step {curve.step:,}, with 95% intervals")
    compared = next((row for row in last if row.real), last[0])
    real = f"{compared.real:,} real ones, {compared.split}"
    print(f"{compared.generated:,} samples of each, against {real}; features: {compared.extractor}")
    for note in curve.notes:
        print_note(note)
    print("  ".join(str(path) for path in [run.path / "truncations.json", *curve.figures]))


def print_scored_runs(scored: "ScoredRuns") -> None:
    """Print the scores of runs side by side, and of each run but the first how far it is from the first."""
    names = list(dict.fromkeys(row.metric for found in scored.evaluations.values() for row in found.rows))
    cells = {
        run: {row.metric: _with_interval(row.value, row.interval) for row in found.rows}
        for run, found in scored.evaluations.items()
    }
    if cells:
        rows = [{"score": name, **{run: own.get(name, "") for run, own in cells.items()}} for name in names]
        print_table(rows, title="scores, with 95% intervals")
    for run in dict.fromkeys(one.run for one in scored.differences):
        rows = [
            {
                "score": one.metric,
                "difference": f"{one.second - one.first:+.3g}",
                "95% interval": "" if one.interval is None else f"{one.interval.low:+.3g} to {one.interval.high:+.3g}",
                "better": one.better,
                "verdict": one.verdict,
            }
            for one in scored.differences
            if one.run == run
        ]
        print_table(rows, title=f"{run} − {next(iter(cells))}")
    if scored.differences:
        print_note(
            "one in twenty scores of equal generators shows a difference by chance; another training would move scores "
            "further"
        )


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    text = "NaN" if value is None else f"{value:.4g}"
    return text if interval is None else f"{text} [{interval[0]:.4g}, {interval[1]:.4g}]"


def print_class_balance(balance: "ClassBalance") -> None:
    """Print the share of each class in every set, what to know about it, and the files that were written."""
    rows = [
        {
            "set": one.name,
            "samples": one.samples,
            "entropy, bits": f"{one.entropy_bits:.3f}",
            "as asked": "" if one.label_agreement is None else f"{one.label_agreement:.3f}",
            **{str(number): f"{share:.3f}" for number, share in enumerate(one.shares)},
        }
        for one in balance.sets
    ]
    print_table(rows, title=f"share of each class, by {balance.extractor}")
    for path, (step, steps) in balance.step_of_steps.items():
        if step < steps:
            print(f"note: not the end of {path}: step {step:,} of {steps:,}")
    for note in balance.notes:
        print_note(note)
    print("  ".join(str(path) for path in balance.files))


def print_comparison(result: "Comparison", folder: Path) -> None:
    """Print how far backends part, how long they take, and the verdict."""
    from gan_core.lockstep.array_scales import KINDS

    rows = [
        {"backends": row.backends, "step": row.step, **{kind: f"{row.worst[kind].value:.1e}" for kind in KINDS}}
        for row in result.rows
    ]
    print_table(rows, title="largest relative difference so far")
    print_table(
        [
            {
                "backend": name,
                "ms a step": f"{trace.step_milliseconds:.2f}",
                "first step, s": f"{trace.first_step_seconds:.2f}",
                "versions": ", ".join(
                    f"{key} {value}" for key, value in trace.environment.items() if key not in ("backend", "dtype")
                ),
            }
            for name, trace in result.traces.items()
        ]
    )
    if result.floor_excess is not None:
        print(f"at most {result.floor_excess:.2g} times the chaos floor")
    verdicts = {True: "agree", False: "DIFFER"}
    kinds = [
        {
            "kind": kind.kind,
            "verdict": verdicts[kind.agrees] if kind.judged else "not judged",
            "worst": f"{kind.worst:.1e}",
            "in": kind.array or "all equal",
            "step": kind.step,
            "backends": kind.backends,
        }
        for kind in result.kinds
    ]
    print_table(kinds, title=f"worst of each kind within {result.within} steps")
    for name in result.idle:
        print(f"note: the gradient of {name} is rounding alone (a bias right before a norm?); set bias = false there")
    judged = [kind for kind in result.kinds if kind.judged]
    differing = [f"{kind.kind} (most in {kind.array})" for kind in judged if not kind.agrees]
    agreeing = [kind.kind for kind in judged if kind.agrees]
    told = f"{', '.join(differing)}; {', '.join(agreeing) or 'nothing'} agree" if differing else ", ".join(agreeing)
    print(
        f"{verdicts[result.agrees]}: {result.worst:.1e} within {result.within} steps "
        f"(tolerance {result.tolerance:.0e}) in {told}"
    )
    print(f"{folder}/sheets.png  {folder}/lockstep.png  {folder}/comparison.json")
