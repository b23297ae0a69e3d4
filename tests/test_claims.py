"""Claims on what is being written, where others tidy up."""

from __future__ import annotations

from descent.disk.claims import begun


def test_what_is_tidied_away_before_it_is_claimed_is_begun_again(tmp_path):
    made = []

    def make():
        path = tmp_path / str(len(made))
        made.append(path)
        # Who tidies up takes the first one for abandoned before it is even opened.
        if len(made) > 1:
            path.mkdir()
        return path

    with begun(make) as path:
        assert path == made[1]
    assert len(made) == 2
