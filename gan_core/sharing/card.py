"""A run's model card: a page of Markdown with front matter, as hubs of models read it; nothing is sent anywhere."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gan_core.errors import UsageError
from gan_core.files.regular_files import kind_of
from gan_core.files.whole_files import written_whole
from gan_core.runs.opened import OpenedRun
from gan_core.runs.records import ScoreRow
from gan_core.sharing.card_facts import CardFacts, facts_of, name_of
from gan_core.sharing.front_matter import front_matter
from gan_core.sharing.markdown import block, code, escaped, table
from gan_core.specs.networks import condition_of
from gan_core.specs.spec import variant_name

FILE = "README.md"
UNKNOWN_LICENSE = "unknown"
LICENSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}")
TOLD_ELSEWHERE = {"format", "experiment_sha256", "backend", "samples", "command", "limits", "first_checkpoint"}
SEVERAL = 3  # processes of a run's history that are told one by one at its end


def write_card(
    run: OpenedRun,
    out: str | Path | None = None,
    *,
    license: str | None = None,  # noqa: A002  (the word that pages of models have for it)
    overwrite: bool = False,
) -> Path:
    """Write a run's model card, and return its path.

    out: a file that ends in ``.md``, by default ``README.md`` in the run's folder. license: the identifier of a
    licence, as ``apache-2.0``; without it the card says that none is known. overwrite: whether a file of that name is
    replaced. Raises `UsageError` for a text that is no identifier, and for a file that is there already; `WriteError`.
    """
    path = run.directory.file(FILE) if out is None else Path(out)
    if path.suffix.lower() != ".md":
        raise UsageError(f"out={path}: expected a file that ends in .md")
    if not path.parent.is_dir():
        raise UsageError(f"out={path}: the folder {path.parent} does not exist")
    if license is not None and not LICENSE.fullmatch(license):
        raise UsageError(f"license={license}: expected an identifier, as apache-2.0, mit or cc-by-4.0")
    if kind_of(path) is not None and not overwrite:
        raise UsageError(f"{path} exists already; replace it with overwrite=True, or name another with out=FILE.md")
    text = card_text(facts_of(run), license, path.parent)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return path


def card_text(facts: CardFacts, license: str | None, folder: Path) -> str:  # noqa: A002
    """Return the card of a run; folder: where it will lie, from which pictures are referred to."""
    parts = [
        f"# {escaped(facts.run.experiment.name)}",
        escaped(facts.run.experiment.summary),
        _standing(facts),
        *_picture(facts, folder),
        "## Use",
        _use(facts),
        "## Scores",
        *_scores(facts),
        "## Data",
        *_data(facts),
        "## Training",
        _training(facts),
        "## Limits",
        "\n".join(f"- {line}" for line in _limits(facts, license)),
        "## Where and with what",
        _machine(facts),
        f"[The whole experiment]({_reference(facts.run.path / 'experiment.toml', folder)}) is a file that trains it "
        "again: `gan train experiment.toml`.",
    ]
    return front_matter(head(facts, license)) + "\n" + "\n\n".join(part for part in parts if part) + "\n"


def head(facts: CardFacts, license: str | None) -> dict[str, Any]:  # noqa: A002
    """Return the front matter as plain data."""
    name, data = facts.run.experiment.name, _data_name(facts)
    task = task_of(facts)
    results = [
        {
            "task": {"type": task, "name": task.replace("-", " ")},
            "dataset": {"type": data, "name": data, "split": score.split},
            "metrics": [{"type": score.metric, "name": _described(score), "value": score.value}],
        }
        for score in facts.scores
    ]
    return {
        "license": license or UNKNOWN_LICENSE,
        "library_name": "gan-core",
        "pipeline_tag": task,
        "tags": ["gan", "generative-adversarial-network", "gan-core", facts.run.backend, name],
        "datasets": [data],
        "metrics": [score.metric for score in facts.scores],
        "model-index": [{"name": name, "results": results}] if results else [],
    }


def task_of(facts: CardFacts) -> str:
    """Return the task of a run's sampling network in the words of hubs."""
    experiment = facts.run.experiment
    inputs = experiment.plans[experiment.sampler_network].inputs
    if len(experiment.sample_shape) != 3:
        return "other"
    if any(spec.kind == "data" for spec in inputs.values()):
        return "image-to-image"
    return "other" if condition_of(inputs) else "unconditional-image-generation"


def _described(score: ScoreRow) -> str:
    floor = "" if score.floor is None else f"; real samples get {score.floor:.4g}"
    return f"{name_of(score)} by {score.extractor or 'no'} features, {score.generated} samples{floor}"


def _data_name(facts: CardFacts) -> str:
    return facts.identity.name if facts.identity else variant_name(type(facts.run.experiment.data).__name__)


def _standing(facts: CardFacts) -> str:
    steps, run = facts.run.experiment.training.steps, facts.run
    count = sum(plan.parameters for name, plan in run.experiment.plans.items() if name in run.experiment.networks)
    state = f"trained for all of its {steps:,} steps" if facts.step >= steps else f"at step {facts.step:,} of {steps:,}"
    best, by = run.directory.best.steps(), run.experiment.evaluation.best_by
    chosen = f" Its best checkpoint by {code(by)} is that of step {best[-1]:,}." if best else ""
    return (
        f"A generative adversarial network of {count:,} parameters, {state} with {code(run.backend)} by gan-core."
        f"{chosen} Checkpoints hold canonical arrays: any of gan-core's frameworks samples the run and goes on with it."
    )


def _picture(facts: CardFacts, folder: Path) -> Iterator[str]:
    if facts.sheet is not None:
        step = int(facts.sheet.stem.removeprefix("step-"))
        yield f"![Samples after step {step:,}]({_reference(facts.sheet, folder)})"


def _reference(path: Path, folder: Path) -> str:
    """A path as a page in a folder refers to it."""
    try:
        relative = os.path.relpath(path.resolve(), folder.resolve())
    except ValueError:  # another drive
        relative = str(path.resolve())
    return "<" + re.sub(r"[<>\n\\]", "_", Path(relative).as_posix()) + ">"


def _use(facts: CardFacts) -> str:
    run, experiment = facts.run, facts.run.experiment
    imports = ", allow_imports=True" if experiment.imports else ""
    steps = 2 * experiment.training.steps
    commands = ["gan sample FOLDER -n 64 --out samples.png", f"gan resume FOLDER --steps {steps}"]
    if experiment.imports:
        commands = [
            "gan sample FOLDER --allow-imports -n 64 --out samples.png",
            f"gan resume FOLDER --allow-imports --steps {steps}",
        ]
    label = ", label=0" if condition_of(experiment.plans[experiment.sampler_network].inputs) else ""
    shell = block("\n".join([f"pip install 'gan-core[{run.backend}]'", *commands]), "sh")
    python = f'import gan_core\n\nrun = gan_core.load("FOLDER"{imports})\nsamples = run.sample(16{label})'
    shape = ", ".join(map(str, experiment.sample_shape))
    python += f'  # [16, {shape}]\nrun.export_onnx("generator.onnx")'
    warning = (
        ""
        if not experiment.imports
        else (
            f"\n\nThe run needs code of its author's, {len(experiment.imports)} "
            f"module{'s' * (len(experiment.imports) > 1)} in `imports/`: read it before you let it run."
        )
    )
    return f"FOLDER is the folder that holds this page.\n\n{shell}\n\n{block(python, 'python')}{warning}"


def _scores(facts: CardFacts) -> Iterator[str]:
    if not facts.scores:
        yield "The run was not evaluated: `gan evaluate FOLDER` does it, against real samples held out."
        return
    first = facts.scores[0]
    yield (
        f"Of step {facts.scored_step:,}, over {first.generated:,} samples against {first.real:,} real ones "
        f"({escaped(first.split or 'not said')})."
    )
    sure = any(score.interval for score in facts.scores)
    rows = [
        [
            escaped(name_of(score)),
            f"{score.value:.4g}",
            *(
                ["" if score.interval is None else f"{score.interval[0]:.4g} to {score.interval[1]:.4g}"]
                if sure
                else []
            ),
            "" if score.floor is None else f"{score.floor:.4g}",
            escaped(score.unit),
            escaped(score.better),
            escaped(score.extractor),
        ]
        for score in facts.scores
    ]
    heads = ["score", "value", *(["95% interval"] if sure else []), "real samples get (floor)", "unit"]
    yield table([*heads, "better", "features"], rows)
    if facts.notes:
        yield "\n".join(f"- {escaped(note)}" for note in facts.notes)


def _data(facts: CardFacts) -> Iterator[str]:
    if facts.identity is None:
        yield f"{escaped(_data_name(facts))}; the run keeps no fingerprint of them."
    else:
        yield f"{escaped(facts.identity.sentence().removeprefix('data: '))}."
        yield f"Fingerprint: {code(facts.identity.fingerprint)}"
    yield "The data themselves are not part of the run, and have a licence of their own."


def _training(facts: CardFacts) -> str:
    experiment = facts.run.experiment
    training = experiment.training
    rows = [["steps", f"{facts.step:,} of {training.steps:,}"], ["batch", f"{training.batch_size:,} samples"]]
    rows += [["seed", str(training.seed)], ["precision", escaped(training.dtype)]]
    for name in experiment.networks:
        plan = experiment.plans[name]
        rows.append([f"network {code(name)}", f"{plan.parameters:,} parameters, gives {list(plan.output_shape)}"])
    for phase in experiment.phases:
        rows.append([f"phase {code(phase.name)}", _objective(phase.objective)])
    for name, player in experiment.players.items():
        optimizer = player.optimizer
        rate = getattr(optimizer, "learning_rate", None)
        said = code(variant_name(type(optimizer).__name__)) + (f", learning rate {rate:g}" if rate else "")
        rows.append([f"optimizer of {code(name)}", said])
    return table(["", ""], rows)


def _objective(objective: Any) -> str:
    """What a phase does: the objective's word, its loss, its penalties and its terms, as far as it has any."""
    said = code(variant_name(type(objective).__name__))
    if isinstance(loss := getattr(objective, "loss", None), str):
        said += f", loss {code(loss)}"
    for kind in ("penalties", "terms"):
        if parts := getattr(objective, kind, ()):
            said += f", {kind} {', '.join(code(variant_name(type(part).__name__)) for part in parts)}"
    return said


def _limits(facts: CardFacts, license: str | None) -> Iterator[str]:  # noqa: A002
    if license is None:
        yield "**No licence is known**: who trained it named none. Ask before you use or pass on the weights."
    if facts.step < facts.run.experiment.training.steps:
        yield "The training is not finished; scores and samples are those of an unfinished model."
    if facts.scores:
        yield (
            "Scores hold for these features and these numbers of samples alone: compare them with what real samples "
            "get, and not with other pages."
        )
    yield "It makes what its data hold, with their gaps and their bias, and may repeat training samples."
    if said := facts.environment.get("limits"):
        yield escaped(said)


def _machine(facts: CardFacts) -> str:
    known = facts.environment
    rows = [
        [code(key), code(value)]
        for key, value in known.items()
        if key not in TOLD_ELSEWHERE and isinstance(value, str | int | float) and str(value)
    ]
    rows.append(["command", code(known.get("command", "not kept"))])
    history = [one for one in known.get("history", []) if isinstance(one, dict)]
    for one in history[-SEVERAL:] if len(history) > 1 else []:
        steps = f"steps {one.get('first_step')} to {one.get('last_step') or facts.step}"
        rows.append([steps, f"{code(one.get('backend', ''))} {escaped(one.get(str(one.get('backend')), ''))}"])
    return table(["", ""], rows)
