"""The one way arrays are kept in files: safetensors, checked before it is read.

A file holds named arrays (float64, float32 or int64) and, in its header, one JSON text that says
which dataclass they belong to. Reading it runs no code: there is no pickle anywhere, and
only dataclasses that derive from `Saveable` are ever built.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Sequence
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Self

import numpy as np

from descent._files.atomic_write import atomic_write
from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.names import VERY_MANY_NAMES, ParameterNames, shortened, spelled_out
from descent.checks.paths import MAX_FILE_BYTES, MAX_HEADER_BYTES, check_path, check_target
from descent.checks.texts import in_a_line

MANY_NAMES = 1_000  # from which on names that follow from a few are kept short
FORMAT = "descent"
DTYPES = {"F64": 8, "I64": 8, "F32": 4}

# What building a dataclass from a damaged or foreign file may raise.
_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
# Metadata of a field that was added later and is empty by default: a file holds it only if it is
# not empty, so that the bytes of other objects, and cache keys made from them, do not change.
OMIT_EMPTY = {"omit_empty": True}
OMIT_DEFAULT = {"omit_default": True}  # likewise, of one with another default
OMIT_IF = "omit_if"  # likewise, if the attribute named so is true
MAX_AXES = 32  # of an array; its length in bytes is reckoned from them
_PLAIN: dict[str, tuple[type, ...]] = {
    "None": (type(None),),
    "bool": (bool,),
    "float": (float, int),
    "int": (int,),
    "str": (str,),
}


UPDATE = "record it again, or update this library if a later version of it wrote the file."


class _Unknown(ValueError):
    """What a file says of itself and this version does not know."""


class Saveable:
    """A dataclass of arrays, numbers, text, tuples and Saveables that can be kept in a file.

    Example:
        >>> import descent, pathlib, tempfile
        >>> run = descent.record(descent.LOSSES["parabola"], [2], learning_rate=0.25, steps=3)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = run.save(pathlib.Path(folder, "run.safetensors"))
        ...     again = descent.Trajectory.load(path)
        >>> again.losses.tolist()
        [4.0, 1.0, 0.25, 0.0625]
        >>> again.to_bytes() == run.to_bytes()
        True
    """

    FILE_VERSION: ClassVar[int] = 1
    KINDS: ClassVar[dict[str, type[Saveable]]] = {}
    RENAMED: ClassVar[dict[str, str]] = {}  # the new names of fields, by their names in older files
    INSIDE: ClassVar[dict[str, str]] = {}  # kinds of which it is a part, with the part's field

    def __init_subclass__(cls, **options: Any) -> None:
        """Make the class known by its name, which is what a file calls its kind."""
        super().__init_subclass__(**options)
        Saveable.KINDS[cls.__name__] = cls

    def to_bytes(self) -> bytes:
        """Return the file's content, in the safetensors format; equal values give equal bytes.

        Raises:
            InvalidType: If a field holds something other than arrays, numbers and text.
            InvalidValue: If that is more than a file may hold.
        """
        from safetensors.numpy import save

        arrays: dict[str, np.ndarray] = {}
        content = json.dumps(_encoded(self, "", arrays), sort_keys=True)
        _check_size(type(self).__name__, sum(array.nbytes for array in arrays.values()))
        # One entry only: safetensors writes several in an order that changes from run to run.
        saved = save(arrays, metadata={FORMAT: content})
        _check_size(type(self).__name__, len(saved), int.from_bytes(saved[:8], "little"))
        return saved

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write to `path` at once or not at all, and return the path.

        Args:
            path: Where to; any suffix, ".safetensors" by custom. What is there is replaced.

        Returns:
            The same path.

        Raises:
            FileNotFoundError: If the folder does not exist.
            OSError: If it cannot be written.
            InvalidType: If `path` is not a path, or a field holds something other than arrays,
                numbers and text.
            InvalidValue: If `path` is a folder or not a path that a file can have, or there is more
                to save than a file may hold.
        """
        path = check_target(path)
        with atomic_write(path) as unfinished:
            unfinished.write_bytes(self.to_bytes())
        return path

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read back what `save` wrote; no code in the file is ever run.

        Args:
            path: A file that `save` of the same class wrote.

        Returns:
            An object with equal fields, its arrays bit for bit.

        Raises:
            FileNotFoundError: If there is no such file.
            InvalidType: If `path` is not a path.
            InvalidValue: If the file is truncated, too large, damaged, or of another kind.
        """
        path = check_path(path)
        size = _size_of(path)
        try:
            with path.open("rb") as file:
                return _built(cls, file, size)
        except _DAMAGE as error:
            constraint = f"hold a whole {cls.__name__}; {_sentence(error)}"
            repair = UPDATE if isinstance(error, _Unknown) else "record it again."
            raise InvalidValue(str(path), constraint, repair=repair) from error


def _check_size(kind: str, whole: int, header: int = 0) -> None:
    """Check that `load` will take a file of `whole` bytes, of which `header` are not arrays."""
    for what, size, most in (("", whole, MAX_FILE_BYTES), ("names of ", header, MAX_HEADER_BYTES)):
        if size > most:
            constraint = f"have {what}at most {most:,} bytes to be saved"
            repair = "record fewer steps." if not what else "give shorter names."
            raise InvalidValue(kind, constraint, size, got=f"{size:,}", repair=repair)


def _size_of(path: Path) -> int:
    """Return the size of a file that may be opened; a pipe or a device would never end."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        raise FileNotFoundError(
            f"{in_a_line(str(path))} must be an existing file; there is none."
        ) from None
    if not stat.S_ISREG(found.st_mode):
        raise InvalidValue(str(path), "be a file", path, got="a folder or a device")
    if found.st_size > MAX_FILE_BYTES:
        constraint, got = f"not exceed {MAX_FILE_BYTES:,} bytes", f"{found.st_size:,}"
        raise InvalidValue(str(path), constraint, found.st_size, got=got)
    return found.st_size


def _built(cls: type[Any], file: BinaryIO, size: int) -> Any:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    tree = _checked_tree(file, size)
    kind = _kind(tree)
    is_part = kind in cls.INSIDE
    if is_part:
        tree = tree["fields"][cls.INSIDE[kind]]
    if _kind(tree) != cls.__name__:
        raise ValueError(f"it holds a {kind}")
    file.seek(0)
    try:
        arrays = load(file.read(size))
    except SafetensorError as error:
        raise ValueError(f"its arrays do not match its header ({error})") from error
    # Each name belongs to a number in the arrays.
    found = _decoded(tree, _Content(arrays, size // min(DTYPES.values())))
    if arrays and not is_part:
        raise ValueError(f"it holds an array that belongs to nothing, {min(arrays)!r}")
    return found


def kind_in(path: str | os.PathLike[str]) -> str:
    """Return which kind the file at `path` says that it holds, from its header alone.

    Raises:
        FileNotFoundError: If there is no such file.
        InvalidValue: If it is no file of this library, or a damaged one.
    """
    path = check_path(path)
    size = _size_of(path)
    try:
        with path.open("rb") as file:
            return _kind(_checked_tree(file, size))
    except _DAMAGE as error:
        constraint = f"be a file that this library saved; {_sentence(error)}"
        raise InvalidValue(str(path), constraint, repair="save it again.") from error


def _kind(tree: Any) -> str:
    return str(tree.get("kind")) if _is(tree, dict) else "None"


def _checked_tree(file: BinaryIO, size: int) -> Any:
    """Return what the header says, having checked that its sizes are the file's.

    Only the header is read: a file that declares what it does not have takes no memory.
    """
    head = int.from_bytes(file.read(8), "little")
    if not 2 <= head <= min(MAX_HEADER_BYTES, size - 8):
        raise ValueError("it does not begin with a safetensors header")
    header = json.loads(file.read(head))
    metadata = header.pop("__metadata__", {})
    if FORMAT not in metadata:
        raise ValueError("this library did not write it")
    expected = 8 + head + sum(_bytes_of(entry) for entry in header.values())
    if size != expected:
        raise ValueError(f"it should have {expected:,} bytes and has {size:,}")
    return json.loads(metadata[FORMAT])


def _bytes_of(entry: dict[str, Any]) -> int:
    if entry["dtype"] not in DTYPES:
        raise ValueError(f"it holds numbers of an unexpected type, {entry['dtype']}")
    shape = entry["shape"]
    # Sizes of any other kind could take hours to multiply.
    if len(shape) > MAX_AXES or not all(type(n) is int and 0 <= n < 1 << 63 for n in shape):
        raise ValueError("it holds an array of an impossible shape")
    return DTYPES[entry["dtype"]] * math.prod(shape)


def _encoded(value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    """Return `value` as a tree for JSON, moving its arrays into `arrays`."""
    if _is(value, Saveable):
        parts = {
            f.name: _inside(value, f.name, place, arrays)
            for f in fields(value)
            if _is_kept(value, f)
        }
        return {"kind": type(value).__name__, "version": value.FILE_VERSION, "fields": parts}
    if _is(value, np.ndarray):
        arrays[place] = np.ascontiguousarray(value)  # which makes 0-d arrays 1-d, so keep the shape
        return {"array": place, "shape": list(value.shape)}
    if _is(value, ParameterNames):
        return {"names": value.short}
    if _is(value, tuple) and len(value) >= MANY_NAMES and all(type(one) is str for one in value):
        return {"names": shortened(value)}
    if _is(value, tuple, list):
        return {"tuple": [_encoded(v, f"{place}.{i}", arrays) for i, v in enumerate(value)]}
    if _is(value, dict):
        return {"dict": {str(k): _encoded(v, f"{place}.{k}", arrays) for k, v in value.items()}}
    if _is(value, float):
        return float(value) if math.isfinite(value) else {"float": str(float(value))}
    if value is None or _is(value, bool, int, str):
        return value
    raise InvalidType(place, "be an array, a number or a text to be saved", value)


def _is_kept(value: Saveable, field: Field[Any]) -> bool:
    kept = getattr(value, field.name)
    if "omit_default" in field.metadata:
        return kept != field.default
    if OMIT_IF in field.metadata:
        return not getattr(value, field.metadata[OMIT_IF])
    return "omit_empty" not in field.metadata or len(kept) > 0


def _is(value: Any, *classes: type) -> bool:
    return isinstance(value, classes)


def _inside(value: Any, name: str, place: str, arrays: dict[str, np.ndarray]) -> Any:
    return _encoded(getattr(value, name), f"{place}.{name}".lstrip("."), arrays)


@dataclass
class _Content:
    """What a file holds beside its tree: arrays, and as many names as they have numbers."""

    arrays: dict[str, np.ndarray]
    names: int


def _decoded(tree: Any, content: _Content) -> Any:
    """Return the value that `_encoded` turned into `tree`."""
    if not _is(tree, dict):
        return tree
    if "kind" in tree:
        return _decoded_kind(tree, content)
    if "array" in tree:
        # Taken out, so that a file cannot name one array a thousand times, which would be copies.
        return content.arrays.pop(tree["array"]).reshape(tree["shape"])
    if "tuple" in tree:
        return tuple(_decoded(item, content) for item in tree["tuple"])
    if "names" in tree:
        names = _names(tree["names"], content.names)
        content.names -= len(names)
        return names
    if "dict" in tree:
        return {name: _decoded(item, content) for name, item in tree["dict"].items()}
    return float(tree["float"])


def _names(short: Any, most: int) -> Sequence[str]:
    """Return names, which may be `most` at most: very many spelled out when they are asked for."""
    names = ParameterNames(short)
    return names if VERY_MANY_NAMES <= len(names) <= most else spelled_out(short, most)


def _decoded_kind(tree: dict[str, Any], content: _Content) -> Saveable:
    cls: Any = Saveable.KINDS.get(tree["kind"])
    if cls is None:
        raise _Unknown(f"it holds an unknown kind, {tree['kind']!r}")
    if tree["version"] != cls.FILE_VERSION:
        raise _Unknown(f"it has version {tree['version']} and {cls.FILE_VERSION} is expected")
    items = {cls.RENAMED.get(name, name): item for name, item in tree["fields"].items()}
    unknown = items.keys() - {one.name for one in fields(cls)}
    if unknown:
        raise _Unknown(f"it holds an unknown part of a {cls.__name__}, {min(unknown)!r}")
    values = {name: _decoded(item, content) for name, item in items.items()}
    for one in fields(cls):
        if one.name in values and not _suits(values[one.name], str(one.type)):
            raise ValueError(f"its {one.name} must be of type {one.type}")
    return cls(**values)


def _suits(value: Any, annotation: str) -> bool:
    """Return whether `value` is what a field's annotation says, as far as it is a plain one."""
    if annotation.startswith("NDArray"):
        return _is(value, np.ndarray)
    if annotation.startswith("tuple[") and annotation.endswith(", ...]"):
        inner = annotation.removeprefix("tuple[").removesuffix(", ...]")
        if _is(value, ParameterNames):
            return inner == "str"
        if not _is(value, tuple):
            return False
        some = _one_of_each_type(value) if inner in _PLAIN else value
        return all(_suits(one, inner) for one in some)
    known = {**_PLAIN, **{name: (cls,) for name, cls in Saveable.KINDS.items()}}
    names = annotation.split(" | ")
    if not known.keys() >= set(names):
        return True
    is_number = not _is(value, bool) or "bool" in names
    return is_number and any(_is(value, *known[name]) for name in names)


def _one_of_each_type(values: tuple[Any, ...]) -> list[Any]:
    """Return values that stand for all, of which there may be a million."""
    found: dict[type[Any], Any] = {type(one): one for one in values}
    return list(found.values())


def _sentence(error: Exception) -> str:
    return in_a_line(str(error) or type(error).__name__).rstrip(".")
