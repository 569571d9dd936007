"""Programs side by side: lines that say the same in one row, and what is marked in them."""

import pytest

from gan_core.lessons.alignment import Topic, aligned
from gan_core.lessons.colouring import coloured
from gan_core.lessons.differences import rows_of
from gan_core.lessons.line_notes import line_notes
from gan_core.programs.program import Program
from gan_core.recording.program_parts import Line, Section
from stored_lesson import small_experiment, stored_programs


def program(*lines: tuple[str, str], topic: str = "main") -> Program:
    return Program(
        framework="X", sections=(Section(topic=topic, lines=tuple(Line(text=text, key=key) for text, key in lines)),)
    )


def texts(topics: list[Topic]) -> list[list[str | None]]:
    return [[cell and cell.text for cell in row] for topic in topics for row in topic.rows]


@pytest.fixture(scope="module")
def topics() -> list[Topic]:
    return aligned(stored_programs())


def test_each_column_is_its_program_line_by_line(topics):
    for place, program_of_one in enumerate(stored_programs().values()):
        cells = [row[place] for topic in topics for row in topic.rows if row[place]]
        lines = program_of_one.text.splitlines()

        assert [cell.number for cell in cells] == sorted({cell.number for cell in cells})
        assert [cell.text for cell in cells] == [lines[cell.number - 1] for cell in cells]
        assert {number for number, line in enumerate(lines, 1) if line} <= {cell.number for cell in cells}


def test_lines_of_one_row_say_the_same(topics):
    rows = [[cell for cell in row if cell] for topic in topics for row in topic.rows]

    assert [row for row in rows if len({cell.key for cell in row}) > 1] == []


def test_every_layer_of_pytorch_stands_beside_those_of_the_others(topics):
    rows = [row for topic in topics for row in topic.rows if row[0] and row[0].key.startswith("generator.dense")]

    assert len(rows) >= 3
    assert any(all(row) for row in rows)


def test_lines_of_the_same_key_share_a_row_however_many_stand_between():
    one, other = program(("a", "x"), ("b", "y")), program(("c", ""), ("A", "x"), ("d", ""), ("B", "y"))

    assert texts(aligned({"p": one, "q": other})) == [[None, "c"], ["a", "A"], [None, "d"], ["b", "B"]]


def test_lines_without_a_key_share_a_row_where_they_are_in_the_same_place():
    one, other = program(("import torch", ""), ("x = 1", "k")), program(("import paddle", ""), ("x = 2", "k"))

    assert texts(aligned({"p": one, "q": other})) == [["import torch", "import paddle"], ["x = 1", "x = 2"]]


def test_a_topic_that_one_program_lacks_has_an_empty_column():
    one = program(("x", ""), topic="first")
    other = Program(framework="Y", sections=(*one.sections, Section(topic="second", lines=(Line(text="y"),))))

    assert texts(aligned({"p": one, "q": other})) == [["x", "x"], [None, "y"]]


def test_words_that_differ_are_marked_and_no_others():
    one, other = program(("x = nn.Linear(3, 4)", "k")), program(("x = nn.Dense(3, 4)", "k"))
    ((left, right),) = aligned({"p": one, "q": other})[0].rows

    assert [piece.text for piece in left.pieces if piece.differs] == ["Linear"]
    assert [piece.text for piece in right.pieces if piece.differs] == ["Dense"]


def test_lines_with_nothing_in_common_stand_alone():
    ((left, right),) = aligned({"p": program(("alpha beta", "")), "q": program(("1 + 2", ""))})[0].rows

    assert left.alone
    assert right.alone
    assert not [piece for piece in (*left.pieces, *right.pieces) if piece.differs]


def test_colours_keep_every_letter_also_of_texts_over_several_lines():
    text = '"""A text\n\nof lines."""\n\n\ndef f(x):  # why\n    return x + 1.5\n'

    assert ["".join(piece.text for piece in line) for line in coloured(text)] == text.split("\n")
    assert [piece.kind for piece in coloured(text)[2]] == ["string"]
    assert {piece.text: piece.kind for piece in coloured(text)[5] if piece.kind} == {
        "def": "keyword", "f": "name", "# why": "comment",
    }  # fmt: skip


def test_notes_stand_at_the_lines_that_they_concern(topics):
    experiment = small_experiment()
    notes = line_notes(topics, rows_of(experiment), experiment)
    found: dict[str, set[str]] = {}
    for topic in topics:
        for row in topic.rows:
            for cell in row:
                if cell is not None:
                    for name in notes.get(id(cell), ()):
                        found.setdefault(name, set()).add(cell.text.strip())

    assert any("BatchNorm" in text for text in found["batch-norm-momentum"])
    assert not any("Linear(" in text for text in found["batch-norm-momentum"])
    assert any("zero_grad" in text for text in found["gradients"])
    assert any("tape.gradient" in text for text in found["gradients"])
    assert any("leaky_relu" in text for text in found["leaky-relu-slope"])
    assert any("Adam" in text for text in found["adam-epsilon"])
    assert any("no_grad" in text for text in found["constants"])
