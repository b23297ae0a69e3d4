"""Wrong turns for the inputs of a reader: of bytes, of JSON, of TOML, and of a ZIP's entries."""

from __future__ import annotations

import copy
import json
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

NUMBERS = (0, 1, 2, 7, 8, 127, 255, 256, 65535, 2**31 - 1, 2**31, 2**32, 2**53, 2**63, 2**64 - 1)
TEXTS = (
    "",
    "..",
    "../../x",
    "/etc/passwd",
    "\0",
    "\n",
    '#read("/etc/passwd")',
    "a" * 300,
    "\u202eabc",
    "\uffff",
    "Trajectory",
    "suggest",
    "losses.py:bowl",
    "nan",
)
VALUES: tuple[Any, ...] = (
    *NUMBERS,
    *TEXTS,
    -1,
    -(2**63),
    10**400,
    0.5,
    -0.0,
    1e308,
    float("inf"),
    float("nan"),
    True,
    False,
    None,
    [],
    {},
    [[]],
    [0, 2**62],
    {"kind": "Trajectory"},
    {"array": "iterates"},
    {"tuple": [1]},
    {"dict": {}},
    {"float": "nan"},
)
TOKENS = re.compile(rb"\s+|[\w.+-]+|\"[^\"\n]*\"|.", re.DOTALL)
TOML_TOKENS = (
    b"[", b"]", b"[[", b"=", b".", b",", b'"', b"'", b'"""', b"#", b"\n", b"{", b"}", b"true",
    b"inf", b"nan", b"-1", b"0", b"1e400", b"9" * 30, b"9" * 5000, b"0x" + b"f" * 6000,
    b"1979-05-27", b"07:32:00", b'"suggest"', b'"a.py:b"', b'"\\u0000"', b'"\\uFFFF"',
    b'"\\U0010FFFF"', b"descent", b"data", b"film", b"captions", b"steps", b"rows", b"loss",
    b"a.b.c", b".a" * 2000, b"{a.b.c =" * 200, b"'='", b"[" * 400, b"\xff", b"\0",
    "\u202e".encode(),
)  # fmt: skip
XML_TOKENS = (
    b"<", b">", b"/>", b"&", b"&x;", b'"', b"rId1", b"rId2", b"Target", b"../../../etc/passwd",
    b"<!--x-->", b"<?x y?>", b"<x/>", b'TargetMode="External"', b"<!DOCTYPE x>", b"slide1.xml",
    b"http://localhost:1/x", b"\0", b"\xff",
)  # fmt: skip
MOST_EDITS = 4


def mutated(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Return `content` with a few edits of its bytes."""
    for _ in range(chance.randint(1, MOST_EDITS)):
        content = chance.choice(BYTE_EDITS)(content, others, chance)
    return content


def flip(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Flip a bit."""
    if not content:
        return b"\0"
    place = chance.randrange(len(content))
    return (
        content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]
    )


def truncate(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Cut it short."""
    return content[: chance.randint(0, len(content))]


def splice(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Begin as one and end as another."""
    other = chance.choice(others)
    return content[: chance.randint(0, len(content))] + other[chance.randint(0, len(other)) :]


def repeat(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Say a part of it several times, or leave it out."""
    begin = chance.randint(0, len(content))
    end = min(len(content), begin + chance.choice((1, 4, 16, 64)))
    return content[:begin] + content[begin:end] * chance.choice((0, 2, 3, 50)) + content[end:]


def overwrite(content: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Write a number that matters over some bytes, the first ones often."""
    place = 0 if chance.random() < 0.3 else chance.randint(0, len(content))
    number = chance.choice(NUMBERS).to_bytes(8, "little")[: chance.choice((1, 2, 4, 8))]
    return content[:place] + number + content[place + len(number) :]


BYTE_EDITS = (flip, truncate, splice, repeat, overwrite)


def with_tokens(content: bytes, tokens: Sequence[bytes], chance: random.Random) -> bytes:
    """Return a text with some of its words replaced, doubled, swapped or left out."""
    words = TOKENS.findall(content)
    for _ in range(chance.randint(1, MOST_EDITS)):
        if not words:
            break
        place, other = chance.randrange(len(words)), chance.randrange(len(words))
        match chance.randrange(5):
            case 0:
                words[place] = chance.choice(tokens)
            case 1:
                words.insert(place, chance.choice(tokens))
            case 2:
                words[place], words[other] = words[other], words[place]
            case 3:
                del words[place]
            case _:
                words.insert(place, words[other])
    return b"".join(words)


def with_values(tree: Any, chance: random.Random) -> Any:
    """Return a copy of a JSON tree with some of its values or names replaced."""
    tree = copy.deepcopy(tree)
    for _ in range(chance.randint(1, MOST_EDITS)):
        places = [(tree, key) for key in keys_of(tree)]
        for parent, key in places:
            places += [(parent[key], inner) for inner in keys_of(parent[key])]
        if not places:
            return chance.choice(VALUES)
        parent, key = chance.choice(places)
        edit(parent, key, chance.choice(places), chance)
    return tree


def keys_of(tree: Any) -> list[Any]:
    """Return where the parts of a tree are."""
    return (
        list(tree)
        if isinstance(tree, dict)
        else list(range(len(tree)))
        if isinstance(tree, list)
        else []
    )


def edit(parent: Any, key: Any, other: tuple[Any, Any], chance: random.Random) -> None:
    """Change one place of a tree."""
    match chance.randrange(4):
        case 0:
            parent[key] = copy.deepcopy(chance.choice(VALUES))
        case 1:
            # Of a list, what is gone by now was the end of it.
            found = (
                other[0].get(other[1]) if isinstance(other[0], dict) else (other[0] or [None])[-1]
            )
            parent[key] = copy.deepcopy(found)
        case 2:
            del parent[key]
        case _ if isinstance(parent, dict):
            parent[str(chance.choice(VALUES))[:20]] = parent.pop(key)
        case _:
            parent.insert(key, copy.deepcopy(parent[key]))


def as_json(tree: Any) -> bytes:
    """Return a tree as JSON, halves of characters as JSON can say them."""
    return json.dumps(tree).encode()


def with_header(content: bytes, chance: random.Random) -> bytes:
    """Return a safetensors file whose header, or the text inside, says something else."""
    size = int.from_bytes(content[:8], "little")
    header, arrays = json.loads(content[8 : 8 + size]), content[8 + size :]
    if chance.random() < 0.3:
        header = with_values(header, chance)
    else:
        tree = json.loads(header["__metadata__"]["descent"])
        header["__metadata__"]["descent"] = as_json(with_values(tree, chance)).decode()
    text = as_json(header)
    return len(text).to_bytes(8, "little") + text + arrays


def with_entries(
    content: bytes, change: Callable[[str, bytes], bytes], chance: random.Random
) -> bytes:
    """Return a ZIP archive with one of its entries changed, renamed, doubled or left out."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entries = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    place = chance.randrange(len(entries))
    name, text = entries[place]
    match chance.randrange(8):
        case 0:
            entries[place] = chance.choice((*TEXTS, "../../../tmp/x.mp4", "/x.xml", "C:\\x")), text
        case 1:
            del entries[place]
        case 2:
            entries.append((name, change(name, text)))
        case _:
            entries[place] = name, change(name, text)
    made = BytesIO()
    with zipfile.ZipFile(
        made, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    ) as new:
        for name, text in entries:
            new.writestr(zipfile.ZipInfo(name or "x"), text)
    return made.getvalue()
