"""The pages of the documentation site: what is copied, what is generated, and that both lead where they say."""

import re

import pytest

from gan_core.presets import PRESETS, preset
from website import reference, staging
from website.gallery import GROUPS, PICTURES, colours, index_page, measurements, names_by_group, preset_page
from website.measured import anchor_of, caption_of, rows_of, tables_of

ROOT = staging.ROOT
RESULTS = ROOT / "docs" / "results.md"
NAMES = ("mnist-wgan-gp", "cyclegan", "mixture-8")


def test_a_link_out_of_the_documents_leads_to_a_page_of_the_site():
    text, found = staging.moved_links(
        "[a](../README.md#two-commands) `[b](x)` [c](https://x) [d](../examples)", RESULTS
    )

    assert text == "[a](repository/README.md#two-commands) `[b](x)` [c](https://x) [d](repository/examples/index.md)"
    assert found == {ROOT / "README.md", ROOT / "examples"}


def test_a_notebook_is_linked_as_its_page():
    text, _ = staging.moved_links("[a](../notebooks/01_five_minutes.py)", ROOT / "docs" / "zh" / "index.md")

    assert text == "[a](../notebooks/01_five_minutes.md)"


def test_a_link_to_nothing_stays_for_the_check_to_find():
    assert staging.moved_links("[a](gone.md)", RESULTS) == ("[a](gone.md)", set())


def test_what_only_the_site_shows_stands_in_comments():
    assert staging.for_the_site("a <!-- site: [b](c.md) --> d") == "a [b](c.md) d"


def test_a_list_gets_room_and_code_does_not():
    text = "words\n- a\n- b\n\n```\nx\n- y\n```\n"

    assert staging.with_room_for_lists(text) == "words\n\n- a\n- b\n\n```\nx\n- y\n```\n"


def test_all_that_a_page_links_to_is_staged(tmp_path):
    staging.stage(tmp_path)

    assert (tmp_path / "index.md").is_file()
    assert (tmp_path / "repository" / "README.md").is_file()
    assert "```python" in (tmp_path / "repository" / "gan_core" / "contract" / "backend.py.md").read_text()
    assert "write_a_loss.py" in (tmp_path / "repository" / "examples" / "index.md").read_text()


def test_a_row_of_the_results_is_found_with_its_day():
    tables = tables_of(RESULTS, "mnist-wgan-gp")
    assert ("Presets", "23 November 2026") in {(section, date) for section, date, _ in tables}
    for (_, _, heads), rows in tables.items():
        assert all(len(row.cells) == len(heads) for row in rows)


def test_every_measured_row_of_a_preset_stands_below_a_day():
    names = [row.cells[0] for row in rows_of(RESULTS) if row.names & set(PRESETS) and not row.date]
    assert names == []


@pytest.mark.parametrize(("preset_name", "picture"), PICTURES.items())
def test_a_picture_of_the_gallery_stands_in_the_results(preset_name, picture):
    assert preset_name in PRESETS
    assert (ROOT / "docs" / picture).is_file()
    assert caption_of(RESULTS, picture)


def test_every_preset_has_a_group_of_the_gallery():
    assert sorted(name for names in names_by_group().values() for name in names) == sorted(PRESETS)
    assert set(GROUPS) == {entry.group for entry in PRESETS.values()}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_preset_has_its_parts(name):
    page = preset_page(name, preset(name), {"torch": "import torch\n"})

    for part in ("## Drawing", "## Networks", "## A step", "## Train it", "## The same as a program", "## Measured"):
        assert part in page
    assert f"gan train {name} " in page
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="gan-diagram"' in page
    assert "```python\n    import torch\n    ```" in page


def test_what_was_not_measured_is_not_said():
    assert [*measurements("no-such-preset")] == []


def test_the_index_has_a_card_for_each_preset():
    page = index_page({name: preset(name) for name in PRESETS})

    assert sorted(re.findall(r"^-   \*\*\[([\w-]+)\]", page, flags=re.MULTILINE)) == sorted(PRESETS)


def test_drawings_follow_both_themes():
    assert {line.partition(" ")[0] for line in colours().splitlines()} == {
        '[data-md-color-scheme="default"]',
        '[data-md-color-scheme="slate"]',
    }


def test_an_anchor_is_made_as_hosts_of_repositories_make_it():
    assert anchor_of("What lockstep can, and `cannot` be") == "what-lockstep-can-and-cannot-be"


def test_every_public_name_says_what_it_is():
    assert reference.without_docstring() == []


def test_every_name_of_the_reference_is_there():
    paths = [path for _, _, names in reference.PYTHON.values() for path in names]

    assert len(paths) == len(set(paths))
    assert all(reference.named(path) is not None for path in paths)


@pytest.mark.parametrize("kind", reference.word_kinds())
def test_a_page_of_words_has_a_section_for_each(kind):
    page = reference.words_page(kind)
    assert re.findall(r"^## (\S+)$", page, flags=re.MULTILINE) == [word.name for word in reference.KINDS[kind]()]


def test_an_example_of_a_docstring_becomes_a_block_of_code():
    assert reference.as_markdown("a * b\n\n>>> 1\n1\n\nend") == "a \\* b\n\n\n```pycon\n>>> 1\n1\n```\n\nend"


def test_the_navigation_names_pages_that_are_there(tmp_path):
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    staging.stage(tmp_path)
    named = re.findall(r"([\w/.-]+\.md)$", text, flags=re.MULTILINE)

    assert len(named) > 20
    assert [name for name in named if not (tmp_path / name).is_file()] == []
