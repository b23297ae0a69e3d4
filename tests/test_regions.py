import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding_gradients.encode.regions import MACROBLOCK, DirtyGrid, coalesce, to_slices

WIDTH, HEIGHT = 342, 192

xs = st.tuples(st.integers(0, WIDTH), st.integers(0, WIDTH)).map(sorted)
ys = st.tuples(st.integers(0, HEIGHT), st.integers(0, HEIGHT)).map(sorted)
rects = st.builds(lambda x, y: (x[0], y[0], x[1], y[1]), xs, ys)


def dirty_pixels(found) -> np.ndarray:
    """The pixels of all macroblocks that a pixel of the rects lies in, found pixel by pixel."""
    dirty = np.zeros((HEIGHT, WIDTH), bool)
    for rect in found:
        dirty[to_slices(rect)] = True
    for top in range(0, HEIGHT, MACROBLOCK):
        for left in range(0, WIDTH, MACROBLOCK):
            cell = dirty[top : top + MACROBLOCK, left : left + MACROBLOCK]
            cell[...] = cell.any()
    return dirty


@given(st.lists(rects, max_size=12))
def test_rects_cover_the_dirty_macroblocks_exactly_and_without_overlap(found):
    covered = np.zeros((HEIGHT, WIDTH), int)
    for rect in DirtyGrid(WIDTH, HEIGHT, found).rects:
        covered[to_slices(rect)] += 1
    assert np.array_equal(covered, dirty_pixels(found).astype(int))


@given(st.lists(rects, max_size=6), rects)
def test_a_rect_intersects_the_grid_if_it_touches_a_dirty_macroblock(found, rect):
    common = dirty_pixels([rect]) & dirty_pixels(found)
    assert DirtyGrid(WIDTH, HEIGHT, found).intersects(rect) == common.any()


@pytest.mark.parametrize(("width", "height"), [(854, 480), (1920, 1080), (3840, 2160)])
def test_every_rect_has_even_edges(width, height):
    grid = DirtyGrid(width, height, [(width - 1, height - 1, width, height), (3, 5, 4, 6)])
    assert all(edge % 2 == 0 for rect in grid.rects for edge in rect)


@given(st.lists(rects, max_size=12))
def test_coalesced_rects_cover_the_original_ones(found):
    covered = np.zeros((HEIGHT, WIDTH), bool)
    for rect in coalesce(found):
        covered[to_slices(rect)] = True
    assert len(coalesce(found)) <= len(found)
    assert all(covered[to_slices(rect)].all() for rect in found)


def test_near_rects_are_joined_and_far_ones_are_not():
    assert coalesce([(0, 0, 16, 16), (32, 0, 48, 16)]) == [(0, 0, 48, 16)]
    assert len(coalesce([(0, 0, 16, 16), (300, 170, 316, 186)])) == 2
