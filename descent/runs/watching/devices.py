"""Which numbers lie on a device, so that reading them would make the loop wait."""

from __future__ import annotations

from typing import Any

HOST = "cpu"


def is_elsewhere(value: Any) -> bool:
    """Return whether a value is a tensor that is not on the CPU."""
    device = getattr(value, "device", None)
    return device is not None and device.type != HOST
