"""What a program does around its steps in frameworks of modules: batches of numbers, and checkpoints."""

from gan_core.recording.program_parts import ProgramParts


def scaled_bytes(parts: ProgramParts, array: str) -> list[str]:
    """Return the statements that scale the pictures of a batch that come in bytes. array: from NumPy, {0} the array."""
    reads = {one.name for _, one in parts.sheet["inputs"] if one.kind == "batch"}
    if len(parts.domains) > 1 or (reads and reads != set(parts.bytes)):  # a batch may be of some arrays alone
        names = ", ".join(f'"{name}"' for name in parts.bytes)
        line = array.format("scaled(batch[name].numpy())")
        return [f"for name in batch.keys() & {{{names}}}:", f"    batch[name] = {line}"] if names else []
    return [f'batch["{name}"] = {array.format(f"""scaled(batch["{name}"].numpy())""")}' for name in parts.bytes]


def checkpoint_methods(parts: ProgramParts, *, save: str, load: str, set_state: str) -> str:
    """Return the methods that save and load checkpoints.

    save: the call that writes, {0} the table. load: the call that reads. set_state: the method that sets a state.
    """
    more = "".join(f', "{name}": self.{name}' for name in parts.kept_attributes)
    written = save.format(f'states | {{"done": done{more}}}')
    return "\n".join(
        [
            "def save(self, path, done):",
            '    """Keep all that changes, and the number of steps done."""',
            "    states = {name: getattr(self, name).state_dict() for name in CHANGING}",
            f"    {written}",
            "",
            "def load(self, path):",
            '    """Go on from a checkpoint; return the number of steps done."""',
            f"    states = {load}",
            "    for name in CHANGING:",
            f"        getattr(self, name).{set_state}(states[name])",
            *(f'    self.{name} = states["{name}"]' for name in parts.kept_attributes),
            '    return states["done"]',
        ]
    )
