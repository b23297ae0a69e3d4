"""Files of arrays: what was saved comes back, and nothing in a file is ever run."""

from __future__ import annotations

import json
import pickle
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from descent import (
    LOSSES,
    BackwardGraph,
    InvalidValue,
    Landscape,
    Sweep,
    Trajectory,
    backward_graph,
    model_loss,
    record,
    row_loss,
)
from descent.checks.names import indexed, shortened, spelled_out
from descent.serialization import FORMAT

ROOT = Path(__file__).parents[1]


@pytest.fixture
def trajectory() -> Trajectory:
    return Trajectory(
        iterates=[[1 / 3, -2.5], [1e-300, 2.0]],
        losses=[4.0, 0.1],
        gradients=[[1.0, 2.0], [3.0, 4.0]],
        learning_rates=[0.1],
        names=("W1", "b1"),
        diverged=True,
        optimizer="Adam",
        options={"betas": (0.8, 0.9), "amsgrad": False, "note": None, "eps": float("inf")},
    )


def test_a_trajectory_comes_back_to_the_last_bit(trajectory, tmp_path):
    again = Trajectory.load(trajectory.save(tmp_path / "run.safetensors"))
    for name in ("iterates", "losses", "gradients", "learning_rates"):
        np.testing.assert_array_equal(getattr(again, name), getattr(trajectory, name))
        assert not getattr(again, name).flags.writeable
    assert again.names == trajectory.names
    assert (again.diverged, again.optimizer) == (True, "Adam")
    assert again.options == trajectory.options


def test_a_field_added_later_is_in_no_file_until_it_is_set(trajectory, tmp_path):
    assert b"error" not in trajectory.to_bytes()
    failed = replace(trajectory, diverged=False, stopped_by="error", error="the loss failed")
    assert Trajectory.load(failed.save(tmp_path / "run")).error == "the loss failed"


@pytest.mark.parametrize("kind", [Trajectory, Sweep])
def test_a_file_of_version_0_1_is_read(kind):
    """The files in tests/fixtures were saved by the code of commit 2e342ca."""
    found = kind.load(ROOT / f"tests/fixtures/{kind.__name__.lower()}-0.1.safetensors")
    run = found.trajectories[0] if kind is Sweep else found
    expected = record(LOSSES["parabola"], [2], learning_rate=run.learning_rates, steps=3)
    np.testing.assert_allclose(run.iterates, expected.iterates, rtol=1e-12)
    if kind is Sweep:
        assert found.behaviors.tolist() == ["converging", "diverging"]


def test_scalars_and_tuples_of_dataclasses_come_back(tmp_path):
    graph = backward_graph(row_loss(1.5, 2.9), [-1.0, 1.6])
    again = BackwardGraph.load(graph.save(tmp_path / "graph"))
    assert [node.operation for node in again.nodes] == [node.operation for node in graph.nodes]
    assert [node.parents for node in again.nodes] == [node.parents for node in graph.nodes]
    assert again.loss.value.shape == ()
    assert again.loss.value == graph.loss.value


def test_values_of_a_landscape_that_are_not_finite_come_back(tmp_path):
    landscape = Landscape((np.array([0.0, 1.0]),), [np.nan, np.inf], ("θ1",))
    again = Landscape.load(landscape.save(tmp_path / "landscape"))
    np.testing.assert_array_equal(again.values, landscape.values)


def test_equal_trajectories_have_equal_bytes(trajectory):
    assert len({trajectory.to_bytes() for _ in range(20)}) == 1
    backwards = dict(reversed(trajectory.options.items()))
    assert replace(trajectory, options=backwards).to_bytes() == trajectory.to_bytes()


def test_the_header_is_strict_json_even_with_infinite_options(trajectory):
    from safetensors import deserialize

    content = trajectory.to_bytes()
    deserialize(content)
    size = int.from_bytes(content[:8], "little")
    text = json.loads(content[8 : 8 + size])["__metadata__"][FORMAT]
    json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))


def test_a_file_is_written_beside_its_place_so_that_moving_it_is_one_act(
    trajectory, tmp_path, monkeypatch
):
    moves = []
    move = Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda self, to: (moves.append((self.parent, to)), move(self, to))
    )
    path = trajectory.save(tmp_path / "run")
    assert moves == [(tmp_path, path)]


def test_a_file_is_replaced_whole_or_not_at_all(trajectory, tmp_path, monkeypatch):
    path = trajectory.save(tmp_path / "run")
    before = path.read_bytes()
    monkeypatch.setattr(Trajectory, "to_bytes", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trajectory.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist_cannot_be_saved_into(trajectory, tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        trajectory.save(tmp_path / "nowhere" / "run")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing must be an existing file"):
        Trajectory.load(tmp_path / "missing")


def test_nothing_is_saved_in_the_place_of_a_folder(trajectory, tmp_path):
    with pytest.raises(ValueError, match="must be a file; got a folder"):
        trajectory.save(tmp_path)


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(ValueError, match="must be a file; got a folder"):
        Trajectory.load(tmp_path)


def test_a_file_cut_short_anywhere_is_refused(trajectory, tmp_path):
    content = trajectory.to_bytes()
    path = tmp_path / "cut"
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="must hold a whole Trajectory"):
            Trajectory.load(path)


def test_a_file_with_something_appended_is_refused(trajectory, tmp_path):
    path = tmp_path / "long"
    path.write_bytes(trajectory.to_bytes() + b"\0" * 8)
    with pytest.raises(ValueError, match="it should have .* bytes and has"):
        Trajectory.load(path)


def test_a_file_of_another_kind_is_refused(trajectory, tmp_path):
    path = trajectory.save(tmp_path / "run")
    with pytest.raises(ValueError, match="must hold a whole Landscape; it holds a Trajectory"):
        Landscape.load(path)


def test_a_safetensors_file_of_somebody_else_is_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"iterates": np.zeros((2, 2))}, tmp_path / "model")
    with pytest.raises(ValueError, match="this library did not write it"):
        Trajectory.load(tmp_path / "model")


def test_a_file_of_another_version_is_refused(trajectory, tmp_path, monkeypatch):
    path = trajectory.save(tmp_path / "run")
    monkeypatch.setattr(Trajectory, "FILE_VERSION", 2)
    with pytest.raises(ValueError, match="it has version 1 and 2 is expected"):
        Trajectory.load(path)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(trajectory, tmp_path, monkeypatch):
    path = trajectory.save(tmp_path / "run")
    monkeypatch.setattr("descent.serialization.MAX_FILE_BYTES", 100)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("it was read"))
    with pytest.raises(ValueError, match="must not exceed 100 bytes"):
        Trajectory.load(path)


MINE = {"__metadata__": {FORMAT: "{}"}}


def with_header(header: dict | list, arrays: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + arrays


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff" * 64, "it does not begin with a safetensors header"),
        (with_header({"__metadata__": {}}), "this library did not write it"),
        (
            with_header({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}} | MINE, b"\0"),
            "it holds numbers of an unexpected type, U8",
        ),
        (with_header(MINE), "it holds a None"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(content, why, tmp_path):
    (tmp_path / "odd").write_bytes(content)
    with pytest.raises(ValueError, match=why):
        Trajectory.load(tmp_path / "odd")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 64,
        struct.pack("<Q", 2**63) + b"{}",
        with_header([]),
        with_header({"__metadata__": {FORMAT: "[" * 100_000}}),
        with_header({"__metadata__": {FORMAT: "{}"}}),
        with_header({"__metadata__": {FORMAT: '{"kind": "Trajectory"}'}}),
        with_header({"__metadata__": {FORMAT: '{"kind": "Saveable", "version": 1, "fields": {}}'}}),
        with_header({"a": {"dtype": "F64", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}),
        with_header({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}, b"\0"),
    ],
)
def test_a_malformed_file_is_refused_in_one_sentence(content, tmp_path):
    path = tmp_path / "odd"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="must hold a whole Trajectory; .*: record it again"):
        Trajectory.load(path)


def test_arrays_that_contradict_the_trajectory_are_refused(trajectory, tmp_path):
    content = trajectory.to_bytes().replace(b'[\\"W1\\", \\"b1\\"]', b'[\\"W1\\", \\"W1\\"]')
    (tmp_path / "odd").write_bytes(content)
    with pytest.raises(ValueError, match="names must be texts that differ"):
        Trajectory.load(tmp_path / "odd")


def with_names(names):
    """Return a run of no steps whose parameters have these names."""
    zeros = np.zeros((1, len(names)))
    return Trajectory(zeros, [1.0], zeros, [], tuple(names))


LISTS_OF_NAMES = {
    "tensors": [
        *indexed("W1", (40, 30)),
        *indexed("b1", (40,)),
        *indexed("conv.weight", (2, 2, 3)),
    ],
    "numbers": [f"θ{k}" for k in range(1, 2001)],
    "both": [*indexed("W1", (700, 1)), "scale", *(f"x{k}" for k in range(9, 700)), "x9[0]"],
    "none": [f"{k:b}" for k in range(1200)],
    "odd": ["[0]", "[1]", *(f"a[{k},0]" for k in range(0, 4000, 2)), "x01", "x02", "9", "10"],
    "not in order": list(reversed([*indexed("W1", (40, 30))])),
}


@pytest.mark.parametrize("names", LISTS_OF_NAMES.values(), ids=LISTS_OF_NAMES)
def test_any_names_come_back_as_they_were(names, tmp_path):
    assert spelled_out(shortened(names), len(names)) == tuple(names)
    run = with_names(names)
    assert Trajectory.load(run.save(tmp_path / "run")).names == run.names


def test_many_names_are_kept_once_for_each_tensor_and_few_as_they_were():
    kept = {
        name: json.loads(json.loads(header_of(with_names(names)))["__metadata__"][FORMAT])
        for name, names in {**LISTS_OF_NAMES, "few": ["W1", "b1"]}.items()
    }
    kept = {name: tree["fields"]["names"] for name, tree in kept.items()}
    assert kept["tensors"]["names"] == [["W1", [40, 30]], ["b1", [40]], ["conv.weight", [2, 2, 3]]]
    assert kept["numbers"] == {"names": [["θ", 1, 2000]]}
    assert kept["few"] == {"tuple": ["W1", "b1"]}


def header_of(run) -> str:
    content = run.to_bytes()
    return content[8 : 8 + int.from_bytes(content[:8], "little")].decode()


@pytest.mark.slow
def test_a_network_for_handwritten_digits_is_saved_and_loaded(tmp_path):
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(784, 1500), torch.nn.ReLU(), torch.nn.Linear(1500, 10)
    )
    data = torch.rand(8, 784), torch.arange(8)
    loss, start, names = model_loss(network, *data, torch.nn.CrossEntropyLoss())
    run = record(loss, start, learning_rate=0.1, steps=2)
    path = run.save(tmp_path / "run")
    again = Trajectory.load(path)
    assert len(names) == 1_192_510 and again.names == names
    np.testing.assert_array_equal(again.iterates, run.iterates)
    assert path.stat().st_size < 2 * run.iterates.nbytes + 5_000


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (["W1", [10**9, 10**9]], "it names 1,000,000,000,000,000,000 numbers, more than"),
        (["x", 1, 10**15], "it names 1,000,000,000,000,000 numbers, more than"),
        (["W1", [10**15, 0]], "names of an impossible form"),
        (["W1", [2] * 40], "names of an impossible form"),
        (["W1", []], "names of an impossible form"),
        (["W1", [1.5]], "names of an impossible form"),
        (["W1", [True]], "names of an impossible form"),
        (["x", -1, 5], "names of an impossible form"),
        (["x", "1", 5], "names of an impossible form"),
        ([1, [5]], "names of an impossible form"),
        ([], "names of an impossible form"),
        (None, "names of an impossible form"),
        ({"W1": 3}, "names of an impossible form"),
    ],
)
def test_names_that_a_file_cannot_hold_are_refused_before_they_are_made(entry, why, tmp_path):
    content = header_of(with_names(LISTS_OF_NAMES["numbers"]))
    short = json.dumps(json.dumps(["θ", 1, 2000]))[1:-1]
    assert short in content
    altered = content.replace(short, json.dumps(json.dumps(entry))[1:-1]).encode()
    arrays = with_names(LISTS_OF_NAMES["numbers"]).to_bytes()[8 + len(content.encode()) :]
    (tmp_path / "odd").write_bytes(struct.pack("<Q", len(altered)) + altered + arrays)
    with pytest.raises(ValueError, match=why):
        Trajectory.load(tmp_path / "odd")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("MAX_FILE_BYTES", "must have at most 100 bytes to be saved; got .*: record fewer steps"),
        ("MAX_HEADER_BYTES", "must have names of at most 100 bytes to be saved; got .*: give shor"),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(limit, said, trajectory, tmp_path, monkeypatch):
    monkeypatch.setattr(f"descent.serialization.{limit}", 100)
    with pytest.raises(InvalidValue, match=f"Trajectory {said}"):
        trajectory.save(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


class Canary:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.path,))


def test_a_pickle_in_disguise_never_runs(tmp_path):
    canary, path = tmp_path / "canary", tmp_path / "run.safetensors"
    disguises = [pickle.dumps(Canary(canary), protocol) for protocol in range(6)]
    torch.save({"iterates": Canary(canary)}, tmp_path / "torch")
    np.save(tmp_path / "numpy.npy", np.array([Canary(canary)]), allow_pickle=True)
    disguises += [(tmp_path / name).read_bytes() for name in ("torch", "numpy.npy")]
    disguises += [with_header({"__metadata__": {FORMAT: p.hex()}}, p) for p in disguises[:1]]
    for disguise in disguises:
        path.write_bytes(disguise)
        with pytest.raises(ValueError, match="must hold a whole Trajectory"):
            Trajectory.load(path)
    assert not canary.exists()
    pickle.loads(disguises[0])
    assert canary.exists(), "the canary itself must work, or this test shows nothing"


@pytest.mark.render
def test_importing_descent_and_loading_a_trajectory_need_neither_torch_nor_manim(
    trajectory, tmp_path
):
    path = trajectory.save(tmp_path / "run")
    program = f"""
import sys
import descent
import understanding_gradients.lecture.recordings, understanding_gradients.lecture.settings
assert descent.Trajectory.load({str(path)!r}).steps == 1
assert list(descent.LOSSES)
dir(descent)
print([name for name in ("torch", "manim", "scipy") if name in sys.modules])
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
