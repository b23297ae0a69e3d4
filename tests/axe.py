"""axe-core, which checks a page for accessibility, as npm has it."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from understanding_gradients.installation import user_cache_folder

RELEASE = "axe-core-4.10.3"
SHA512 = "Xm7bpRXnDSX2YE2YFfBk2FnF0ep6tmG7xPh8iHee8MIcrgq762Nkce856dYtJYLkuIoYZvGfTs/PbZhideTcEg=="


def axe_source() -> str:
    """Return the source of axe-core, from the user's cache or from npm."""
    archive = user_cache_folder() / f"{RELEASE}.tgz"
    if not archive.exists():
        fetch(archive)
    digest = hashlib.sha512(archive.read_bytes()).digest()
    assert base64.b64encode(digest).decode() == SHA512
    with tarfile.open(archive) as files:
        member = files.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


def fetch(archive: Path) -> None:
    """Let npm download the package, or skip the test."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm, which fetches axe-core, is not on this machine")
    archive.parent.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", RELEASE.replace("core-", "core@"), "--pack-destination", archive.parent]
    if subprocess.run(command, check=False, capture_output=True, cwd=archive.parent).returncode:
        pytest.skip("npm cannot fetch axe-core here")


def findings(page: Any) -> list[str]:
    """Return what axe-core objects to on a page of Playwright."""
    page.evaluate(axe_source())
    return [
        f"{rule['id']}: {rule['help']}: {node['html']}"
        for rule in page.evaluate("axe.run()")["violations"]
        for node in rule["nodes"]
    ]
