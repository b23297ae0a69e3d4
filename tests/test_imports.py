"""The public names of descent."""

from __future__ import annotations

import pytest

import descent


def test_every_public_name_can_be_had():
    for name in descent.__all__:
        assert getattr(descent, name) is not None
    assert dir(descent) == sorted(descent.__all__)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="No descent attribute recrd"):
        descent.recrd  # noqa: B018
