"""The pages of the repository, copied to where the site is built from, with links that hold there.

In the repository a page links to any file: another page, an example, a folder. The site has a page for each of them:
what is not in ``docs`` stands below ``repository``, code with its colours.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ASSETS = Path(__file__).parent / "assets"
OUTSIDE = "repository"  # below it stand the pages of files that are not in docs
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", flags=re.DOTALL | re.MULTILINE)
FOR_THE_SITE = re.compile(r"<!-- site:\s*(.*?)\s*-->", flags=re.DOTALL)
LANGUAGES = {".py": "python", ".toml": "toml", ".yml": "yaml", ".sh": "sh"}


def place_of(path: Path) -> str:
    """Return where a file or folder of the repository stands in the site, from the folder that it is built from."""
    name = path.relative_to(ROOT).as_posix()
    if path.is_dir():
        return f"{OUTSIDE}/{name}/index.md"
    if path.parent == DOCS / "notebooks" and path.suffix == ".py":
        return f"notebooks/{path.stem}.md"
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    return f"{OUTSIDE}/{name}" if path.suffix == ".md" else f"{OUTSIDE}/{name}.md"


def moved_links(text: str, page: Path) -> tuple[str, set[Path]]:
    """Return a page's text with the links that it has in the site, and what of the repository they lead to.

    page: its place in the repository. Code stays as it is, and so do addresses of other sites and links to nothing,
    of which the site's own check then tells.
    """
    here, found = Path(place_of(page)).parent, set()

    def moved(match: re.Match[str]) -> str:
        name, separator, anchor = match[1].partition("#")
        target = (page.parent / name).resolve()
        if not name or re.match(r"[a-z]+:", name) or not target.exists() or not target.is_relative_to(ROOT):
            return match[0]
        found.add(target)
        return f"]({os.path.relpath(place_of(target), here)}{separator}{anchor})"

    return "".join(part if index % 2 else LINK.sub(moved, part) for index, part in enumerate(CODE.split(text))), found


def for_the_site(text: str) -> str:
    """Return a page's text with what only the site shows: it stands in comments, ``<!-- site: … -->``."""
    return FOR_THE_SITE.sub(r"\1", text)


def with_room_for_lists(text: str) -> str:
    """Return a page's text with an empty line before each list, which a repository's browser does without."""
    lines: list[str] = []
    in_code = False
    for line in text.splitlines():
        in_code ^= line.startswith("```")
        before = lines[-1] if lines else ""
        begins = re.match(r"([-*]|\d+\.) ", line) and not re.match(r"([-*]|\d+\.) |\s", before)
        if begins and before and not in_code:
            lines.append("")
        lines.append(line)
    return "\n".join(lines) + "\n"


def stage(folder: Path) -> None:
    """Copy the pages of the repository into a folder, and what they link to; the folder's other files stay."""
    waiting = [*sources()]
    done: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in done or place_of(path).startswith("notebooks/"):
            continue
        done.add(path)
        text, targets = page_of(path)
        waiting += targets
        place = folder / place_of(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            shutil.copy(path, place)
        else:
            write(place, text)
    for path in ASSETS.iterdir():
        write(folder / "assets" / path.name, path.read_text(encoding="utf-8"))


def sources() -> Iterator[Path]:
    """Yield what every site holds: the pages and pictures of ``docs``, the examples, the pages at the top."""
    yield from DOCS.rglob("*.md")
    yield from DOCS.glob("*.png")
    yield from (ROOT / "examples").rglob("*.py")
    yield from (ROOT / "examples").rglob("*.toml")
    yield from (ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md"))
    yield ROOT / "examples"


def page_of(path: Path) -> tuple[str | None, set[Path]]:
    """Return the text of a file's page and what it links to; the text is None for a picture, which is copied."""
    if path.is_dir():
        return folder_page(path)
    if path.suffix == ".png":
        return None, set()
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return moved_links(with_room_for_lists(for_the_site(text)), path)
    return code_page(path, text), set()


def code_page(path: Path, text: str) -> str:
    """Return the page of a file of code."""
    name = path.relative_to(ROOT).as_posix()
    return f"# `{name}`\n\n```{LANGUAGES.get(path.suffix, 'text')}\n{text.rstrip()}\n```\n"


def folder_page(path: Path) -> tuple[str, set[Path]]:
    """Return the page of a folder, which lists its files, each with its first line, and those files."""
    entries = sorted(entry for entry in path.iterdir() if entry.suffix in LANGUAGES)
    here = Path(place_of(path)).parent
    lines = [f"# `{path.relative_to(ROOT).as_posix()}/`", "", "| file | |", "|---|---|"]
    for entry in entries:
        link = os.path.relpath(place_of(entry), here)
        lines.append(f"| [`{entry.name}`]({link}) | {first_sentence(entry)} |")
    return "\n".join(lines) + "\n", set(entries)


def first_sentence(path: Path) -> str:
    """Return what a file of code says of itself in its first line: of its docstring, or its first comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = lines[0] if lines else ""
    text = first.lstrip("# ").strip().strip('"').replace("|", "\\|").replace("``", "`")
    return text if first.startswith(('"""', "#")) else ""


def write(place: Path, text: str) -> None:
    """Write a page, unless it stands there already, so that a build sees what changed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.is_file() or place.read_text(encoding="utf-8") != text:
        place.write_text(text, encoding="utf-8")
