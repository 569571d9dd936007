"""What a shell completes: presets, runs, files, backends, metrics and words of options.

A shell waits at each press of the key, so that nothing heavy is imported: the names of tables are read from the text of
the files that fill them.
"""

import ast
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

Offered = list[tuple[str, str]]  # a word, and what it is
Complete = Callable[[str], Offered]
CORE = Path(__file__).parents[1]
RUNS = "runs"  # the folder in which runs are looked for
KINDS = (
    *(
        "presets",
        "recipes",
        "layers",
        "objectives",
        "penalties",
        "terms",
        "optimizers",
        "schedules",
        "initializers",
        "data",
    ),
    *("losses", "metrics", "features", "fields", "checks", "loggers", "models", "backends"),
)
FEATURES = ("auto", "classifier", "coordinates", "inception", "inception-clean", "inception-pytorch-fid", "pixels")
MOST_OFFERED = 300


def experiments(incomplete: str) -> Offered:
    """Return presets, experiment files and runs that begin with some letters."""
    return beginning(incomplete, preset_names()) + files(incomplete, (".toml", ".json")) + runs(incomplete)


def runs(incomplete: str) -> Offered:
    """Return the runs whose path begins with some letters, or those of ``runs`` whose name does; and folders."""
    place = Path(incomplete) if incomplete.endswith("/") else Path(incomplete).parent
    found = {str(path.parent): "a run" for path in _below(place, "*/experiment.toml")}
    named = {str(path.parent): "a run" for path in _below(Path(RUNS), f"{_plain(incomplete)}*/experiment.toml")}
    folders = {f"{path}/": "" for path in _below(place, "*/") if str(path) not in found}
    fitting = {path: what for path, what in (found | folders).items() if path.startswith(incomplete)}
    return list((named | fitting if "/" not in incomplete else fitting).items())[:MOST_OFFERED]


def files(incomplete: str, endings: tuple[str, ...]) -> Offered:
    """Return the files of some endings whose path begins with some letters."""
    place = Path(incomplete) if incomplete.endswith("/") else Path(incomplete).parent
    paths = [str(path) for path in _below(place, "*") if path.suffix in endings]
    return [(path, "a file") for path in paths if path.startswith(incomplete)][:MOST_OFFERED]


def files_of(*endings: str) -> Complete:
    """Return what completes the path of a file of some endings, and folders on the way."""
    return lambda incomplete: files(incomplete, endings) + folders(incomplete)


def runs_and_files(*endings: str) -> Complete:
    """Return what completes a run, or the path of a file of some endings."""
    return lambda incomplete: runs(incomplete) + files(incomplete, endings)


def folders(incomplete: str) -> Offered:
    """Return the folders whose path begins with some letters."""
    place = Path(incomplete) if incomplete.endswith("/") else Path(incomplete).parent
    paths = [f"{path}/" for path in _below(place, "*/")]
    return [(path, "a folder") for path in paths if path.startswith(incomplete)][:MOST_OFFERED]


def words(incomplete: str) -> Offered:
    """Return presets, metrics, loggers and backends: words that `gan explain` tells of."""
    names = [*metric_names(), *logger_names(), *(word for word, _ in backends(""))]
    return beginning(incomplete, preset_names() | dict.fromkeys(names, ""))


def backends(incomplete: str) -> Offered:
    """Return the backends there are; several of them after commas."""
    return _last_of_list(incomplete, {point.name: "" for point in entry_points(group="gan_core.backends")})


def metrics(incomplete: str) -> Offered:
    """Return the metrics and what they are also called; several of them after commas."""
    return _last_of_list(incomplete, dict.fromkeys(metric_names(), ""))


def loggers(incomplete: str) -> Offered:
    """Return the loggers, those of installed packages too; several of them after commas."""
    names = [*logger_names(), *(point.name for point in entry_points(group="gan_core.callbacks"))]
    return _last_of_list(incomplete, dict.fromkeys(names, ""))


def one_of(*words: str) -> Complete:
    """Return what completes one of some words."""
    return lambda incomplete: beginning(incomplete, dict.fromkeys(words, ""))


def beginning(incomplete: str, words: dict[str, str]) -> Offered:
    """Return those words that begin with some letters, each with what it is."""
    return [(word, what) for word, what in words.items() if word.startswith(incomplete)]


def preset_names() -> dict[str, str]:
    """Return the names of presets and recipes, each with what it stands for."""
    presets = _calls(CORE / "presets" / "catalogue.py", "_add")
    recipes = _calls(CORE / "presets" / "recipes.py", "add_recipe")
    stand_for = {str(words[0]): str(words[-1]) for words in presets}
    return stand_for | {f"{words[0]}-recipe": f"a recipe of {words[0]}" for words in recipes}


def metric_names() -> list[str]:
    """Return the names of metrics, and the words that mean them too."""
    aliases = _constant(CORE / "evaluation" / "score_names.py", "ALIASES")
    return [*(str(words[0]) for words in _calls(CORE / "evaluation" / "scores.py", "METRICS.add")), *aliases]


def logger_names() -> list[str]:
    """Return the names of this library's loggers."""
    return [str(words[0]) for words in _calls(CORE / "loggers" / "table.py", "LOGGERS.register")]


def _calls(path: Path, function: str) -> Iterator[list[object]]:
    """Yield the constants that calls of a function are given, in order, of calls that begin with one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function:
            words: list[object] = [word.value for word in node.args if isinstance(word, ast.Constant)]
            if words:
                yield words


def _constant(path: Path, name: str) -> dict[str, str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            found: dict[str, str] = ast.literal_eval(node.value)
            return found
    return {}


def _last_of_list(incomplete: str, words: dict[str, str]) -> Offered:
    before, comma, last = incomplete.rpartition(",")
    taken = before.split(",")
    return [(f"{before}{comma}{word}", what) for word, what in beginning(last, words) if word not in taken]


def _below(place: Path, pattern: str) -> list[Path]:
    try:
        return sorted(place.glob(pattern))
    except (OSError, ValueError):
        return []


def _plain(text: str) -> str:
    """Letters as a pattern that means themselves alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)
