"""Chromium without a window, for the tests that look at pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)


@contextmanager
def browser() -> Iterator[Any]:
    """Give a headless browser; the test is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        app = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield app
        app.close()
