"""Names for the values of a step function, as one would choose them by hand."""

import keyword
import re
from collections import Counter

from gan_core.experiments.experiment import Experiment
from gan_core.plans.plans import Plan
from gan_core.recording.program_parts import Kept
from gan_core.recording.values import Value

RESERVED = frozenset(
    {
        *("self", "np", "plt", "nn", "F", "tf", "keras", "layers", "ops", "paddle", "torch", "batch", "batches"),
        *("tape", "weights", "gradients"),
    }
)
VAGUE = frozenset({"cycle", "same", "made", "total", "heads", "loss", "inputs"})
NOUNS = {
    "add": "total", "subtract": "difference", "multiply": "product", "divide": "ratio", "power": "square",
    "sum": "total", "mean": "mean", "concat": "both", "reshape": "shaped", "sqrt": "root", "slice": "part",
    "matmul": "product", "leaf": "point", "constant": "numbers", "detach": "constant", "negative": "negative",
}  # fmt: skip


class Names:
    """Gives out names of a function's variables, no two alike."""

    def __init__(self, plans: dict[str, Plan], judging: dict[str, str]) -> None:
        """plans: of the networks. judging: network → what its outputs mean, "logits" or "scores"."""
        self.plans, self.judging = plans, judging
        self.taken: dict[Value, str] = {}
        self._used: set[str] = set()

    def fresh(self, *wishes: str) -> str:
        """Return the first wish that is free, or the last with a number behind it."""
        plain = [identifier(wish) for wish in wishes if wish]
        for wish in plain:
            if wish not in self._used:
                self._used.add(wish)
                return wish
        number = 2
        while f"{plain[-1]}_{number}" in self._used:
            number += 1
        self._used.add(f"{plain[-1]}_{number}")
        return f"{plain[-1]}_{number}"

    def give(self, value: Value, *wishes: str) -> str:
        """Return a fresh name for a value, and keep it."""
        self.taken[value] = self.fresh(*wishes)
        return self.taken[value]

    def of_output(self, call: Value, head: str = "") -> str:
        """Return a wish for an output of a network's call, after what it reads and what it means."""
        network, given = call.operands[0], call.operands[1]
        plan = self.plans[network]
        data = [value for (name, spec), value in zip(plan.inputs.items(), given, strict=True) if spec.kind == "data"]
        read = self._noun(data[0]) if data else ""
        if head and head != plan.output:
            return f"{read}_{head}" if read else head
        if network in self.judging:
            means = self.judging[network]
            return f"{read}_{means if means != 'any' else 'output'}" if read else f"{network}_output"
        if not data:
            return "fake" if "generator" in network else f"{network}_sample"
        if wished := [hint for hint in call.hints if "," not in hint and hint not in VAGUE]:
            return wished[0]
        if network.endswith("encoder"):
            return f"{read}_code"
        return f"{read.removesuffix('_code')}_again" if network.endswith("decoder") else f"{network}_of_{read}"

    def _noun(self, value: Value) -> str:
        if value.word == "concat":
            return "both"
        while value not in self.taken and value.word in {"detach", "leaf", "reshape", "slice", "item"}:
            value = value.operands[0]
        name = self.taken.get(value, "") or value.hint or NOUNS.get(value.word, "value")
        return name.removesuffix("_samples")


def identifier(name: str) -> str:
    """Return a name that Python takes, as near to another as can be."""
    plain = re.sub(r"\W", "_", name).strip("_").lower() or "value"
    plain = f"x_{plain}" if plain[0].isdigit() else plain
    return f"{plain}_" if keyword.iskeyword(plain) or plain in RESERVED else plain


def class_name(network: str) -> str:
    """Return the name of a network's class: ``Generator`` for "generator", ``AToB`` for "a_to_b"."""
    return "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", network) if part)


def kept_variables(experiment: Experiment) -> dict[str, Kept]:
    """Return what objectives keep between updates, as "phase/name", each with the attribute that holds it."""
    found = {
        (phase.name, name): start
        for phase in experiment.phases
        for name, start in phase.objective.variables(experiment.plans).items()
    }
    alike = Counter(name for _, name in found)
    return {
        f"{phase}/{name}": Kept(attribute=identifier(name if alike[name] == 1 else f"{phase}_{name}"), start=start)
        for (phase, name), start in found.items()
    }


def wish_for(value: Value) -> str:
    """Return what the author of a formula calls a value, or a noun for what made it."""
    return value.hint or NOUNS.get(value.word, value.word)
