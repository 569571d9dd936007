"""Which statements of a step function stand within which tape."""

from gan_core.recording.expressions import COMMON, Text, Word, function
from gan_core.recording.recorder import Recorder
from gan_core.recording.steps import Let, Statement, StepFunction, Update
from gan_core.recording.tapes import TapedBody, TapeWords, TapeWriter, stopped
from gan_core.recording.values import Value

WORDS: dict[str, Word] = {
    **COMMON,
    "call": lambda writer, value: Text(f"{value.operands[0]}({', '.join(map(writer.text, value.operands[1]))})"),
    "detach": stopped("stopped({0})"),
    "leaf": lambda writer, value: Text(writer.text(value.operands[0])),
    "gradients": lambda writer, value: Text(f"{writer.inner[value]}.gradient({writer.text(value.operands[0])})"),
    "mean": function("mean"),
}


class Step:
    """A step function in the making: what gets a name is a statement."""

    def __init__(self, *phases: str) -> None:
        self.phases, self.recorder = phases, Recorder()
        self.names: dict[Value, str] = {}
        self.statements: list[Statement] = []

    def given(self, name: str) -> Value:
        value = self.recorder.made("draw", ("", name), (4, 2))
        self.names[value] = name
        return value

    def let(self, name: str, value: Value, *flows: str, inner: Value | None = None) -> Value:
        self.names[value] = name
        self.statements.append(Let(names=(name,), value=value, flows=frozenset(flows), inner=inner))
        return value

    def call(self, name: str, network: str, given: Value, *flows: str, inner: Value | None = None) -> Value:
        return self.let(name, self.recorder.made("call", (network, (given,), (), ""), (4, 1)), *flows, inner=inner)

    def update(self, phase: str, loss: str) -> None:
        self.statements.append(Update(phase=phase, loss=loss, players={}))

    def lines(self) -> list[str]:
        function = StepFunction(
            name="step", title="", phases=self.phases, parameters=(), statements=tuple(self.statements), logged={},
            names=self.names,
        )  # fmt: skip
        words = TapeWords(
            tape="Tape()",
            watched=lambda tape, arrays: f"{tape}.watch({arrays})",
            moved=lambda _statement, tape, _writer: [f"move by {tape}"],
        )
        return [line.text for line in TapedBody(function, TapeWriter(words=WORDS, names=self.names), words).lines()]


def test_what_no_gradient_passes_through_stands_before_the_tape() -> None:
    step = Step("d")
    z, real = step.given("z"), step.given("real")
    step.call("real_logits", "judge", real, "d")
    fake = step.call("fake", "generator", z)
    step.call("fake_logits", "judge", fake, "d")
    step.update("d", "fake_logits")

    assert step.lines() == [
        "fake = generator(z)",
        "with Tape() as tape:",
        "    real_logits = judge(real)",
        "    fake_logits = judge(fake)",
        "move by tape",
    ]


def test_a_network_is_called_in_the_order_in_which_it_was_recorded() -> None:
    """Batch norm's statistics depend on it."""
    step = Step("d")
    first, second = step.given("first"), step.given("second")
    step.call("one", "judge", first, "d")
    step.call("other", "judge", second)

    assert step.lines() == ["with Tape() as tape:", "    one = judge(first)", "    other = judge(second)"]


def test_a_tape_is_entered_again_after_another_update() -> None:
    step = Step("d", "g")
    fake = step.call("fake", "generator", step.given("z"), "g")
    loss = step.call("d_loss", "judge", step.recorder.made("detach", (fake,), fake.shape), "d")
    step.update("d", step.names[loss])
    step.call("g_loss", "judge", fake, "g")
    step.update("g", "g_loss")

    assert step.lines() == [
        "with Tape() as g_tape:",
        "    fake = generator(z)",
        "with Tape() as d_tape:",
        "    d_loss = judge(fake)",
        "move by d_tape",
        "with g_tape:",
        "    g_loss = judge(fake)",
        "move by g_tape",
    ]


def test_statements_of_two_updates_stand_under_both_tapes() -> None:
    step = Step("a", "b")
    shared = step.call("shared", "encoder", step.given("x"), "a", "b")
    step.call("a_loss", "judge", shared, "a")

    assert step.lines() == [
        "with Tape() as a_tape, Tape() as b_tape:",
        "    shared = encoder(x)",
        "with a_tape:",
        "    a_loss = judge(shared)",
    ]


def test_a_constant_is_stopped_only_where_the_tape_has_recorded_it() -> None:
    step = Step("a")
    outside = step.call("outside", "generator", step.given("z"))
    inside = step.call("inside", "encoder", step.given("x"), "a")
    constants = [step.recorder.made("detach", (value,), value.shape) for value in (outside, inside)]
    step.let("loss", constants[0] + constants[1], "a")

    assert step.lines()[-1] == "    loss = outside + stopped(inside)"


def test_gradients_within_a_step_come_from_a_tape_of_their_own() -> None:
    step = Step("d")
    point = step.let("point", step.recorder.made("leaf", (step.given("real"),), (4, 2)), "d")
    score = step.recorder.made("call", ("judge", (point,), (), ""), (4, 1))
    gradients = step.recorder.made("gradients", (score, (point,), True), ())
    step.let("score", score, "d", inner=gradients)
    step.let("gradient", gradients, "d")

    assert step.lines() == [
        "with Tape() as tape:",
        "    point = real",
        "    with Tape() as inner_tape:",
        "        inner_tape.watch(point)",
        "        score = judge(point)",
        "    gradient = inner_tape.gradient(score)",
    ]
