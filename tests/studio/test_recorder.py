"""Beside which control the studio says why a lecture cannot be recorded."""

from __future__ import annotations

import pytest

from descent import InvalidValue
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.studio.recorder import RecordRequest, reply_to, setting_of

OWN = "descent.loss"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def hill(p:", "must run without an error; got SyntaxError"),
        ("def hill(p): return (p**2).sum() + missing", "name 'missing' is not defined"),
        ("def bill(p): return (p**2).sum()", "hill"),
    ],
    ids=["syntax", "name", "other"],
)
def test_what_is_wrong_with_a_loss_file_is_about_the_loss(tmp_path, text, said):
    (tmp_path / "mine.py").write_text(text + "\n", encoding="utf-8")
    settings = Settings().replace(loss=f"{tmp_path}/mine.py:hill", start=[1.0])
    request = RecordRequest(settings, ("loss-of-one-row",), str(tmp_path / "store"))
    reply = reply_to(request)
    assert (reply.key, said in reply.sentence) == (OWN, True), reply.sentence


def test_what_is_wrong_with_a_setting_is_about_that():
    error = InvalidValue("descent.start", "have 2 numbers")
    assert setting_of(error, Settings().replace(loss="mine.py:hill")) == "descent.start"


@pytest.mark.parametrize("error", [OSError("no room"), InvalidValue("loss", "work")])
def test_what_is_about_no_setting_names_none(error):
    is_of_loss = isinstance(error, InvalidValue)
    assert setting_of(error, Settings()) == ("loss" if is_of_loss else "")
    assert setting_of(error, Settings().replace(loss="m.py:f")) == (OWN if is_of_loss else "")
