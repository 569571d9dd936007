"""A page for each preset: what it is, drawn and in words, how it is trained, its programs, what was measured of it."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gan_core.diagrams.diagram import diagram
from gan_core.diagrams.svg import DARK, LIGHT, VARIABLE
from gan_core.experiments.cost import step_multiply_adds
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.loss_words import losses_in_words
from gan_core.experiments.wording import how_often, in_words
from gan_core.lessons.differences import title_of
from gan_core.lessons.facts import said_by_preset
from gan_core.presets import PRESETS, Preset, preset
from gan_core.specs.spec import to_builtins, variant_name
from website.measured import anchor_of, caption_of, rows_of, tables_of
from website.staging import DOCS, write

GROUPS = {
    "unconditional": "Samples from latents alone.",
    "conditional": "Samples of a class that is asked for.",
    "translation": "From images of one kind to images of another, and back.",
    "inference": "An encoder beside the generator: the latent of an image.",
    "autoencoding": "A discriminator that is an autoencoder.",
    "mode-collapse": "Remedies, and points on which it is seen.",
    "semi-supervised": "A discriminator that learns classes from a few labels.",
    "tables": "Rows of numbers and categories.",
    "series": "Windows of numbers that follow in time.",
}
RESULTS, PRESET_NOTES = DOCS / "results.md", DOCS / "presets.md"
PICTURES = {  # preset → a picture of docs/results.md that shows its samples
    "mnist-mlp": "results-montage.png",
    "mnist-dcgan": "results-frameworks.png",
    "mnist-infogan": "results-infogan.png",
    "mnist-cond-wgan-gp": "results-classes.png",
    "mnist-wgan-gp-conv": "results-classes.png",
    "pix2pix-colour": "results-colouring.png",
}
OWN_FOLDERS = {"image_folder", "unpaired_folders"}  # kinds of data that a user brings
STYLE = "drawings.css"


def write_gallery(folder: Path, programs: Mapping[str, Mapping[str, str]]) -> int:
    """Write the pages of all presets into ``gallery`` of a folder, and return how many there are.

    programs: framework → preset → the text of its training program.
    """
    experiments = {name: preset(name) for name in PRESETS}
    for name, experiment in experiments.items():
        texts = {framework: written[name] for framework, written in programs.items() if name in written}
        write(folder / "gallery" / f"{name}.md", preset_page(name, experiment, texts))
        write(folder / "gallery" / f"{name}.svg", diagram(experiment))
        for framework, text in texts.items():
            write(folder / "gallery" / "programs" / f"{name}_{framework}.py", text)
    write(folder / "gallery" / "index.md", index_page(experiments))
    write(folder / "assets" / STYLE, colours())
    return len(experiments)


def names_by_group() -> dict[str, list[str]]:
    """Return the names of the presets by their group, in the order of `GROUPS`."""
    return {group: [name for name, one in PRESETS.items() if one.group == group] for group in GROUPS}


def index_page(experiments: Mapping[str, Experiment]) -> str:
    """Return the page of all presets, with a card for each."""
    lines = [
        "# Gallery",
        "",
        f"The {len(experiments)} presets, by what they are for. Each page has the drawing of a preset, its losses, its",
        "programs in three frameworks, and what was measured of it. `gan list presets` shows the same names.",
    ]
    for group, names in names_by_group().items():
        lines += ["", f"## {group}", "", GROUPS[group], "", '<div class="grid cards" markdown>', ""]
        for name in names:
            lines += [*_card(name, PRESETS[name], experiments[name]), ""]
        lines.append("</div>")
    return "\n".join(lines) + "\n"


def _card(name: str, entry: Preset, experiment: Experiment) -> Iterator[str]:
    parameters = sum(experiment.plans[network].parameters for network in experiment.networks)
    yield f"-   **[{name}]({name}.md)**"
    yield ""
    yield f"    {entry.paper}: {experiment.summary}"
    yield ""
    yield f"    <small>{entry.stands_for} · {parameters:,} parameters</small>"


def preset_page(name: str, experiment: Experiment, programs: Mapping[str, str]) -> str:
    """Return the page of one preset.

    programs: framework → the text of its training program.
    """
    entry = PRESETS[name]
    parts = [
        f"# {name}",
        f"*{experiment.summary}.* {entry.paper}. Stands for: {entry.stands_for}.",
        *said_by_preset(name),
        *_picture(name),
        "## Drawing",
        drawing(experiment),
        f"[The drawing as a file]({name}.svg), or `gan show {name} {_option('diagram')} {name}.svg`.",
        "## Networks",
        networks_table(experiment),
        "## A step",
        "\n".join(phases(experiment)),
        cost(experiment),
        *_differences(name),
        "## Train it",
        commands(name, experiment),
        *_programs(name, programs),
        *measurements(name),
    ]
    return "\n\n".join(parts) + "\n"


def drawing(experiment: Experiment) -> str:
    """Return the drawing of an experiment to stand in a page, left out of the search."""
    return f'<div class="gan-drawing" data-search-exclude>\n{diagram(experiment).strip()}\n</div>'


def networks_table(experiment: Experiment) -> str:
    """Return a table of the networks with what they read and give, and how large they are."""
    lines = ["| network | reads | gives | layers | parameters |", "|---|---|---|---|---|"]
    for name in experiment.networks:
        plan = experiment.plans[name]
        reads = ", ".join(f"{given} {list(one.shape)}" for given, one in plan.inputs.items())
        gives = ", ".join(f"{head} {list(shape)}" for head, shape in plan.outputs.items())
        lines.append(f"| {name} | {reads} | {gives} | {len(plan.nodes)} | {plan.parameters:,} |")
    return "\n".join(lines)


def phases(experiment: Experiment) -> Iterator[str]:
    """Yield the phases of a step as a numbered list: who moves, by which optimizer, and what is minimised."""
    losses = losses_in_words(experiment)
    for number, phase in enumerate(experiment.phases, 1):
        optimizers = {player: in_words(to_builtins(experiment.players[player].optimizer)) for player in phase.players}  # type: ignore[arg-type]
        moved = "; ".join(f"{player} by {optimizer}" for player, optimizer in optimizers.items())
        yield f"{number}. **{phase.name}**{how_often(phase)} moves {moved}."
        yield f"    Minimises: {_as_markdown(losses[phase.name])}"
        for term in getattr(phase.objective, "terms", ()):
            name = variant_name(type(term).__name__)
            yield f"    Adds the term [{name}](../reference/words/terms.md#{name}): {in_words(to_builtins(term))}."


def cost(experiment: Experiment) -> str:
    """Return what a step and the whole training cost, worked out from the shapes."""
    training, step = experiment.training, step_multiply_adds(experiment)
    length = f"{training.steps:,} steps of batch {training.batch_size}"
    if step is None:
        return f"The training has {length}."
    whole = 2 * step * training.steps / 1e12
    shown = f"{whole:,.0f}" if whole >= 10 else f"{whole:.2g}"
    return (
        f"A step costs {step:,.0f} multiply-adds of dense layers and convolutions, worked out from the shapes; "
        f"the training has {length}: {shown} TFLOP in all."
    )


def commands(name: str, experiment: Experiment) -> str:
    """Return three commands: to train a preset, to see samples, to hold the frameworks against each other."""
    folder = f" {_option('set')} folder=PICTURES" if variant_name(type(experiment.data).__name__) in OWN_FOLDERS else ""
    run = f"runs/{experiment.name}-keras-seed{experiment.training.seed}-0001"
    return "\n".join(
        [
            "```sh",
            f"gan train {name} {_option('backend')} keras{folder}",
            f"gan evaluate {run}",
            f"gan compare {name} {_option('backends')} torch,paddle,keras {_option('dtype')} float64 "
            f"{_option('steps')} 30{folder}",
            "```",
        ]
    )


def _option(word: str) -> str:
    return f"--{word}"


def _picture(name: str) -> list[str]:
    if name not in PICTURES or not (DOCS / PICTURES[name]).is_file():
        return []
    words = caption_of(RESULTS, PICTURES[name])
    return [f"![{words}](../{PICTURES[name]})", f"*{words}* From [the results](../results.md)."]


def _differences(name: str) -> list[str]:
    """What a preset has unlike its original, as docs/presets.md has it; nothing where that says nothing."""
    found = [row for row in rows_of(PRESET_NOTES) if name in row.names and row.heads[-1] == "not the same"]
    lines = [f"- {row.cells[1]}: {row.cells[-1] or 'nothing that is known'}." for row in found]
    if not lines:
        return []
    return ["## Not the same as the original", "\n".join(lines), "[All of them](../presets.md)."]


def _programs(name: str, programs: Mapping[str, str]) -> Iterator[str]:
    if not programs:
        return
    yield "## The same as a program { data-search-exclude }"
    yield (
        "What `gan code` writes: a program of the framework alone, short, which computes the same numbers from the "
        "same first weights and random numbers. [More about programs](../programs.md)."
    )
    for framework, text in programs.items():
        command = f"gan code {name} {_option('backend')} {framework} {_option('style')} tutorial"
        file = f"programs/{name}_{framework}.py"
        lines = len(text.splitlines())
        block = f"`{command}` · [the file]({file})\n\n```python\n{text.rstrip()}\n```"
        yield f'??? abstract "{title_of(framework)}, {lines} lines"\n\n{textwrap.indent(block, "    ", lambda _: True)}'


def measurements(name: str) -> Iterator[str]:
    """Yield what was measured of a preset, table by table, each with its day and where it comes from."""
    tables = tables_of(RESULTS, name)
    if tables:
        yield "## Measured"
    for (section, date, heads), rows in tables.items():
        day = f", {date}" if date else ""
        yield f"[{section}](../results.md#{anchor_of(section)}){day}:"
        lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
        lines += [f"| {' | '.join(_from_gallery(cell) for cell in row.cells)} |" for row in rows]
        yield "\n".join(lines)


def _from_gallery(cell: str) -> str:
    """A cell of docs/results.md with links that hold a folder deeper."""
    cell = re.sub(r"\]\(#", "](../results.md#", cell)
    return re.sub(r"\]\((?!\.\./|[a-z]+:)", "](../", cell)


def _as_markdown(text: str) -> str:
    """A docstring's words as Markdown: what would be read as markup is kept as letters."""
    text = text.replace("``", "`")
    parts: Sequence[str] = re.split(r"(`[^`]*`)", text)
    return "".join(part if index % 2 else re.sub(r"([*_\[\]<>])", r"\\\1", part) for index, part in enumerate(parts))


def colours() -> str:
    """Return the style by which drawings in a page follow its light or dark theme, whatever the system says."""
    rules = [
        f'[data-md-color-scheme="{scheme}"] .gan-diagram {{'
        + "".join(f"{VARIABLE}{key}:{colour};" for key, colour in table.items())
        + "}"
        for scheme, table in (("default", LIGHT), ("slate", DARK))
    ]
    return "\n".join(rules) + "\n"
