import numpy as np
import pytest

from pipeline.typeset import OutlineFolder

ARRAYS = {
    "points": np.array([[0.1, -0.0, np.nan]]),
    "ends": np.array([1]),
    "none": np.zeros((0, 4)),
}


@pytest.fixture
def folder(tmp_path):
    """A folder in which one outline is kept."""
    OutlineFolder(tmp_path / "kept").keep("one", ARRAYS)
    return tmp_path / "kept"


def assert_whole(found):
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()


def test_what_one_worker_kept_the_next_one_finds_bit_for_bit(folder):
    assert_whole(OutlineFolder(folder).find("one"))


def test_nothing_is_kept_yet(folder, tmp_path):
    assert OutlineFolder(folder).find("two") is None
    assert OutlineFolder(tmp_path / "nowhere").find("one") is None


@pytest.mark.parametrize("length", [0, 7, 32, 40, -1])
def test_a_truncated_outline_counts_as_none_and_can_be_kept_anew(folder, length):
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:length])
    assert OutlineFolder(folder).find("one") is None
    OutlineFolder(folder).keep("one", ARRAYS)
    assert_whole(OutlineFolder(folder).find("one"))


@pytest.mark.parametrize("place", [0, 31, 32, 45, -1])
def test_an_outline_with_one_bit_flipped_counts_as_none(folder, place):
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    content[place] ^= 4
    file.write_bytes(content)
    assert OutlineFolder(folder).find("one") is None


def test_equal_outlines_give_equal_files_and_nothing_else_is_left(folder):
    (file,) = folder.iterdir()
    before = file.read_bytes()
    OutlineFolder(folder).keep("one", ARRAYS)
    assert [path.name for path in folder.iterdir()] == ["one.outline"]
    assert file.read_bytes() == before
