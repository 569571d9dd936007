"""The parts of a program that are the same in every framework but for a word here and there: steps, sheets, `main`."""

import sys
from collections.abc import Sequence
from itertools import groupby

from gan_core.recording.forward import safe
from gan_core.recording.language import Language
from gan_core.recording.program_parts import ProgramParts, StepCall


def whole_step(parts: ProgramParts, language: Language) -> list[str]:
    """Return the method that does one step: the alternation."""
    body: list[str] = []
    known = {"batch": False}
    for condition, calls in groupby(parts.calls, key=lambda call: call.condition):
        lines = [line for call in calls for line in _call(call, parts, language, known)]
        if condition:
            lines = [f"if {condition}:", *(f"    {line}" for line in lines)]
            known["batch"] = False  # after a step without it
        body += lines
    epoch = ", epoch" if any("epoch" in call.condition for call in parts.calls) else ""
    return [
        f"    def step(self, number, batches{epoch}):",
        '        """Do one step of the training, counted from 0; return the numbers to print."""',
        "        scalars = {}",
        *(f"        {line}" for line in body),
        "        return scalars",
    ]


def _call(call: StepCall, parts: ProgramParts, language: Language, known: dict[str, bool]) -> list[str]:
    reads = [one for one in call.arguments if one.kind in {"batch", "shuffled"}]
    fresh = call.takes == "next" or (call.takes == "step" and not known["batch"])
    taken = fresh or known["batch"]
    first = f'len(batch["{parts.domains[0][0]}"])' if parts.domains and taken else "BATCH_SIZE"
    drawn = [one for one in call.arguments if one.kind != "batch"]
    lines = ["batch = next(batches)"] if fresh and parts.domains else []
    count = first
    if len(drawn) > 1 and taken:
        lines.append(f"count = {first}")
        count = "count"
    arguments = ", ".join(language.drawn(one, count) for one in call.arguments)
    lines.append(f"scalars |= self.{call.function.name}({arguments})")
    known["batch"] = known["batch"] or fresh or bool(reads)
    if call.repeats > 1:
        lines = [f"for _ in range({call.repeats}):", *(f"    {line}" for line in lines)]
        known["batch"] = True
    return lines


def sheet(parts: ProgramParts, language: Language) -> list[str]:
    """Return the function that saves a sheet of samples as a picture."""
    rank = len(parts.sheet["shape"])
    if rank == 1:
        return [
            "def save_sheet(samples, path, columns):",
            '    """Save points [N, 2] as a scatter plot, or other samples as curves."""',
            "    figure, axes = plt.subplots(figsize=(5, 5))",
            "    if samples.shape[1] == 2:",
            "        axes.scatter(samples[:, 0], samples[:, 1], s=2)",
            "    else:",
            "        axes.plot(samples.T)",
            "    figure.savefig(path, dpi=120)",
            "    plt.close(figure)",
        ]
    if rank == 2:
        return [
            "def save_sheet(samples, path, columns):",
            '    """Save series [N, T, F] as curves, a panel a sample."""',
            "    rows = -(-len(samples) // columns)",
            "    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(3 * columns, 2 * rows))",
            "    for panel, series in zip(axes.ravel(), samples):",
            "        panel.plot(series, linewidth=1)",
            "    figure.savefig(path, dpi=100)",
            "    plt.close(figure)",
        ]
    axes = "N, H, W, C" if language.channels_last else "N, C, H, W"
    if rank == 3 and parts.sheet["shape"][1] == 1:
        return [
            "def save_sheet(samples, path, columns):",
            f'    """Save sounds [{axes}] as waves above their spectrograms."""',
            "    samples = samples.reshape(len(samples), -1)",
            "    rows = 2 * -(-len(samples) // columns)",
            "    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(2 * columns, rows))",
            "    for number, sound in enumerate(samples):",
            "        row, column = divmod(number, columns)",
            "        axes[2 * row, column].plot(sound, linewidth=0.5)",
            "        size = min(512, len(sound) // 16)",
            "        axes[2 * row + 1, column].specgram(sound + 1e-6, NFFT=size, noverlap=size // 2)",
            "    for one in axes.ravel():",
            '        one.axis("off")',
            "    figure.savefig(path, dpi=100)",
            "    plt.close(figure)",
        ]
    order = (0, 2, 1, 3, 4) if language.channels_last else (0, 3, 1, 4, 2)
    sides = "height, width, channels" if language.channels_last else "channels, height, width"
    grey = ".repeat(3, axis=2)" if parts.sheet["shape"][0] == 1 else ""
    return [
        "def save_sheet(samples, path, columns):",
        f'    """Save pictures [{axes}] in -1 ... 1 side by side."""',
        "    rows = len(samples) // columns",
        f"    _, {sides} = samples.shape",
        f"    grid = samples[: rows * columns].reshape(rows, columns, {sides})",
        f"    grid = grid.transpose{order}.reshape(rows * height, columns * width, channels)",
        f"    plt.imsave(path, np.clip((grid + 1) / 2, 0, 1){grey})",
    ]


def sample(parts: ProgramParts, language: Language) -> list[str]:
    """Return the method that makes the samples of a sheet, as NumPy arrays."""
    words, sheet_parts = language.running(parts), parts.sheet
    names = [safe(name) for name, _ in sheet_parts["inputs"]]
    networks = list(dict.fromkeys(one for chain in sheet_parts["networks"] for one in chain))
    given = ", ".join(names)
    listed = words.get("several", "{0}").format(given) if len(names) > 1 else given
    chains = []
    for chain in sheet_parts["networks"]:
        text = listed
        for name in chain:
            text = words["sampled"].format(f"self.{name}", text) + ("[0]" if parts.has_heads(name) else "")
        chains.append(text)
    evaluating = not sheet_parts["training"]
    lines = [words["no_grad"]] if words["no_grad"] else []
    lines += [
        f"def sample(self, {given}):",
        '    """Return samples as a NumPy array, with the statistics that batch norm has kept."""',
    ]
    if evaluating and words["evaluate"]:
        lines += [f"    {words['evaluate'].format(f'self.{name}')}" for name in networks]
    if len(chains) == 1:
        lines.append(f"    samples = {chains[0]}")
    else:
        lines += ["    parts = [", *(f"        {text}," for text in chains), "    ]"]
        lines.append("    samples = " + words["in_turn"].format("parts"))
    if evaluating and words["train"]:
        lines += [f"    {words['train'].format(f'self.{name}')}" for name in networks]
    lines.append(f"    return {words['numpy'].format('samples')}")
    return [f"    {line}" for line in lines]


def main(parts: ProgramParts, language: Language) -> list[str]:
    """Return the function that is run."""
    words = language.running(parts)
    columns, reads = parts.sheet["columns"], bool(parts.data_default)
    lines = ["def main():", "    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])"]
    if reads:
        lines.append(f'    parser.add_argument("--data", type=Path, default=Path("{parts.data_default}"))')
    lines += [
        f'    parser.add_argument("--out", type=Path, default=Path("{parts.name}"))',
        f'    parser.add_argument("--steps", type=int, default={parts.steps})',
        f'    parser.add_argument("--seed", type=int, default={parts.seed})',
    ]
    if not parts.brief:
        lines.append('    parser.add_argument("--resume", type=Path, help="a checkpoint to go on from")')
    lines += [
        "    arguments = parser.parse_args()",
        "",
        f"    {words['seed']}",
        f"    arrays = load_data({'arguments.data' if reads else 'Path()'})",
        *_batches(parts),
        *([f"    epoch = {_epoch(parts)}  # steps"] if _needs_epoch(parts) else []),
        "    gan = GAN()",
        *_sheet_inputs(parts, language),
        "    arguments.out.mkdir(parents=True, exist_ok=True)",
        "    first = gan.load(arguments.resume) if arguments.resume else 0" if not parts.brief else "    first = 0",
        "    for number in range(first, arguments.steps):",
        f"        scalars = gan.step(number, batches{', epoch' if _anew(parts) else ''})",
        "        done = number + 1",
        f"        if done % {_factor(parts.every['log'])} == 0:",
        '            print(done, *(f"{name} {value:.4f}" for name, value in scalars.items()))',
        f"        if done % {_factor(parts.every['sheet'])} == 0 or done == arguments.steps:",
        f"            sheet = gan.sample({', '.join(_wanted(parts))})",
        f'            save_sheet(sheet, arguments.out / f"sheet-{{done:06d}}.png", columns={columns})',
    ]
    if not parts.brief:
        lines += [
            f"        if done % {_factor(parts.every['checkpoint'])} == 0 or done == arguments.steps:",
            f'            gan.save(arguments.out / "checkpoint{words["suffix"]}", done)',
        ]
    return [*lines, "", "", 'if __name__ == "__main__":', "    main()"]


def _batches(parts: ProgramParts) -> list[str]:
    """The lines that make the batches; those of two domains come in orders of their own."""
    if len(parts.domains) < 2:
        return ["    batches = batches_of(arrays, BATCH_SIZE)"]
    lines = []
    for domain, names in zip(("first", "second"), parts.domains, strict=False):
        chosen = ", ".join(f'"{name}": arrays["{name}"]' for name in names)
        lines.append(f"    {domain}_domain = batches_of({{{chosen}}}, BATCH_SIZE)")
    return [*lines, "    batches = (one | other for one, other in zip(first_domain, second_domain))"]


def _factor(text: str) -> str:
    return f"({text})" if " " in text else text


def _anew(parts: ProgramParts) -> bool:
    return any("epoch" in call.condition for call in parts.calls)


def _needs_epoch(parts: ProgramParts) -> bool:
    wanted = [parts.every["log"], parts.every["sheet"], *([] if parts.brief else [parts.every["checkpoint"]])]
    return _anew(parts) or any("epoch" in text for text in wanted)


def _epoch(parts: ProgramParts) -> str:
    first = parts.domains[0][0]
    batches = (
        f'-(-len(arrays["{first}"]) // BATCH_SIZE)' if parts.keeps_last else f'len(arrays["{first}"]) // BATCH_SIZE'
    )
    per = parts.batches_per_step
    if per == 1:
        return batches
    return f"{batches} // {per:g}" if per == int(per) else f"round({batches} / {per:g})"


def _wanted(parts: ProgramParts) -> list[str]:
    return [f"sheet_{name}" for name, _ in parts.sheet["inputs"]]


def _sheet_inputs(parts: ProgramParts, language: Language) -> list[str]:
    """The lines that draw, once, what the sheets are made of."""
    words, rows, columns = language.running(parts), parts.sheet["rows"], parts.sheet["columns"]
    lines, reads = [], [given for _, given in parts.sheet["inputs"] if given.kind == "batch"]
    if reads:
        domain = next(names for names in parts.domains if reads[0].name in names)
        chosen = "{" + ", ".join(f'"{name}": arrays["{name}"]' for name in domain) + "}"
        chosen = chosen if len(parts.domains) > 1 else "arrays"
        counted = domain[0] if parts.by_categories else reads[0].name
        count = f'min({rows * columns}, len(arrays["{counted}"]))'
        lines.append(f"    shown = next(batches_of({chosen}, {count}))")
    for name, given in parts.sheet["inputs"]:
        if given.kind == "labels":
            text = words["rows_of_labels"].format(rows=rows, columns=columns, classes=given.classes)
        elif given.kind == "batch":
            text = f'shown["{given.name}"]'
        else:
            count = f'len(shown["{reads[0].name}"])' if reads else str(rows * columns)
            text = language.drawn(given, count)
        lines.append(f"    sheet_{name} = {text}")
    return lines


def keeping(parts: ProgramParts, language: Language) -> list[str]:
    """Return the methods that save and load a checkpoint."""
    words = language.running(parts)
    return [f"    {line}" if line else "" for line in words["keeping"].splitlines()]


def imports(parts: ProgramParts, language: Language, text: str) -> list[str]:
    """Return the import lines, in the order in which people sort them. text: as for `Language.imports`."""
    own = ["import argparse", "from pathlib import Path", *(["import copy"] if parts.averages else [])]
    standard = [line for line in dict.fromkeys([*own, *parts.data_imports]) if _is_standard(line)]
    other = ["import matplotlib.pyplot as plt", "import numpy as np", *parts.data_imports, *language.imports(text)]
    others = [line for line in dict.fromkeys(other) if not _is_standard(line)]
    return [*sorted(standard, key=_sort_key), "", *sorted(others, key=_sort_key)]


def _is_standard(line: str) -> bool:
    return line.split()[1].partition(".")[0] in sys.stdlib_module_names


def _sort_key(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line


def settings(parts: ProgramParts, language: Language) -> Sequence[str]:
    """Return the lines of constants."""
    lines = [f"BATCH_SIZE = {parts.batch_size}"]
    if parts.brief:
        return lines
    return [*lines, "# what a checkpoint holds", f"CHANGING = {language.changing(parts)!r}".replace("'", '"')]
