"""Build the documentation site: ``python -m website``, from the folder ``docs``; `make docs` does.

The pages are put together in ``build/docs``, the site stands in ``site``. Prints what was built, and ends with 1 where
a link is broken, a public name says nothing of itself, or a page would fetch something from another site.
"""

import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from website.gallery import names_by_group, write_gallery
from website.links import broken, fetched_elsewhere, pages
from website.notebooks import all_executed, write_notebooks
from website.notebooks import paths as notebook_paths
from website.programs import programs
from website.reference import PYTHON, without_docstring, word_kinds, write_reference
from website.staging import ROOT, place_of, stage

STAGED, KEPT = ROOT / "build" / "docs", ROOT / "build" / "kept"
BACKENDS = ("torch", "paddle", "keras")


def filled(nav: Any) -> Any:
    """Return the navigation of mkdocs.yml, with the generated pages in the places of ``gallery/`` and its like."""
    generated = {"gallery/": gallery_nav, "notebooks/": notebooks_nav, "reference/": reference_nav}
    if isinstance(nav, dict):
        return {key: filled(value) for key, value in nav.items()}
    if isinstance(nav, list):  # what stands for pages among others joins them
        return [
            one
            for entry in nav
            for one in ([*generated[entry]()] if isinstance(entry, str) and entry in generated else [filled(entry)])
        ]
    return [*generated[nav]()] if nav in generated else nav


def gallery_nav() -> Iterator[Any]:
    """Yield the pages of the gallery by group."""
    yield "gallery/index.md"
    for group, names in names_by_group().items():
        yield {group: [{name: f"gallery/{name}.md"} for name in names]}


def notebooks_nav() -> Iterator[Any]:
    """Yield the pages of the notebooks; each has its own title."""
    yield from (place_of(path) for path in notebook_paths())


def reference_nav() -> Iterator[Any]:
    """Yield the pages of the reference."""
    yield from (f"reference/{name}.md" for name in PYTHON)
    yield {"Words of files": [f"reference/words/{kind}.md" for kind in [*word_kinds(), "fields"]]}


def main() -> int:
    """Put the pages together, build the site, and say what it holds."""
    begun = time.monotonic()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    stage(STAGED)
    presets = write_gallery(STAGED, {backend: texts for backend in BACKENDS if (texts := programs(backend, KEPT))})
    write_reference(STAGED)
    print(f"{presets} presets, reference: {time.monotonic() - begun:.0f} s", flush=True)
    notebooks = all_executed(KEPT / "notebooks")
    write_notebooks(STAGED, notebooks)
    print(f"notebooks: {time.monotonic() - begun:.0f} s", flush=True)
    config = load_config(str(ROOT / "mkdocs.yml"))
    config.nav = filled(config.nav)
    try:
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
    except Abort as error:
        print(f"no site: {error}")
        return 1
    return summary(Path(config.site_dir), notebooks, time.monotonic() - begun)


def summary(site: Path, notebooks: Any, seconds: float) -> int:
    """Print what the site holds and what is wrong with it, and return the status to end with."""
    found = pages(site)
    faults = {
        "broken links": [f"{path.relative_to(site)}: {link}" for path, link in broken(found)],
        "fetched from elsewhere": [f"{path.relative_to(site)}: {link}" for path, link in fetched_elsewhere(found)],
        "public names without docstring": without_docstring(),
    }
    print(f"site/index.html: {len(found)} pages in {seconds:.0f} s")
    for one in notebooks:
        print(f"  notebook {one.path.stem}: {one.seconds:.0f} s{' (kept)' if one.kept else ''}")
    print(f"notebooks: {len(notebooks)}, of which {sum(not one.kept for one in notebooks)} were run now")
    for name, wrong in faults.items():
        print("\n  ".join([f"{name}: {len(wrong)}", *wrong]))
    return int(any(faults.values()))


if __name__ == "__main__":
    sys.exit(main())
