import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding_gradients.encode.regions import CELL, DirtyGrid, coalesce, to_slices

WIDTH, HEIGHT = 342, 192

sides = st.tuples(st.integers(0, WIDTH), st.integers(0, WIDTH)).map(sorted)
heights = st.tuples(st.integers(0, HEIGHT), st.integers(0, HEIGHT)).map(sorted)
boxes = st.builds(lambda x, y: (x[0], y[0], x[1], y[1]), sides, heights)


def cells_by_hand(boxes) -> np.ndarray:
    """The pixels of all cells that any pixel of the boxes lies in, found pixel by pixel."""
    changed = np.zeros((HEIGHT, WIDTH), bool)
    for box in boxes:
        changed[to_slices(box)] = True
    for top in range(0, HEIGHT, CELL):
        for left in range(0, WIDTH, CELL):
            cell = changed[top : top + CELL, left : left + CELL]
            cell[...] = cell.any()
    return changed


@given(st.lists(boxes, max_size=12))
def test_rectangles_cover_the_changed_cells_once_and_nothing_else(found):
    covered = np.zeros((HEIGHT, WIDTH), int)
    for rectangle in DirtyGrid(WIDTH, HEIGHT, found).rectangles:
        covered[to_slices(rectangle)] += 1
    assert np.array_equal(covered, cells_by_hand(found).astype(int))


@given(st.lists(boxes, max_size=6), boxes)
def test_a_box_meets_the_changed_cells_if_a_pixel_of_it_lies_in_one(found, box):
    pixels = cells_by_hand([box])[to_slices((0, 0, WIDTH, HEIGHT))] & cells_by_hand(found)
    assert DirtyGrid(WIDTH, HEIGHT, found).meet(box) == pixels.any()


@pytest.mark.parametrize(("width", "height"), [(854, 480), (1920, 1080), (3840, 2160)])
def test_every_rectangle_begins_and_ends_on_even_pixels(width, height):
    cells = DirtyGrid(width, height, [(width - 1, height - 1, width, height), (3, 5, 4, 6)])
    assert all(edge % 2 == 0 for rectangle in cells.rectangles for edge in rectangle)


@given(st.lists(boxes, max_size=12))
def test_fewer_boxes_cover_all_that_was_covered(found):
    covered = np.zeros((HEIGHT, WIDTH), bool)
    for box in coalesce(found):
        covered[to_slices(box)] = True
    assert len(coalesce(found)) <= len(found)
    assert all(covered[to_slices(box)].all() for box in found)


def test_near_boxes_are_joined_and_far_ones_are_not():
    assert coalesce([(0, 0, 16, 16), (32, 0, 48, 16)]) == [(0, 0, 48, 16)]
    assert len(coalesce([(0, 0, 16, 16), (300, 170, 316, 186)])) == 2
