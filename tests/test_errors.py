"""The errors of a wrong request."""

from __future__ import annotations

import pickle
import traceback

import pytest

import descent
from descent.checks.errors import InvalidArgument, InvalidType, InvalidValue


def is_error(name):
    public = getattr(descent, name)
    return isinstance(public, type) and issubclass(public, Exception)


def test_the_sentence_has_constraint_received_value_and_repair():
    error = InvalidValue("--steps", "be from 1 to 100", 0, repair="use record for long runs.")
    assert str(error) == "--steps must be from 1 to 100; got 0: use record for long runs."
    assert (error.key, error.value) == ("--steps", 0)
    assert (error.constraint, error.repair) == ("be from 1 to 100", "use record for long runs.")


def test_without_a_repair_the_sentence_ends_with_a_full_stop():
    assert str(InvalidType("start", "consist of numbers", "x")) == (
        "start must consist of numbers; got 'x'."
    )
    assert str(InvalidValue("film.leave_out", "leave a clip in")) == (
        "film.leave_out must leave a clip in."
    )


@pytest.mark.parametrize("got", [None, 0, "", float("nan")])
def test_a_received_value_that_is_falsy_is_named_too(got):
    assert f"; got {got!r}." in str(InvalidValue("x", "be something else", got))


def test_an_error_is_a_value_error_or_a_type_error():
    assert issubclass(InvalidValue, ValueError) and issubclass(InvalidValue, InvalidArgument)
    assert issubclass(InvalidType, TypeError) and issubclass(InvalidType, InvalidArgument)


@pytest.mark.parametrize("name", [n for n in descent.__all__ if is_error(n)])
def test_a_public_error_is_shown_as_it_is_imported_and_crosses_processes(name):
    error = getattr(descent, name)("steps", "be even")
    copy = pickle.loads(pickle.dumps(error))
    assert traceback.format_exception_only(copy)[0].startswith(f"descent.{name}: ")
    assert (type(copy), copy.args) == (type(error), error.args)


def test_a_renamed_error_differs_in_its_key_only():
    error = InvalidValue("descent.start", "be finite", got="[nan]", repair="choose another.")
    renamed = error.renamed("--start")
    assert type(renamed) is InvalidValue
    assert str(renamed) == "--start must be finite; got [nan]: choose another."
    assert str(InvalidValue("a", "be given").renamed("b")) == "b must be given."


def test_an_error_keeps_its_parts_from_process_to_process():
    error = InvalidType("names", "be texts", 12, repair="quote them.")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.value) == (InvalidType, str(error), 12)


def test_an_error_with_a_value_that_cannot_be_pickled_keeps_its_sentence():
    error = InvalidType("loss", "return a scalar tensor", lambda: 0, got="a function")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.value) == (str(error), None)


def test_a_caller_can_tell_a_wrong_request_from_a_fault_of_the_library():
    with pytest.raises(descent.InvalidArgument) as caught:
        descent.record(descent.LOSSES["bowl"], [2, 1], learning_rate=0, steps=3)
    assert (caught.value.key, caught.value.value) == ("learning_rate", 0)


def test_a_loss_that_fails_is_the_cause_of_the_error():
    with pytest.raises(descent.InvalidValue, match="loss must work at the start") as caught:
        descent.check_loss(lambda params: params[7], [2.0])
    assert caught.value.key == "loss"
    assert isinstance(caught.value.__cause__, IndexError)
