"""The links of the site as it was built: each leads to a file that is there, and to an anchor in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|//", flags=re.IGNORECASE)
LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}


@dataclass
class Seen(HTMLParser):
    """What stands in a page.

    links: to be followed. anchors: to be linked to. loaded: what a browser fetches by itself.
    """

    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one tag links to, is called, and has fetched."""
        kind = dict(attrs).get("rel") or ""
        for key, value in attrs:
            if value is None:
                continue
            if key in {"id", "name"}:
                self.anchors.add(value)
            elif (tag, key) in LOADED and kind not in {"canonical", "prev", "next"}:
                self.loaded.append(value)
            elif (tag, key) == ("a", "href"):
                self.links.append(value)


def pages(site: Path) -> dict[Path, Seen]:
    """Return the pages of a site with what stands in them; that of an address which was not found is left out."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        if path.name != "404.html":
            found[path] = Seen()
            found[path].feed(path.read_text(encoding="utf-8"))
    return found


def broken(found: dict[Path, Seen]) -> Iterator[tuple[Path, str]]:
    """Yield each page with a link that leads nowhere."""
    for path, seen in found.items():
        for link in [*seen.links, *seen.loaded]:
            if ADDRESS.match(link):
                continue
            name, anchor = urldefrag(link)
            target = (path.parent / unquote(name)).resolve() if name else path
            known = found.get(target)
            if not target.is_file() or (anchor and known is not None and unquote(anchor) not in known.anchors):
                yield path, link


def fetched_elsewhere(found: dict[Path, Seen]) -> Iterator[tuple[Path, str]]:
    """Yield each page with what a browser would fetch from another site."""
    for path, seen in found.items():
        yield from ((path, link) for link in seen.loaded if ADDRESS.match(link) and not link.startswith("data:"))
