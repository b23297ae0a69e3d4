"""The one way arrays are kept in files: safetensors, checked before it is read.

A file holds named arrays (float64 or int64) and, in its header, one JSON text that says
which dataclass they belong to. Reading it runs no code: there is no pickle anywhere, and
only dataclasses that derive from `Saveable` are ever built.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from descent.checks.paths import check_path, check_target
from descent.replacing import replacing

MAX_FILE_BYTES = 1 << 30
MAX_HEADER_BYTES = 1 << 24
FORMAT = "descent"
DTYPES = {"F64": 8, "I64": 8}

# What building a dataclass from a damaged or foreign file may raise.
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


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

    def __init_subclass__(cls, **options: Any) -> None:
        """Make the class known by its name, which is what a file calls its kind."""
        super().__init_subclass__(**options)
        Saveable.KINDS[cls.__name__] = cls

    def to_bytes(self) -> bytes:
        """Return the file's content, in the safetensors format; equal values give equal bytes.

        Raises:
            TypeError: If a field holds something else than arrays, numbers and text.
        """
        from safetensors.numpy import save

        arrays: dict[str, np.ndarray] = {}
        content = json.dumps(_encoded(self, "", arrays), sort_keys=True)
        # One entry only: safetensors writes several in an order that changes from run to run.
        return save(arrays, metadata={FORMAT: content})

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write to `path` at once or not at all, and return the path.

        Args:
            path: Where to; any suffix, ".safetensors" by custom. What is there is replaced.

        Returns:
            The same path.

        Raises:
            FileNotFoundError: If the folder does not exist.
            OSError: If it cannot be written.
            TypeError: If `path` is none, or a field holds something else than arrays, numbers and
                text.
            ValueError: If `path` is a folder, or none that a file can have.
        """
        path = check_target(path)
        with replacing(path) as unfinished:
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
            TypeError: If `path` is none.
            ValueError: If the file is truncated, too large, damaged, or of another kind.
        """
        path = check_path(path)
        content = _read(path)
        try:
            return _built(cls, content)
        except _DAMAGE as error:
            raise ValueError(
                f"{path} must hold a whole {cls.__name__}; {_sentence(error)}: record it again."
            ) from error


def _read(path: Path) -> bytes:
    if not path.exists():
        raise FileNotFoundError(f"{path} must be an existing file; there is none.")
    if not path.is_file():
        raise ValueError(f"{path} must be a file; got a folder or a device.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(
            f"{path} must not exceed {MAX_FILE_BYTES:,} bytes; got {path.stat().st_size:,}."
        )
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES)


def _built(cls: type[Any], content: bytes) -> Any:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    tree = _checked_tree(content)
    kind = tree.get("kind") if _is(tree, dict) else None
    if kind != cls.__name__:
        raise ValueError(f"it holds a {kind}")
    try:
        arrays = load(content)
    except SafetensorError as error:
        raise ValueError(f"its arrays do not match its header ({error})") from error
    return _decoded(tree, arrays)


def _checked_tree(content: bytes) -> Any:
    """Return what the header says, having checked that its sizes are the file's."""
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 2 <= size <= min(MAX_HEADER_BYTES, len(content) - 8):
        raise ValueError("it does not begin with a safetensors header")
    header = json.loads(content[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    if FORMAT not in metadata:
        raise ValueError("this library did not write it")
    expected = 8 + size + sum(_bytes_of(entry) for entry in header.values())
    if len(content) != expected:
        raise ValueError(f"it should have {expected:,} bytes and has {len(content):,}")
    return json.loads(metadata[FORMAT])


def _bytes_of(entry: dict[str, Any]) -> int:
    if entry["dtype"] not in DTYPES:
        raise ValueError(f"it holds numbers of an unexpected type, {entry['dtype']}")
    return DTYPES[entry["dtype"]] * math.prod(entry["shape"])


def _encoded(value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    """Return `value` as a tree for JSON, moving its arrays into `arrays`."""
    if _is(value, Saveable):
        parts = {f.name: _inside(value, f.name, place, arrays) for f in fields(value)}
        return {"kind": type(value).__name__, "version": value.FILE_VERSION, "fields": parts}
    if _is(value, np.ndarray):
        arrays[place] = np.ascontiguousarray(value)  # which makes 0-d arrays 1-d, so keep the shape
        return {"array": place, "shape": list(value.shape)}
    if _is(value, tuple, list):
        return {"tuple": [_encoded(v, f"{place}.{i}", arrays) for i, v in enumerate(value)]}
    if _is(value, dict):
        return {"dict": {str(k): _encoded(v, f"{place}.{k}", arrays) for k, v in value.items()}}
    if _is(value, float):
        return float(value) if math.isfinite(value) else {"float": str(float(value))}
    if value is None or _is(value, bool, int, str):
        return value
    raise TypeError(f"a file can hold arrays, numbers and text; got {value!r} in {place}.")


def _is(value: Any, *classes: type) -> bool:
    return isinstance(value, classes)


def _inside(value: Any, name: str, place: str, arrays: dict[str, np.ndarray]) -> Any:
    return _encoded(getattr(value, name), f"{place}.{name}".lstrip("."), arrays)


def _decoded(tree: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Return the value that `_encoded` turned into `tree`."""
    if not _is(tree, dict):
        return tree
    if "kind" in tree:
        return _decoded_kind(tree, arrays)
    if "array" in tree:
        return arrays[tree["array"]].reshape(tree["shape"])
    if "tuple" in tree:
        return tuple(_decoded(item, arrays) for item in tree["tuple"])
    if "dict" in tree:
        return {name: _decoded(item, arrays) for name, item in tree["dict"].items()}
    return float(tree["float"])


def _decoded_kind(tree: dict[str, Any], arrays: dict[str, np.ndarray]) -> Saveable:
    cls = Saveable.KINDS.get(tree["kind"])
    if cls is None:
        raise ValueError(f"it holds an unknown kind, {tree['kind']!r}")
    if tree["version"] != cls.FILE_VERSION:
        raise ValueError(f"it has version {tree['version']} and {cls.FILE_VERSION} is expected")
    return cls(**{name: _decoded(item, arrays) for name, item in tree["fields"].items()})


def _sentence(error: Exception) -> str:
    return (str(error) or type(error).__name__).rstrip(".")
