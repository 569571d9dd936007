"""An extension of griffe, which reads docstrings for the reference: theirs are plain text, the page is Markdown."""

from typing import Any

import griffe

from website.reference import as_markdown


class PlainDocstrings(griffe.Extension):
    """Turns the docstrings of all objects into Markdown, when they are read."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Turn the docstring of one object."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)
