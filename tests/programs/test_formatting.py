"""Programs laid out as `ruff format` does it, with the keys of their lines."""

from gan_core.programs.formatting import WIDTH, formatted
from gan_core.recording.program_parts import Line, Section


def lines_of(*lines: tuple[str, str]) -> tuple[Line, ...]:
    return tuple(Line(text=text, key=key) for text, key in lines)


def test_lines_that_a_long_one_becomes_have_its_key() -> None:
    long = "    total = " + " + ".join(f"number_{place}" for place in range(12))
    (section,) = formatted(
        [Section(topic="step", lines=lines_of(("def f():", "f"), (long, "f.0"), ("    return 1", "f.1")))]
    )

    keys = [line.key for line in section.lines]
    assert keys == ["f", *["f.0"] * (len(keys) - 2), "f.1"]
    assert len(keys) > 3
    assert max(len(line.text) for line in section.lines) <= WIDTH


def test_lines_without_a_key_stay_without() -> None:
    (section,) = formatted(
        [Section(topic="main", lines=lines_of(("a = 1", "a"), ("b = [", ""), ("    2,", ""), ("]", "")))]
    )

    assert [(line.text, line.key) for line in section.lines] == [
        ("a = 1", "a"),
        ("b = [", ""),
        ("    2,", ""),
        ("]", ""),
    ]


def test_brackets_in_words_do_not_count() -> None:
    lines = lines_of(("a = '('", "a"), ("b = 2", "b"))

    (section,) = formatted([Section(topic="main", lines=lines)])

    assert [(line.text, line.key) for line in section.lines] == [('a = "("', "a"), ("b = 2", "b")]
