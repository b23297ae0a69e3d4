"""What cannot be seen of a recording makes no picture stale; all that can be seen does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from descent.text.numbers import fixed, significant
from descent.views.landscape import Landscape
from scenes.registry import clip
from understanding_gradients.cache.shown import shown_digest, shown_numbers, shown_texts
from understanding_gradients.installation import ROOT
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.recordings import RateTable, Rows, save_recordings
from understanding_gradients.lecture.settings import Settings

NUMBERS = st.floats(-1e300, 1e300, allow_subnormal=False)


def shown_number(value):
    return shown_numbers(np.array([value]))


def digest_of(folder, **recordings):
    """The digest of one recording."""
    (path,) = save_recordings(recordings, folder).values()
    return shown_digest(path)


def rates(losses, sharpness=3.3, steps=6):
    found = np.array([0.1, 0.2, 0.4])
    return RateTable(found, np.array(losses), steps, 5.846, sharpness, 2 / sharpness)


def test_the_last_bits_of_numbers_are_not_seen(tmp_path):
    losses = [52.632907468338075, 7145496273.710175, np.inf]
    nearby = [52.63290746833816, 7145496273.710181, np.inf]
    expected = digest_of(tmp_path, rates=rates(losses))
    assert digest_of(tmp_path, rates=rates(nearby, sharpness=3.3 * (1 + 1e-15))) == expected
    others = [rates([52.634, *losses[1:]]), rates(losses, 3.31), rates(losses, steps=7)]
    assert expected not in {digest_of(tmp_path, rates=other) for other in others}


def test_texts_and_whole_numbers_are_seen_whole(tmp_path):
    x = np.array([1.0, 2.0])
    tables = [Rows("x", "y", x, x, 0), Rows("x", "z", x, x, 0), Rows("x", "y", x, x, 1)]
    assert len({digest_of(tmp_path, rows=one) for one in tables}) == 3
    assert shown_number(-0.0) == shown_number(0.0)


def test_rounding_errors_near_the_zero_of_an_axis_are_not_seen():
    x, values = np.linspace(-3e45, 3e45, 7), np.arange(14.0).reshape(7, 2)
    nearby = x + np.where(x == 0, 3e29, 0)
    plain, other = (
        Landscape((axis, np.array([0.0, 1])), values, ("x", "y")) for axis in (x, nearby)
    )
    assert list(shown_texts(plain)) == list(shown_texts(other))
    wider = Landscape((2 * x, np.array([0.0, 1])), values, ("x", "y"))
    assert list(shown_texts(plain)) != list(shown_texts(wider))


def test_rounding_errors_at_the_lowest_place_of_a_slice_are_not_seen():
    one = record_lecture(Settings(), ["slice"])["slice"]
    expected = list(shown_texts(one))
    at_bottom = one.descents[1]  # of the rate 1/λ

    def landing(place):
        rows = np.where(np.arange(7)[:, None] == 0, at_bottom.iterates, place)
        moved = replace(at_bottom, iterates=rows)
        return replace(one, descents=(one.descents[0], moved, *one.descents[2:]))

    assert np.ptp(at_bottom.iterates[1:]) < 1e-14
    shown = [list(shown_texts(landing(place))) for place in (0, 3e-16, -2e-17, 3e-12)]
    assert shown[:3] == [expected] * 3
    assert shown[3] != expected


def test_the_clip_of_the_middle_rate_shows_the_others_only_as_far_as_it_tells_of_them(tmp_path):
    def shown(**changes):
        settings = Settings().replace(**changes)
        names = clip("just-right-learning-rate").inputs
        found = save_recordings(record_lecture(settings, names), tmp_path)
        return {name: shown_digest(path) for name, path in found.items()}

    assert shown(very_large=0.75) == shown()
    # That another rate ends lower is told.
    assert shown(just_right=0.1, very_large=0.4) != shown(just_right=0.1)


@given(NUMBERS, st.integers(-3, 3))
def test_numbers_that_are_not_told_apart_have_the_same_texts(value, bits):
    other = value
    for _ in range(abs(bits)):
        other = float(np.nextafter(other, np.copysign(np.inf, bits)))
    if not np.isfinite(other) or shown_number(value) != shown_number(other):
        return
    for decimals in range(4):
        texts = [fixed(one, decimals=decimals) for one in (value, other)]
        # A hundred thousandth of a number of four figures is less than its rounding.
        if abs(value) < 1e4 and abs(value) >= 10 ** (-decimals):
            assert texts[0] == texts[1]
    assert significant(value) == significant(other)


@pytest.mark.parametrize("figures", [0.0625, 1.2345, 57.35, 0.9985, 12.345, 2.5])
def test_a_number_half_way_between_two_texts_is_told_from_its_neighbors(figures):
    below, above = np.nextafter(figures, [-np.inf, np.inf]).tolist()
    assert len({shown_number(one) for one in (below, figures, above)}) == 3


KEYS = """
import json, sys
from dataclasses import replace
from pathlib import Path
from scenes.registry import CLIPS
from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.store import Store, digests
from understanding_gradients.commands.request import jobs_for
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.spec.quality import QUALITIES
jobs = jobs_for(Settings(), CLIPS, QUALITIES["draft"], Store(Path(sys.argv[1])))
keys = {job.clip.slug: clip_key(job) for job in jobs}
bytes = {name: digests(path) for job in jobs for name, path in job.inputs.items()}
print(json.dumps([keys, bytes]))
"""


def keys_with(capability, folder):
    """The keys of all clips, and the bytes of their recordings, with such kernels of torch."""
    done = subprocess.run(
        [sys.executable, "-c", KEYS, str(folder / capability)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"ATEN_CPU_CAPABILITY": capability},
    )
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(
    not torch.backends.cpu.get_cpu_capability().startswith("AVX"), reason="no AVX2 here"
)
def test_another_processor_makes_no_clip_stale(tmp_path):
    (plain, plain_bytes), (vector, vector_bytes) = (
        keys_with(capability, tmp_path) for capability in ("default", "avx2")
    )
    assert plain == vector
    assert plain_bytes != vector_bytes
