"""What earlier runs read of the source: found by content, and never wrong."""

from __future__ import annotations

import os

import pytest

from understanding_gradients.cache import known_modules
from understanding_gradients.cache.known_modules import KnownModules
from understanding_gradients.cache.reading import parse_module

SOURCE = '''\
"""Words."""
import math
from .near import far as further

@property
def area(radius):
    return math.pi * radius**2 + further.add
'''


@pytest.fixture
def file(tmp_path):
    return tmp_path / "__pycache__" / "read.modules"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "circle.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def read_and_saved(file, source):
    known = KnownModules(file)
    module = known.read(source)
    known.save()
    return module


def refuse(path, content=None):
    pytest.fail(f"{path} is parsed")


def test_a_later_run_knows_what_an_earlier_one_read(file, source, monkeypatch):
    assert read_and_saved(file, source) == parse_module(source)
    parsed = parse_module(source)
    monkeypatch.setattr(known_modules, "parse_module", refuse)
    assert KnownModules(file).read(source) == parsed


def test_a_changed_source_is_read_again_though_time_and_size_are_the_same(file, source):
    status = source.stat()
    read_and_saved(file, source)
    source.write_text(SOURCE.replace("+", "-"), encoding="utf-8")
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert source.stat().st_size == status.st_size
    assert KnownModules(file).read(source) == parse_module(source)


def test_a_stub_with_the_same_text_is_another_module(file, source):
    stub = source.with_suffix(".pyi")
    stub.write_text(SOURCE, encoding="utf-8")
    read_and_saved(file, source)
    assert KnownModules(file).read(stub) == parse_module(stub)


@pytest.mark.parametrize("damage", [b"", b"\x93", b"not msgpack", bytes(range(256))])
def test_a_damaged_file_counts_as_empty_and_is_replaced(file, source, damage):
    file.parent.mkdir()
    file.write_bytes(damage)
    assert read_and_saved(file, source) == parse_module(source)
    assert file.read_bytes() != damage


def test_what_other_readers_read_is_read_again(file, source, monkeypatch):
    read_and_saved(file, source)
    monkeypatch.setattr(known_modules, "READERS", (str(source),))
    parsed = []
    monkeypatch.setattr(
        known_modules,
        "parse_module",
        lambda path, content: parsed.append(path) or parse_module(path),
    )
    KnownModules(file).read(source)
    assert parsed == [source]


def test_a_folder_that_must_not_be_written_to_harms_nothing(file, source, monkeypatch):
    file.parent.write_text("in the way", encoding="utf-8")
    assert read_and_saved(file, source) == parse_module(source)


def test_what_is_not_used_any_more_is_dropped_first(file, tmp_path, monkeypatch):
    monkeypatch.setattr(known_modules, "MOST_KEPT", 2)
    known = KnownModules(file)
    paths = [tmp_path / f"{name}.py" for name in "abc"]
    for number, path in enumerate(paths):
        path.write_text(f"value = {number}\n", encoding="utf-8")
        known.read(path)
    known.read(paths[0])
    known.save()
    kept = KnownModules(file)._kept
    assert list(kept.values()) == [parse_module(paths[2]), parse_module(paths[0])]
