"""The names that the author of a formula gave its parts, read from the source of the code that is running."""

import linecache
import sys
from ast import AST, AnnAssign, Assign, FunctionDef, IfExp, Name, Return, Tuple, expr, parse, walk
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

_HERE = str(Path(__file__).parent)
_SILENT = frozenset(
    {
        "outputs",
        "call",
        "<lambda>",
        "evaluate",
        "run",
        "run_heads",
        "make",
        "generate",
        "translate",
        "discriminate",
        "whole",
        "called",
    }
)
Place = tuple[int, int, int, int]  # first and last line, first and last column


def author_names(*, of_a_call: bool) -> tuple[str, ...]:
    """Return the wishes for the name of what the running code makes, best first.

    That is the variable that it is assigned to (of one to several variables, those joined by commas), by the function
    that makes it or by one that gets it returned; then what that function is called. of_a_call: whether it is the call
    of a network, which counts for what any statement around makes of it.
    """
    assigned: list[str] = []
    returned: list[str] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "recorded_phases":
        if not frame.f_code.co_filename.startswith(_HERE):
            found = _names_at(frame.f_code.co_filename, _position(frame.f_code, frame.f_lasti))
            assigned += [name for name, is_return in found if not is_return]
            returned += [name for name, is_return in found if is_return and name not in _SILENT]
            if not of_a_call and (assigned or not found):
                break
        if frame.f_code.co_name == "evaluate":
            break
        frame = frame.f_back
    return tuple(dict.fromkeys([*(assigned[::-1] if of_a_call else assigned), *returned]))


@cache
def _position(code: CodeType, instruction: int) -> Place:
    line, last, column, end = list(code.co_positions())[instruction // 2]
    return line or 0, last or 0, column or 0, end or 0


@cache
def _names_at(file: str, position: Place) -> list[tuple[str, bool]]:
    """The names that a source file gives to what stands at a position: to all of it, not to what it is a part of."""
    return [(name, is_return) for place, name, is_return in _named_places(file) if place == position]


@cache
def _named_places(file: str) -> list[tuple[Place, str, bool]]:
    try:
        tree = parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return []
    return list(_places(tree))


def _places(tree: AST) -> Iterator[tuple[Place, str, bool]]:
    for node in walk(tree):
        if isinstance(node, FunctionDef):
            for part in walk(node):
                if isinstance(part, Return) and part.value is not None:
                    yield from ((place, node.name, True) for place in _branches(part.value))
        target, value = _assignment(node)
        if value is None:
            continue
        if isinstance(target, Name):
            yield from ((place, target.id, False) for place in _branches(value))
        elif isinstance(target, Tuple) and all(isinstance(part, Name) for part in target.elts):
            names = [part.id for part in target.elts if isinstance(part, Name)]
            if isinstance(value, Tuple) and len(value.elts) == len(names):
                yield from ((_place(part), name, False) for part, name in zip(value.elts, names, strict=True))
            else:
                yield _place(value), ",".join(names), False


def _assignment(node: AST) -> tuple[expr | None, expr | None]:
    """What an assignment to one target assigns to, and what; None for anything else."""
    if isinstance(node, AnnAssign):
        return node.target, node.value
    return (node.targets[0], node.value) if isinstance(node, Assign) and len(node.targets) == 1 else (None, None)


def _branches(node: expr) -> Iterator[Place]:
    """The places of an expression: its own, or those of the two branches of an `if`."""
    if isinstance(node, IfExp):
        yield from _branches(node.body)
        yield from _branches(node.orelse)
    else:
        yield _place(node)


def _place(node: expr) -> Place:
    return node.lineno, node.end_lineno or node.lineno, node.col_offset, node.end_col_offset or node.col_offset
