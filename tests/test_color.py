import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understanding_gradients.encode.color import as_bt709, convert, planes_of

WIDTH, HEIGHT = 342, 192
COLORS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (86, 180, 233), (15, 20, 27), (251, 251, 248)]


def noise(seed: int) -> np.ndarray:
    """A frame of random pixels."""
    frame = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
    frame[..., 3] = 255
    return frame


def even_ranges(length: int) -> st.SearchStrategy:
    """Two different even numbers up to `length`, in order."""
    pair = st.tuples(st.integers(0, length // 2), st.integers(0, length // 2)).map(sorted)
    return pair.filter(lambda ends: ends[0] < ends[1]).map(lambda ends: (2 * ends[0], 2 * ends[1]))


@settings(max_examples=60, deadline=None)
@given(even_ranges(WIDTH), even_ranges(HEIGHT))
def test_converting_a_rect_equals_converting_the_whole_frame_there(xs, ys):
    before, after = noise(0), noise(1)
    changed = before.copy()
    rect = (xs[0], ys[0], xs[1], ys[1])
    inside = (slice(*ys), slice(*xs))
    changed[inside] = after[inside]
    planes = [plane.copy() for plane in planes_of(as_bt709(before))]
    convert(changed, rect, planes)
    whole = planes_of(as_bt709(changed))
    half = (slice(ys[0] // 2, ys[1] // 2), slice(xs[0] // 2, xs[1] // 2))
    for plane, expected, where in zip(planes, whole, (inside, half, half), strict=True):
        assert np.array_equal(plane[where], expected[where])


@pytest.mark.parametrize("color", COLORS)
def test_a_color_is_converted_by_the_equations_of_bt709(color):
    frame = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    frame[..., :3] = color
    red, green, blue = (part / 255 for part in color)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    expected = [
        16 + 219 * luma,
        128 + 224 * (blue - luma) / 1.8556,
        128 + 224 * (red - luma) / 1.5748,
    ]
    found = [plane[10, 10] for plane in planes_of(as_bt709(frame))]
    assert np.allclose(found, expected, atol=1.0)
