"""A page of all lessons, and a quick page of each preset that has no lesson with measurements yet."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gan_core.errors import GanError, UsageError
from gan_core.files.whole_files import written_whole
from gan_core.lessons.children import all_written
from gan_core.lessons.differences import title_of
from gan_core.lessons.facts import said_by_preset
from gan_core.lessons.lesson import check_folder, chosen_backends, make_folder, write_lesson
from gan_core.lessons.measurements import FILE, read_measurements
from gan_core.lessons.page import Lesson, check_packages, rendered
from gan_core.lessons.words import read_words
from gan_core.presets import PRESETS, preset
from gan_core.printing import Tell, silent
from gan_core.programs.program import Program

PAGE = "index.html"
COMMAND = "gan lesson --all"


def make_overview(out: str | Path, *, backends: Sequence[str] = (), language: str = "en", tell: Tell = silent) -> Path:
    """Write a page of all presets' lessons into a folder, and return its path.

    Each preset has a lesson in a folder of its name: one that holds measurements stays as it is; of the others a quick
    page is written, for which nothing is run. backends, language: as for `make_lesson`. tell: is told in a line what is
    being done. Raises `UsageError` for a folder that holds something else, an unknown language or backend.
    """
    words, folder = read_words(language), Path(out)
    check_packages()
    _check(folder)
    names = chosen_backends(backends)
    missing: dict[str, str] = {}
    written: dict[str, dict[str, Program | str]] = {}
    for name in names:
        tell(f"writing {len(PRESETS)} programs for {name}")
        try:
            written[name] = all_written([*PRESETS], name)
        except GanError as error:
            missing[name] = str(error)
            tell(f"no programs for {name}: {error}")
    rows = []
    for name, entry in PRESETS.items():
        made, lacking, measured = preset(name), dict(missing), (folder / name / FILE).is_file()
        texts = {framework: found[name] for framework, found in written.items()}
        lacking |= {framework: text for framework, text in texts.items() if isinstance(text, str)}
        if not measured:
            lesson = Lesson(
                experiment=made,
                docstring=said_by_preset(name),
                programs={framework: text for framework, text in texts.items() if isinstance(text, Program)},
                missing=lacking,
                unmeasured={},
                measured=None,
                version=version("gan-core"),
                command=COMMAND,
            )
            write_lesson(lesson, words, folder / name)
        row = {"name": name, "summary": made.summary, "paper": entry.paper, "group": entry.group, "measured": measured}
        rows.append(row | {"missing": [_why(words, *one) for one in lacking.items()] if not measured else []})
    make_folder(folder)
    with written_whole(folder / PAGE) as unfinished:
        context = {
            "presets": rows,
            "groups": _groups(rows),
            "frameworks": ", ".join(map(title_of, written)) or "—",
            "foot": f"{words('page.made', version=version('gan-core'))} `{COMMAND}`",
        }
        unfinished.write_text(rendered("overview.html.jinja", context, words), encoding="utf-8")
    return folder / PAGE


def _why(words: Any, framework: str, reason: str) -> str:
    return str(words("page.missing", framework=title_of(framework), reason=reason))


def _groups(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["group"], []).append(row)
    return found


def _check(folder: Path) -> None:
    """Raise `UsageError` for a folder that holds something else than lessons."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"out={folder}: expected a folder; there is a file of that name")
    for name in sorted(path.name for path in folder.iterdir()) if folder.exists() else ():
        if name in PRESETS:
            check_folder(folder / name)
            read_measurements(folder / name / FILE)
        elif name != PAGE and read_measurements(folder / name / FILE) is None:
            raise UsageError(f"out={folder} holds {name}, which is no lesson; name a folder of lessons, or a new one")
