"""Python text in colours: the kinds of its words, line by line."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A word of a line. kind: "keyword", "string", "numeral", "comment", "name" (of what is defined) or "".

    differs: whether lines beside it have another word there.
    """

    text: str
    kind: str
    differs: bool = False


def coloured(text: str) -> list[tuple[Piece, ...]]:
    """Return the lines of a Python text, each as its words."""
    from pygments import lex
    from pygments.lexers import PythonLexer

    lines: list[list[Piece]] = [[]]
    for token, value in lex(text, PythonLexer(stripnl=False, ensurenl=False)):
        kind = _kind(str(token))
        for position, part in enumerate(value.split("\n")):
            if position:
                lines.append([])
            if part:
                lines[-1].append(Piece(text=part, kind=kind))
    return [tuple(line) for line in lines]


def _kind(token: str) -> str:
    """The kind of a token of Pygments; token: its name, as ``Token.Literal.String.Doc``."""
    kinds = {
        "Token.Keyword": "keyword",
        "Token.Operator.Word": "keyword",
        "Token.Literal.String": "string",
        "Token.Literal.Number": "numeral",
        "Token.Comment": "comment",
        "Token.Name.Class": "name",
        "Token.Name.Function": "name",
        "Token.Name.Decorator": "name",
    }
    return next((kind for start, kind in kinds.items() if token.startswith(start)), "")
