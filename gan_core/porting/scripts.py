"""A user's script: what its networks need of it is run, and no more of it, in a module of its own."""

import ast
import contextlib
import io
import shlex
import sys
from collections.abc import Container, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from gan_core.errors import UsageError, nearest, one_line
from gan_core.experiments.user_modules import LARGEST_MODULE_BYTES, reason_of
from gan_core.porting.needed import bound_names, imported_modules, needed_statements
from gan_core.printing import say

PREFIX = "gan_ported."
SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Script:
    """A script, of which some expressions are wanted.

    statements: those that they need, in order. text: how many lines the file has, and how many of them will run.
    """

    path: Path
    tree: ast.Module
    expressions: Mapping[str, ast.Expression]
    statements: Sequence[ast.stmt]

    def imports_of(self, known: Container[str]) -> list[str]:
        """Return those of the known modules that the needed statements import; where none is, that the file does."""
        for statements in (self.statements, self.tree.body):
            if found := [name for name in imported_modules(statements) if name in known]:
                return found
        return []

    @property
    def sentence(self) -> str:
        """What will run of it, in words."""
        lines = {line for one in self.statements for line in range(one.lineno, (one.end_lineno or one.lineno) + 1)}
        last = max((one.end_lineno or 0 for one in self.tree.body), default=0)
        names = " and ".join(self.expressions)
        return f"runs {self.path}: the {len(lines)} of its {last} lines that {names} need, with all that they may do"


def read_script(path: Path, expressions: Sequence[str]) -> Script:
    """Return a script with what some expressions need of it. Raises `UsageError` where it has no such names.

    expressions: a name (a class, a function, an instance), attributes of it, calls with values or names of the file, as
    ``Generator``, ``Generator(100, width=64)``, ``GAN().generator``.
    """
    try:
        source = path.read_bytes() if path.stat().st_size <= LARGEST_MODULE_BYTES else None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if source is None:
        raise UsageError(f"{path} has more than {LARGEST_MODULE_BYTES} bytes; expected a script")
    try:
        tree = ast.parse(source, str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{reason_of(error, {str(path)})}: expected a Python script") from None
    parsed = {text: _expression(text) for text in expressions}
    names = [node.id for one in parsed.values() for node in ast.walk(one) if isinstance(node, ast.Name)]
    known = bound_names(tree)
    stars = any(isinstance(one, ast.ImportFrom) and one.names[0].name == "*" for one in tree.body)
    for name in names:
        if name not in known and not stars:
            made = [one.name for one in tree.body if isinstance(one, ast.ClassDef)] or list(known)
            raise UsageError(f"{path} has no '{name}' at its top{nearest(name, made[:SHOWN]) if made else ''}")
    return Script(path=path, tree=tree, expressions=parsed, statements=needed_statements(tree, names))


def _expression(text: str) -> ast.Expression:
    try:
        made = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        made = None
    allowed = (
        *(ast.Expression, ast.Name, ast.Load, ast.Attribute, ast.Call, ast.keyword, ast.Constant, ast.Tuple, ast.List),
        *(ast.UnaryOp, ast.USub, ast.Dict),
    )
    if made is None or not all(isinstance(node, allowed) for node in ast.walk(made)):
        raise UsageError(
            f"'{text}': expected a name of the script, or a call of one, as Generator, Generator(100, width=64) or "
            "GAN().generator"
        )
    return made


def run_script(script: Script, arguments: str, noting: AbstractContextManager[Any] | None = None) -> dict[str, Any]:
    """Run what is needed of a script, and return what its expressions are. Raises `UsageError` where it fails.

    arguments: of its command line, in one text. noting: is entered while it runs. What it prints goes to standard
    error.
    """
    module = ModuleType(PREFIX + script.path.stem)
    module.__file__ = str(script.path)
    sys.modules[module.__name__] = module
    body = ast.fix_missing_locations(ast.Module(body=list(script.statements), type_ignores=[]))
    before = sys.argv, list(sys.path)
    sys.argv = [str(script.path), *shlex.split(arguments)]
    sys.path.insert(0, str(script.path.resolve().parent))
    complaint = io.StringIO()
    try:
        with noting or nullcontext(), contextlib.redirect_stdout(sys.stderr), contextlib.redirect_stderr(complaint):
            exec(compile(body, str(script.path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102
            made: dict[str, Any] = {}
            values = {text: _value(one.body, script.path, module, made) for text, one in script.expressions.items()}
    except KeyboardInterrupt:
        raise
    except SystemExit:
        lines = [line for line in complaint.getvalue().splitlines() if line.strip()]
        last = f": {one_line(lines[-1], 300)}" if lines else ""
        raise UsageError(f"{script.path} ends itself{last}; its own options are given with arguments=TEXT") from None
    except BaseException as error:
        raise UsageError(f"{script.path} fails: {reason_of(error, {str(script.path)})}") from error
    finally:
        sys.argv, sys.path[:] = before
    if said := complaint.getvalue().rstrip():
        say(said)  # warnings
    return values


def _value(node: ast.expr, path: Path, module: ModuleType, made: dict[str, Any]) -> Any:
    """What an expression is; a call that stands in two expressions is made once. made: by their text."""
    text = ast.unparse(node)
    if text not in made:
        if isinstance(node, ast.Attribute):
            made[text] = getattr(_value(node.value, path, module, made), node.attr)
        elif isinstance(node, ast.Call):
            function = _value(node.func, path, module, made)
            given = [_value(one, path, module, made) for one in node.args]
            named = {one.arg: _value(one.value, path, module, made) for one in node.keywords if one.arg}
            made[text] = function(*given, **named)
        else:
            code = compile(ast.Expression(body=node), str(path), "eval", dont_inherit=True)
            made[text] = eval(code, module.__dict__)  # noqa: S307
    return made[text]
