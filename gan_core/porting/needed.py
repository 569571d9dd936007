"""What of a program a few of its names need: the statements that make them, and no other.

A training script makes its networks at its top and trains there too. Of the statements at the top of a file those are
taken that bind a name that is wanted, or that a taken one reads; of an ``if``, ``for``, ``with`` or ``try`` what stands
in it is chosen in the same way. A call of a method counts where it changes what was bound, as
``parser.add_argument(…)`` or ``netG.apply(…)`` do (`CHANGING`).
"""

import ast
import builtins
import symtable
from collections.abc import Iterator, Sequence

CHANGING = frozenset(
    (
        *("add", "add_argument", "add_argument_group", "add_module", "append", "apply", "build", "extend"),
        *("initialize", "insert", "set_defaults", "setdefault", "update", "add_sublayer", "register_buffer"),
    )
)
_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try)


def needed_statements(tree: ast.Module, names: Sequence[str]) -> list[ast.stmt]:
    """Return the statements that some names need, in order; blocks hold only what is needed of them."""
    wanted = set(names)
    while True:
        taken = _taken(tree.body, wanted)
        more = set[str]().union(*(_reads(statement) for statement in taken)) if taken else set()
        if more <= wanted:
            return taken
        wanted |= more


def bound_names(tree: ast.Module) -> dict[str, None]:
    """Return the names that the statements at the top of a file bind, in order."""
    return dict.fromkeys(name for statement in tree.body for name in _binds(statement))


def imported_modules(statements: Sequence[ast.stmt]) -> list[str]:
    """Return the top-level modules that statements import, wherever in them."""
    found: dict[str, None] = {}
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                found |= dict.fromkeys(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module.partition(".")[0]] = None
    return list(found)


def _taken(body: Sequence[ast.stmt], wanted: set[str]) -> list[ast.stmt]:
    made = {name for statement in body for name in _binds(statement) if not _is_import(statement)}
    return [part for statement in body if (part := _part(statement, wanted, made)) is not None]


def _part(statement: ast.stmt, wanted: set[str], made: set[str]) -> ast.stmt | None:
    """A statement as far as it is needed, or None; made: names that a statement other than an import binds."""
    if isinstance(statement, ast.ImportFrom) and (statement.module == "__future__" or statement.names[0].name == "*"):
        return statement
    if isinstance(statement, _BLOCKS):
        return _block(statement, wanted)
    if isinstance(statement, ast.Import | ast.ImportFrom):
        aliases = [alias for alias in statement.names if _bound_by(alias) in wanted]
        return _with(statement, names=aliases) if aliases else None
    if set(_binds(statement)) & wanted or _changes(statement, wanted & made):
        return statement
    return None


def _block(block: ast.stmt, wanted: set[str]) -> ast.stmt | None:
    names = [name for name in ("body", "orelse", "finalbody") if name in block._fields]
    parts = {name: _taken(getattr(block, name), wanted) for name in names}
    handlers = [_with(one, body=_taken(one.body, wanted) or one.body) for one in getattr(block, "handlers", [])]
    if not any(parts.values()) and not set(_targets(block)) & wanted:
        return None
    if not parts["body"]:
        parts["body"] = [ast.copy_location(ast.Pass(), block)]
    return _with(block, **parts, **({"handlers": handlers} if handlers else {}))


def _with(node: ast.AST, **fields: object) -> ast.stmt:
    """A copy of a node with other fields, at the same line."""
    made = type(node)(**{**{name: getattr(node, name, None) for name in node._fields}, **fields})
    return ast.copy_location(made, node)  # type: ignore[return-value]


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _bound_by(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _binds(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds, those in its blocks included."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from map(_bound_by, statement.names)
    else:
        yield from _targets(statement)
        for name in ("body", "orelse", "finalbody", "handlers"):
            for inner in getattr(statement, name, []) if isinstance(statement, _BLOCKS) else []:
                parts = inner.body if isinstance(inner, ast.ExceptHandler) else [inner]
                for part in parts:
                    yield from _binds(part)


def _targets(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement itself assigns to; of ``a.b = …`` and ``a[0] = …`` that is a."""
    if isinstance(statement, ast.Assign):
        places: list[ast.expr] = statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign | ast.For):
        places = [statement.target]
    elif isinstance(statement, ast.With):
        places = [item.optional_vars for item in statement.items if item.optional_vars is not None]
    else:
        places = []
    for place in places:
        yield from (node.id for node in ast.walk(place) if isinstance(node, ast.Name))


def _changes(statement: ast.stmt, wanted: set[str]) -> bool:
    """Whether a statement is a call that changes what is wanted: ``parser.add_argument(…)``, ``init_weights(net)``."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    function = statement.value.func
    if isinstance(function, ast.Attribute) and function.attr in CHANGING:
        place: ast.expr = function.value
        while isinstance(place, ast.Attribute | ast.Subscript):
            place = place.value
        return isinstance(place, ast.Name) and place.id in wanted
    given = [argument.id for argument in statement.value.args if isinstance(argument, ast.Name)]
    return isinstance(function, ast.Name) and "init" in function.id.lower() and bool(set(given) & wanted)


def _reads(statement: ast.stmt) -> set[str]:
    """The names of the file that a statement reads, in functions and classes within it too."""
    table = symtable.symtable(ast.unparse(statement), "statement", "exec")
    return {name for name in _globals_of(table, top=True) if not hasattr(builtins, name)}


def _globals_of(table: symtable.SymbolTable, top: bool) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (top or symbol.is_global()):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _globals_of(inner, top=False)
