"""Claims on what is being written, where others tidy up."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from descent._files import locks as claims
from descent._files.locks import delete_abandoned, exclusive, locked_new


def test_what_is_tidied_away_before_it_is_claimed_is_begun_again(tmp_path):
    made = []

    def make():
        path = tmp_path / str(len(made))
        made.append(path)
        # Who tidies up takes the first one for abandoned before it is even opened.
        if len(made) > 1:
            path.mkdir()
        return path

    with locked_new(make) as path:
        assert path == made[1]
    assert len(made) == 2


def swapped_once(monkeypatch):
    """Let another take the place of the first thing that is to be claimed, just before."""
    claim = claims._claim
    places = []

    def late(handle, *words, **options):
        if places:
            path = places.pop()
            path.rename(path.with_name("tidied away"))
            path.mkdir()
        return claim(handle, *words, **options)

    monkeypatch.setattr(claims, "_claim", late)
    return places


def test_what_is_tidied_away_between_a_look_and_the_claim_is_begun_again(tmp_path, monkeypatch):
    places = swapped_once(monkeypatch)
    made = []

    def make():
        path = tmp_path / str(len(made))
        path.mkdir()
        made.append(path)
        if len(made) == 1:
            places.append(path)
        return path

    with locked_new(make) as path:
        assert path == made[1]


def test_what_another_has_begun_under_an_abandoned_name_stays(tmp_path, monkeypatch):
    path = tmp_path / "abandoned"
    path.mkdir()
    swapped_once(monkeypatch).append(path)
    delete_abandoned([path], Path.rmdir)
    assert path.exists()
    delete_abandoned([path], Path.rmdir)
    assert not path.exists()


def test_where_nothing_can_be_claimed_nothing_is_taken_for_abandoned(tmp_path, monkeypatch):
    def refused(handle, how):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(claims.fcntl, "flock", refused)
    path = tmp_path / "somebody's"
    path.mkdir()
    delete_abandoned([path], Path.rmdir)
    assert path.exists()
    with locked_new(lambda: path) as given, exclusive(tmp_path, pytest.fail):
        assert given == path
