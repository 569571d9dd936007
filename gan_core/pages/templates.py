"""A page from its template: what is filled in is escaped, and the parts that all pages share are there by name.

A template finds files of its own package first, then those of this one, so that pages share macros, style and script.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from gan_core.diagrams.svg import DARK, LIGHT, VARIABLE
from gan_core.pages.package_files import PackageFiles
from gan_core.pages.words import Words

SHARED = PackageFiles("gan_core.pages")
FOLDER = "page_files"


def rendered(package_files: PackageFiles, template: str, context: Mapping[str, Any], words: Words) -> str:
    """Return a template of a package with its places filled.

    context: the values. Text is escaped; ``data`` becomes JSON for a script element; markup that a module made itself
    is given as `Markup`. A template may call ``t(key, …)`` for a text, ``inline(text)`` for one with `code` in it, and
    ``file(name)`` for a file of the package, or of this one, as it is.
    """
    own = dict(context)
    if "data" in own:
        own["data"] = Markup(safe_json(own["data"]))  # noqa: S704
    said = {"words": words, "t": lambda key, **values: inline(words(key, **values))}
    return _environment(package_files).get_template(template).render(own | said)


@cache  # a template is compiled once a process, which takes longer than to fill it in
def _environment(package_files: PackageFiles) -> Environment:
    def text_of(name: str) -> str:
        holder = package_files if package_files.holds(f"{FOLDER}/{name}") else SHARED
        return holder.text(f"{FOLDER}/{name}")

    environment = Environment(
        loader=FunctionLoader(text_of),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {
        "inline": inline,
        "file": lambda name: Markup(text_of(name)),  # noqa: S704  (files of these packages)
        "diagram_css": Markup(_diagram_colours()),  # noqa: S704
    }
    return environment


def inline(text: object) -> Markup:
    """Return a text as HTML, with what stands between backticks as code.

    >>> str(inline("`a` < b"))
    '<code>a</code> &lt; b'
    """
    parts = str(text).split("`")
    if len(parts) % 2 == 0:  # a lone backtick
        return Markup.escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if position % 2 else Markup.escape(part)
        for position, part in enumerate(parts)
    )


def safe_json(plain: Any) -> str:
    """Return JSON that may stand within a script element; NaN and infinities, which JSON lacks, raise `ValueError`."""
    return json.dumps(plain, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _diagram_colours() -> str:
    """The colours of drawings for a page whose reader chose dark or light."""
    rules = []
    for theme, colours in (("light", LIGHT), ("dark", DARK)):
        variables = "".join(f"{VARIABLE}{name}:{colour};" for name, colour in colours.items())
        rules.append(f':root[data-theme="{theme}"] .gan-diagram{{{variables}}}')
    return "".join(rules)
