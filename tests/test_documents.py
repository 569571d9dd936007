"""The documents hold: their links lead somewhere, their words name what there is, and the first page stays short."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from gan_core.laboratory import MODELS
from gan_core.presets import PRESETS
from test_architecture import ORDER

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "benchmarks").rglob("*.md"),
        *ROOT.glob(".github/**/*.md"),
    ]
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
GLOSSARY = ROOT / "docs" / "glossary.md"
DECISIONS = ROOT / "docs" / "decisions"
FIRST_PAGES = ("README.md", "README.zh-CN.md")
LONGEST_FIRST_PAGE = 900


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def without_code(text: str) -> str:
    """Return a page without its blocks of code and its words in code, in which brackets are no links."""
    text = re.sub(r"<!-- site:.*?-->", "", text, flags=re.DOTALL)  # which the site alone shows, and checks
    return re.sub(r"`[^`\n]*`", "`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def links(page: Path) -> list[str]:
    """Return what a page links to, addresses of other sites left out."""
    targets = [one or other for one, other in LINK.findall(without_code(page.read_text(encoding="utf-8")))]
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as hosts of repositories make them: a repeated one gets a number."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", text, flags=re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_a_broken_link_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One word\n\n`[no](link)` [a](gone.md) [b](#one-word) [c](#two) [d](mailto:x) ![e](f.png)\n")

    assert links(page) == ["gone.md", "#one-word", "#two", "f.png"]
    assert anchors(page) == {"one-word"}


@pytest.mark.parametrize("name", FIRST_PAGES)
def test_the_first_page_is_short(name: str) -> None:
    """A Chinese letter counts as two thirds of a word, as translators reckon."""
    text = (ROOT / name).read_text(encoding="utf-8")
    letters = re.findall(r"[\u4e00-\u9fff]", text)
    assert len(re.sub(r"[\u4e00-\u9fff]", " ", text).split()) + len(letters) * 2 / 3 <= LONGEST_FIRST_PAGE


def test_paths_in_the_documents_exist() -> None:
    """Every ``folder/file.py`` of the project that stands in a page as code; the changelog speaks of what was."""
    pages = {page: page.read_text(encoding="utf-8") for page in PAGES if page.name != "CHANGELOG.md"}
    pattern = r"`((?:gan_core|backends|tests|benchmarks|examples|docs)/[\w/.-]*)`"
    named = {(relative(page), path) for page, text in pages.items() for path in re.findall(pattern, text)}
    assert named
    assert sorted(pair for pair in named if not (ROOT / pair[1]).exists()) == []


def classes() -> dict[str, set[str]]:
    """Return the classes of gan_core, each with the folders that define one of this name."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "gan_core").rglob("*.py"):
        folder = path.relative_to(ROOT / "gan_core").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).add(folder)
    return found


def words_of_the_glossary() -> list[str]:
    return re.findall(r"^\*\*(.+?)\*\*", GLOSSARY.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_class_in_the_glossary_exists_where_it_says() -> None:
    known = classes()
    text = " ".join(GLOSSARY.read_text(encoding="utf-8").split())
    named = re.findall(r"`([A-Z][A-Za-z]+)`", text)
    placed = re.findall(r"`([A-Z][A-Za-z]+)` \(([a-z]+)\)", text)
    assert len(named) > 40
    assert [name for name in named if name not in known] == []
    assert [pair for pair in placed if pair[1] not in known[pair[0]]] == []


def test_the_glossary_is_in_alphabetical_order() -> None:
    words = words_of_the_glossary()
    assert words == sorted(words, key=str.lower)
    assert len(words) == len(set(words))


def test_every_decision_stands_in_the_index_with_all_its_parts() -> None:
    records = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    assert [path.name[:4] for path in records] == [f"{number:04d}" for number in range(1, len(records) + 1)]
    index = links(DECISIONS / "README.md")
    for path in records:
        assert path.name in index
        parts = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert parts == ["Context", "Decision", "What was measured", "What was rejected"]


def test_the_map_of_the_folders_is_in_the_order_of_imports() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = page.partition("## The folders")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)) == ORDER


def test_the_first_page_counts_right() -> None:
    page, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in FIRST_PAGES)
    assert f"the {len(PRESETS)} presets" in page
    assert f"{len(PRESETS)} 个预设" in chinese
    assert f"{len(MODELS)} models" in page
    assert f"{len(MODELS)} 个模型" in chinese
