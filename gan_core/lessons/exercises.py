"""Exercises whose answers a page can check, worked out from the experiment and from its measurements."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.experiments.loss_words import losses_in_words, short
from gan_core.lessons.alignment import Topic
from gan_core.lessons.differences import Row, rows_of_line, word_of
from gan_core.lessons.facts import change_in_words
from gan_core.lessons.words import Words
from gan_core.objectives.losses import LOSSES

COUNT = 5
MOST_OPTIONS = 4


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """An exercise. name: of its kind. question, hint, solution: texts.

    kind: "number" (answer: value and what it may be off by), "step" (a step, or None for never, and what it may be off
    by), "choice" (the position among the options) or "line" (a framework, and keys of lines).
    """

    name: str
    kind: str
    question: str
    hint: str
    solution: str
    answer: Mapping[str, Any]
    options: Sequence[str] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What exercises are made from. measured: what was measured, or None. titles: framework → as it is called."""

    experiment: Experiment
    rows: Sequence[Row]
    topics: Sequence[Topic]
    frameworks: Sequence[str]
    titles: Mapping[str, str]
    measured: Mapping[str, Any] | None


def exercises(subject: Subject, words: Words) -> list[Exercise]:
    """Return the first `COUNT` exercises that the experiment, and what was measured, give the answers for."""
    makers = (_parts, _undecided, _line, _silent, _counting, _floor, _worst, _layer)
    found = [exercise for make in makers for exercise in make(subject, words)]
    return found[:COUNT]


def _made(name: str, kind: str, words: Words, answer: Mapping[str, Any], /, **values: Any) -> Exercise:
    """An exercise in the words of its kind; options and another solution's name are among the values."""
    options = values.pop("options", ())
    solution = values.pop("solution", "solution")
    texts = {part: words(f"exercise.{name}.{part}", **values) for part in ("question", "hint")}
    return Exercise(
        name=name,
        kind=kind,
        answer=answer,
        options=options,
        solution=words(f"exercise.{name}.{solution}", **values),
        **texts,
    )


def _ports(subject: Subject) -> dict[str, Mapping[str, Any]]:
    ports = (subject.measured or {}).get("ports", {})
    return {name: port for name, port in ports.items() if "failed" not in port}


def _title(subject: Subject, name: str, words: Words) -> str:
    return next(row for row in subject.rows if row.name == name).text(words.language, "title")


def _parts(subject: Subject, words: Words) -> Iterator[Exercise]:
    """At which step a mistake shows in the losses: the first of the table, batch norm's momentum where there is one."""
    known = {row.name: row for row in subject.rows}
    for name, port in _ports(subject).items():
        if name not in known:
            continue
        step, samples_step = port["losses_part_at"], port["samples_part_at"]
        never = "solution_never" if samples_step is not None else "solution_nowhere"
        yield _made(
            "parts",
            "step",
            words,
            {"value": step, "tolerance": 0 if step is None else max(1, round(0.2 * step))},
            title=known[name].text(words.language, "title"),
            change=change_in_words(port["changes"], words),
            ignored=known[name].text(words.language, "ignored"),
            steps=subject.experiment.training.steps,
            step=step,
            samples_step=samples_step,
            last=short(port["losses"][-1]),
            solution="solution" if step is not None else never,
        )
        return


def _undecided(subject: Subject, words: Words) -> Iterator[Exercise]:
    for phase in subject.experiment.phases:
        loss = LOSSES.get(getattr(phase.objective, "loss", ""))
        value = phase.objective.undecided_loss()
        texts = losses_in_words(subject.experiment).get(phase.name, "")
        if value is not None:
            answer = {"value": value, "tolerance": 0.01}
            yield _made("undecided", "number", words, answer, phase=phase.name, loss=texts, value=short(value))
            return
        if loss is not None and loss.needs_bound and getattr(phase.objective, "penalties", None):
            yield _made(
                "same_score", "number", words, {"value": 0.0, "tolerance": 0.01}, phase=phase.name, loss=texts, value=0
            )
            return


def _line(subject: Subject, words: Words) -> Iterator[Exercise]:
    """A line to be found, in the last framework but one of the columns, so that it is not the reference's."""
    if not subject.frameworks:
        return
    place = min(1, len(subject.frameworks) - 1)
    framework = subject.frameworks[place]
    cells = [row[place] for topic in subject.topics for row in topic.rows]
    for row in subject.rows:
        right = [
            cell for cell in cells if cell and cell.key and row in rows_of_line([row], subject.experiment, cell.key)
        ]
        right = [cell for cell in right if not cell.text.strip().startswith("#")]
        if row.port and right:
            yield _made(
                "line",
                "line",
                words,
                {"framework": framework, "keys": sorted({cell.key for cell in right})},
                framework=subject.titles[framework],
                title=row.text(words.language, "title"),
                ignored=row.text(words.language, "ignored"),
                number=right[0].number,
                text=f"`{right[0].text.strip()}`",
            )
            return


def _silent(subject: Subject, words: Words) -> Iterator[Exercise]:
    ports = _ports(subject)
    silent = [
        name for name, one in ports.items() if one["losses_part_at"] is None and one["samples_part_at"] is not None
    ]
    loud = [name for name, one in ports.items() if one["losses_part_at"] is not None]
    if not silent or not loud:
        return
    right = silent[-1]
    options = [name for name in ports if name in {right, *loud[: MOST_OPTIONS - 1]}]
    yield _choice(
        "silent",
        subject,
        words,
        options,
        right,
        losses=short(ports[right]["losses"][-1]),
        samples=short(ports[right]["samples"][-1]),
        steps=subject.experiment.training.steps,
    )


def _choice(word: str, subject: Subject, words: Words, options: list[str], right: str, **facts: Any) -> Exercise:
    """The exercise of choosing one of several ports."""
    titles = {name: _title(subject, name, words) for name in options}
    answer = {"value": options.index(right)}
    return _made(word, "choice", words, answer, options=list(titles.values()), name=titles[right], **facts)


def _worst(subject: Subject, words: Words) -> Iterator[Exercise]:
    ports = {name: one for name, one in _ports(subject).items() if one["losses"][-1] is not None}
    if len(ports) < 2:
        return
    right = max(ports, key=lambda name: ports[name]["losses"][-1])
    others = [name for name in ports if name != right][: MOST_OPTIONS - 1]
    options = [name for name in ports if name in {right, *others}]
    yield _choice(
        "worst",
        subject,
        words,
        options,
        right,
        value=short(ports[right]["losses"][-1]),
        steps=subject.experiment.training.steps,
    )


def _counting(subject: Subject, words: Words) -> Iterator[Exercise]:
    for name in subject.experiment.networks:
        plan = subject.experiment.plans[name]
        kept = sum(math.prod(buffer.shape) for node in plan.nodes for buffer in _statistics(node))
        if kept:
            value = plan.parameters + kept
            yield _made(
                "counting",
                "number",
                words,
                {"value": value, "tolerance": 0},
                network=name,
                trainable=plan.parameters,
                channels=kept // 2,
                value=value,
            )
            return


def _statistics(node: Any) -> Sequence[Any]:
    return [*node.plan.buffers.values()] if word_of(node.layer) == "batch_norm" else []


def _floor(subject: Subject, words: Words) -> Iterator[Exercise]:
    floor = (subject.measured or {}).get("floor")
    if floor and floor[-1]:
        exponent = round(math.log10(floor[-1]))
        yield _made(
            "floor",
            "number",
            words,
            {"value": exponent, "tolerance": 1},
            steps=subject.experiment.training.steps,
            value=short(floor[-1]),
            exponent=exponent,
        )


def _layer(subject: Subject, words: Words) -> Iterator[Exercise]:
    """How many numbers a layer holds, of each network: there is always enough to ask."""
    for name in subject.experiment.networks:
        nodes = [node for node in subject.experiment.plans[name].nodes if node.plan.weights]
        for node in nodes[:COUNT]:
            value = sum(math.prod(weight.shape) for weight in node.plan.weights.values())
            yield _made(
                "layer",
                "number",
                words,
                {"value": value, "tolerance": 0},
                network=name,
                layer=node.name,
                shape_in=" + ".join(str([*shape]) for shape in node.input_shapes),
                shape_out=[*node.plan.output_shape],
                value=value,
            )
