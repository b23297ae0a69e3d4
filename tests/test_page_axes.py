"""The axes of a page, as its own script makes them."""

import json
import shutil
import subprocess

import pytest

from descent.page.writing import SCRIPTS, _source

NODE = shutil.which("node")


@pytest.mark.render
@pytest.mark.skipif(NODE is None, reason="Node is not on this machine")
def test_the_decades_of_a_wide_axis_have_round_exponents():
    wide = [(1.0, 1e308, 5), (1e-3, 1e206, 4), (1e-300, 1e300, 2), (10.0, 1000.0, 2)]
    calls = f"{json.dumps(wide)}.map((one) => logTicks(...one).map((tick) => tick[0]))"
    scripts = "\n".join(map(_source, SCRIPTS[:2]))
    code = f"{scripts}\nconsole.log(JSON.stringify({calls}));"
    found = subprocess.run([str(NODE), "-e", code], check=True, capture_output=True, text=True)
    assert json.loads(found.stdout) == [
        [1, 1e100, 1e200, 1e300],
        [1, 1e100, 1e200],
        [1e-200, 1, 1e200],
        [10, 100, 1000],
    ]
