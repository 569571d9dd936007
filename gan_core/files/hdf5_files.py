"""HDF5 files of the form that h5py writes by default, as Keras's are: groups, float arrays in one piece, words.

The library itself can be made to run for ever by a file, so this reader follows no more references than a file of
weights has. After "HDF5 File Format Specification Version 3.0", sections II.A, III.A, III.B, III.D, III.E, IV.A.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gan_core.errors import DamagedError
from gan_core.files.file_parts import FilePart, in_memory
from gan_core.files.stored_arrays import MOST_AXES, Stored, stored, unreadable

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_NODES, MOST_MESSAGES, MOST_WORDS, DEEPEST = 20_000, 2_000, 10_000, 40
LARGEST_PIECE, ALL_PIECES = 2**20, 64 * 2**20  # bytes, of anything but arrays
LONGEST_WORD = 256
_NOWHERE = 2**64 - 1
_FLOATS = {(2, 5, 10): "float16", (2, 8, 7): "bfloat16", (4, 8, 23): "float32", (8, 11, 52): "float64"}


@dataclass(kw_only=True)
class Node:
    """A group of nodes, or an array.

    address: where it stands in the file, in bytes; nodes that were added later stand further on. children: the nodes in
    a group, by name. words: those of its attributes that hold words, by name. array: None for a group.
    """

    address: int
    children: dict[str, "Node"] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    array: Stored | None = None


def read_tree(part: FilePart) -> Node:
    """Return the root of a file's nodes, arrays unread.

    Raises `DamagedError` for a file that is no HDF5 file, is damaged, or has another form than h5py writes by default.
    """
    head = part.read(0, min(96, part.length))
    if head[:8] != SIGNATURE or len(head) < 96:
        raise DamagedError(f"{part.path} is no HDF5 file")
    if head[8] != 0 or head[13:15] != b"\x08\x08":
        raise DamagedError(f"{part.path} is HDF5 of another form than h5py writes by default (libver='earliest')")
    try:
        return _Reader(part).node(_number(head, 64), 0)
    except IndexError:  # a message that is shorter than its kind
        raise DamagedError(f"{part.path} is damaged: a part of it is too short") from None


class _Reader:
    def __init__(self, part: FilePart) -> None:
        self.part, self.left, self.left_bytes = part, MOST_NODES, ALL_PIECES
        self.heaps: dict[int, dict[int, bytes]] = {}

    def node(self, address: int, depth: int) -> Node:
        self.left -= 1
        if self.left < 0 or depth > DEEPEST:
            raise DamagedError(f"{self.part.path} holds groups within groups without end")
        node, messages = Node(address=address), {}
        for kind, flags, body in self.messages(address):
            if kind == 0xC:
                node.words.update(self.attribute(body))
            elif kind in messages and kind not in (0, 0x12):
                raise self.odd("an object that says one thing twice")
            else:
                messages[kind] = (flags, body)
        if 0x11 in messages:
            body = messages[0x11][1]
            for name, child in self.links(_number(body, 0), _number(body, 8)):
                if name in node.children:
                    raise self.odd("two objects of one name")
                node.children[name] = self.node(child, depth + 1)
        elif 0x8 in messages:
            node.array = self.array(messages)
        return node

    def messages(self, address: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield the messages of an object's header: kind, flags, content."""
        head = self.part.read(address, 16)
        if head[0] != 1:
            raise self.odd("an object header of another version")
        blocks, count = [(address + 16, _number(head, 8, 4))], 0
        while blocks:
            raw, place = self.piece(*blocks.pop(0)), 0
            while place + 8 <= len(raw):
                kind, size, flags = _number(raw, place, 2), _number(raw, place + 2, 2), raw[place + 4]
                body = raw[place + 8 : place + 8 + size]
                place += 8 + size
                count += 1
                if len(body) != size or count > MOST_MESSAGES:
                    raise self.odd("an object header without end")
                if kind == 0x10:
                    blocks.append((_number(body, 0), _number(body, 8)))
                else:
                    yield kind, flags, body

    def links(self, tree: int, heap: int) -> Iterator[tuple[str, int]]:
        """Yield the names in a group, and the addresses of their objects."""
        head = self.piece(heap, 32)
        if head[:4] != b"HEAP":
            raise self.odd("a group without names")
        names = self.piece(_number(head, 24), _number(head, 8))
        trees = [tree]
        while trees:
            at = trees.pop()
            self.left -= 1
            if self.left < 0:
                raise self.odd("a group without end")
            head = self.piece(at, 24)
            if head[:4] == b"TREE" and head[4] == 0:
                entries = self.piece(at + 24, 8 + 16 * _number(head, 6, 2))
                trees += [_number(entries, place) for place in range(8, len(entries), 16)]
            elif head[:4] == b"SNOD":
                entries = self.piece(at + 8, 40 * _number(head, 6, 2))
                for place in range(0, len(entries), 40):
                    if _number(entries, place + 16, 4) < 2:  # a 2 is a link to another name, perhaps of another file
                        start = _number(entries, place)
                        name = names[start : start + 256].partition(b"\0")[0]
                        yield name.decode("utf-8", "replace"), _number(entries, place + 8)
            else:
                raise self.odd("a group that is none")

    def array(self, messages: dict[int, tuple[int, bytes]]) -> Stored:
        if 0x7 in messages or 0xB in messages:
            return unreadable("compressed, or in a file of its own")
        if 0x1 not in messages or 0x3 not in messages or messages[0x3][0] & 2:
            return unreadable("of an unknown type")
        shape, (kind, order) = self.shape(messages[0x1][1]), _type(messages[0x3][1])
        layout = messages[0x8][1]
        if kind is None or layout[0] not in (3, 4) or layout[1] not in (0, 1):
            return unreadable("not of floating-point numbers" if kind is None else "in pieces (chunks)", shape)
        if layout[1] == 0:
            inner = in_memory(layout[4 : 4 + _number(layout, 2, 2)], self.part.path)
        elif _number(layout, 2) == _NOWHERE:
            return unreadable("not written yet", shape)
        else:
            inner = self.part.part(_number(layout, 2), _number(layout, 10))
        return stored(inner, kind, shape, order=order)

    def shape(self, body: bytes) -> tuple[int, ...]:
        start = {1: 8, 2: 4}.get(body[0], 0)
        if not start or body[1] > MOST_AXES:
            raise self.odd("an array without a shape")
        return tuple(_number(body, start + 8 * axis) for axis in range(body[1]))

    def attribute(self, body: bytes) -> dict[str, list[str]]:
        """Return an attribute that is a word, or a list of words, by its name; {} for any other."""
        version = body[0]
        sizes = [_number(body, place, 2) for place in (2, 4, 6)]
        place, parts = 9 if version == 3 else 8, []
        for size in sizes:
            parts.append(body[place : place + size])
            place += -(-size // 8) * 8 if version == 1 else size
        name, kind, space = parts
        count = 1
        for length in self.shape(space):
            count *= length
        if len(kind) < 8 or kind[0] & 15 not in (3, 9) or count > MOST_WORDS:
            return {}
        raw, size = body[place:], _number(kind, 4, 4)
        if kind[0] & 15 == 3:
            words = [raw[start : start + size] for start in range(0, count * size, size or 1)][:count]
        else:
            words = [self.word(raw[start : start + 16]) for start in range(0, 16 * count, 16)]
        return {_text(name): [_text(word) for word in words]}

    def word(self, reference: bytes) -> bytes:
        """Return a word in a global heap; b"" for a long one, such as a model's configuration."""
        length, address, index = _number(reference, 0, 4), _number(reference, 4), _number(reference, 12, 4)
        if not 0 < length <= LONGEST_WORD:
            return b""
        if address not in self.heaps:
            self.heaps[address] = self.heap(address)
        if index not in self.heaps[address]:
            raise self.odd("a word that is nowhere")
        return self.heaps[address][index][:length]

    def heap(self, address: int) -> dict[int, bytes]:
        """Return the beginnings of the words in a global heap, by their index."""
        head = self.piece(address, 16)
        if head[:4] != b"GCOL":
            raise self.odd("a word that is nowhere")
        raw, place, words = self.piece(address, _number(head, 8)), 16, {}
        while place + 16 <= len(raw) and (index := _number(raw, place, 2)):
            size = _number(raw, place + 8)
            words[index] = raw[place + 16 : place + 16 + min(size, LONGEST_WORD)]
            place += 16 + -(-size // 8) * 8
        return words

    def piece(self, address: int, length: int) -> bytes:
        self.left_bytes -= length
        if length > LARGEST_PIECE or self.left_bytes < 0:
            raise self.odd("something too large")
        return self.part.read(address, length)

    def odd(self, what: str) -> DamagedError:
        return DamagedError(f"{self.part.path} is damaged, or no file of weights: it has {what}")


def _number(raw: bytes, place: int, size: int = 8) -> int:
    part = raw[place : place + size]
    if len(part) != size:
        raise DamagedError("the HDF5 file is damaged: a part of it is too short")
    return int.from_bytes(part, "little")


def _type(body: bytes) -> tuple[str | None, str]:
    """Return the name of a floating-point type and its order of bytes; None for any other type."""
    if len(body) < 20 or body[0] & 15 != 1 or body[1] & 0x40:
        return None, "<"
    size = _number(body, 4, 4)
    whole = _number(body, 8, 2) == 0 and _number(body, 10, 2) == 8 * size
    return (_FLOATS.get((size, body[13], body[15])) if whole else None), ">" if body[1] & 1 else "<"


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0][:256].decode("utf-8", "replace")
