"""lecture.toml is read completely, and a mistake in it gives one sentence."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from msgspec import convert, inspect, structs

from understanding_gradients.lecture.messages import InvalidSetting, requirement
from understanding_gradients.lecture.settings import TABLES, Descent, Settings
from understanding_gradients.lecture.settings_file import read_settings

ROOT = Path(__file__).parents[1]


def read(tmp_path, text):
    path = tmp_path / "lecture.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_the_defaults_are_the_delivered_lecture():
    assert read_settings(ROOT / "lecture.toml") == Settings()


def test_an_empty_file_is_the_default_lecture(tmp_path):
    assert read(tmp_path, "") == Settings()


def test_every_key_is_read(tmp_path):
    settings = read(
        tmp_path,
        """
        [data]
        x_name = "hours"
        y_name = "mark"
        rows = [[1, 2], [3, 4.5]]
        picked_row = 2
        [descent]
        loss = "rosenbrock"
        start = [0.5, 2]
        steps = 4
        [learning_rates]
        very_small = 1e-5
        just_right = 0.001
        very_large = "suggest"
        [film]
        theme = "light"
        leave_out = ["title"]
        captions = false
        [captions]
        "zero-loss.squared" = "Quoted."
        update-rule.numbers = "Not quoted."
        """,
    )
    assert settings.data.rows == ((1.0, 2.0), (3.0, 4.5))
    assert (settings.data.x_name, settings.data.picked_row) == ("hours", 2)
    assert settings.descent == Descent("rosenbrock", (0.5, 2.0), 4)
    assert settings.learning_rates.very_small == 1e-5
    assert settings.learning_rates.very_large == "suggest"
    assert settings.film.theme == "light"
    assert settings.film.leave_out == ("title",)
    assert settings.film.captions is False
    assert settings.captions == {
        "zero-loss.squared": "Quoted.",
        "update-rule.numbers": "Not quoted.",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[descent]\nsteps = 3\nstpes = 4", r"toml, line 3: descent.stpes must .*mean steps\?$"),
        ("[data]\nrows = [[1, 2]]\npicked = 1", r"line 3: .*did you mean picked_row\?"),
        ("[film]\nx = 1", r"line 2: film.x must be a known key: use one of theme, leave_out"),
        ("\n[desent]\nsteps = 3", r"line 2: desent must be a known table: did you mean descent\?$"),
        ("steps = 3", r"toml, line 1: steps must be under \[descent\]\.$"),
        ("\nstpes = 3", r"line 2: stpes must .*: did you mean steps under \[descent\]\?$"),
        ("zzz = 3", r"line 1: zzz must be a known key under its table\.$"),
        ("[film]\nsteps = 3", r"line 2: film.steps must be under \[descent\]\.$"),
        ("theme = 'light'", r"line 1: theme must be under \[film\]\."),
        ("descent = 3", r"line 1: descent must be a table: write \[descent\]"),
        ("descent.stps = 3", r"line 1: descent.stps must be a known key"),
        ("[descent\nsteps = 3", r"must be valid TOML; .*line 1"),
        ("[descent]\nsteps = 3\nsteps = 4", "must be valid TOML"),
        ("[descent]\n\nsteps = 0", r"line 3: descent.steps must be .* from 1 to 100; got 0"),
        ("[descent]\nsteps = -2", "got -2"),
        ("[descent]\nsteps = 1000000", "got 1000000"),
        ("[descent]\nsteps = 2.0", "got 2.0"),
        ("[descent]\nsteps = true", "got True"),
        ("[descent]\nloss = 'rosenbrok'", r"got 'rosenbrok': did you mean rosenbrock\?"),
        ("[descent]\nloss = 'losses.py'", "must be FILE.py:NAME or one of neuron, parabola"),
        ("[descent]\nloss = 3", "got 3"),
        ("[descent]\nstart = [1]", r"start must have 2 numbers \(W1, b1\); got 1"),
        ("[descent]\nloss = 'parabola'\nstart = [1, 2]", r"must have 1 number \(θ1\); got 2"),
        ("[descent]\nstart = [1, nan]", "descent.start must be a list of numbers"),
        ("[descent]\nstart = ['1', 2]", "descent.start must be a list of numbers"),
        ("[descent]\nstart = 'here'", 'descent.start must be a list of numbers, or "suggest"'),
        ("[descent]\nmodel = 'net.py'", "line 2: descent.model must be FILE.py:NAME; got 'net.py'"),
        ("[descent]\nmodel = 3", "descent.model must be FILE.py:NAME; got 3"),
        (
            "[descent]\nmodel = 'a.py:b'\nloss = 'neuron'",
            "line 3: descent.loss must go without descent.model, which brings its own: leave",
        ),
        ("[descent]\nstart = [1, 2]\nmodel = 'a.py:b'", "line 2: descent.start must go without"),
        ("[learning_rates]\njust_right = 0", 'just_right must be a positive number, or "suggest"'),
        ("[learning_rates]\njust_right = -0.1", "got -0.1"),
        ("[learning_rates]\njust_right = nan", "got nan"),
        ("[learning_rates]\nvery_large = inf", "learning_rates.very_large must be .* got inf"),
        ("[learning_rates]\nvery_small = '0.1'", "got '0.1'"),
        ("[learning_rates]\nvery_small = '0.1'", r"write 0\.1 without quotation marks\.$"),
        ("[learning_rates]\nvery_small = '0,1'", r"got '0,1': write 0\.1\.$"),
        ("[learning_rates]\nvery_small = 'quick'", r"got 'quick'\.$"),
        ("[learning_rates]\nvery_small = true", "got True"),
        ("[film]\ntheme = 'drak'", r"film.theme must be .* got 'drak': did you mean dark\?"),
        ("[film]\nleave_out = 'title'", "film.leave_out must be a list of clips; got 'title'"),
        ("[film]\nleave_out = 3", "film.leave_out must be a list of clips; got 3"),
        ("[film]\ncaptions = 1", "film.captions must be true or false; got 1"),
        ("\n[captions]\ntitle = 'x'", 'line 2: captions must be written "clip.beat" = "text"; got'),
        ('[captions]\na.b = "\\u0007"', 'line 2: captions."a.b" must have no control characters'),
        ('[captions]\n"a.b" = 3', "captions must be written"),
        ("[data]\nrows = []", "data.rows must be 1 to 1000 rows"),
        ("[data]\nrows = [[1, 2], [3]]", r"must be pairs \[x, y\] of numbers; got \[3\] as row 2"),
        ("[data]\nrows = [[1, '2']]", r"got \[1, '2'\] as row 1"),
        ("[data]\nrows = [[1, inf]]", "as row 1"),
        ("[data]\nrows = 3", "data.rows must be 1 to 1000 rows"),
        ("[data]\npicked_row = 6", "data.picked_row must be a whole number from 1 to 5; got 6"),
        ("[data]\nrows = [[1, 2]]", r"1 to 1; got 4, its default: set picked_row = 1 under"),
        ("[data]\nrows = [[1, 2]]\npicked_row = 5", r"1 to 1; got 5\.$"),
        ("[data]\npicked_row = 0", "got 0"),
        ("[data]\nx_name = ''", "data.x_name must be a text of 1 to 24 characters; got ''"),
        ("[data]\ny_name = 3", "data.y_name must be a text"),
    ],
)
def test_a_mistake_gives_one_sentence_with_its_key(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)
    assert "?." not in str(caught.value)


def test_an_error_in_a_file_carries_its_key_its_line_and_its_file(tmp_path):
    with pytest.raises(InvalidSetting) as caught:
        read(tmp_path, "[descent]\n\nsteps = 0")
    error = caught.value
    assert (error.path, error.line) == (tmp_path / "lecture.toml", 3)
    assert (error.key, error.value) == ("descent.steps", 0)
    assert error.constraint == "be a whole number from 1 to 100"
    assert str(error.renamed("--steps")) == "--steps must be a whole number from 1 to 100; got 0."
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.key, copy.line) == (str(error), "descent.steps", 3)


@pytest.mark.parametrize("table", TABLES.values())
def test_every_key_has_a_description_and_says_what_it_asks_for(table):
    for field in structs.fields(table):
        info = inspect.type_info(field.type)
        assert info.extra_json_schema["description"].endswith(".")
        assert requirement(info)
        assert convert(field.default, field.type) == field.default


def test_a_number_too_large_for_float64_is_refused(tmp_path):
    with pytest.raises(ValueError, match="very_small must be a positive number"):
        read(tmp_path, f"[learning_rates]\nvery_small = 1{'0' * 400}")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be an existing settings file"):
        read_settings(tmp_path / "lecture.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "lecture.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="must be valid TOML"):
        read_settings(tmp_path / "lecture.toml")


def test_a_loss_file_is_looked_for_beside_the_settings(tmp_path):
    settings = read(tmp_path, "[descent]\nloss = 'mine.py:loss'\nstart = [1, 2]")
    assert settings.descent.loss == f"{tmp_path / 'mine.py'}:loss"


def test_the_command_line_replaces_single_keys():
    settings = Settings().replace(steps=8, very_small=0.02, theme="light", captions=False)
    assert settings.descent.steps == 8
    assert settings.learning_rates.very_small == 0.02
    assert settings.learning_rates.just_right == "suggest"
    assert (settings.film.theme, settings.film.captions) == ("light", False)
    assert Settings().replace() == Settings()


def test_another_loss_begins_at_its_own_start_unless_one_is_given():
    settings = Settings().replace(start=(2, 1))
    assert settings.replace(loss="neuron").descent.start == (2.0, 1.0)
    assert settings.replace(loss="parabola").descent.start == "suggest"
    assert settings.replace(loss="parabola", start=(3,)).descent.start == (3.0,)


def test_a_replaced_value_is_checked():
    with pytest.raises(ValueError, match="descent.steps must be a whole number"):
        Settings().replace(steps=0)
    with pytest.raises(ValueError, match=r"start must have 2 numbers \(θ1, θ2\); got 3"):
        Settings().replace(loss="bowl", start=(1, 2, 3))
    with pytest.raises(TypeError, match="a setting must be one of .*; got 'stesp'"):
        Settings().replace(stesp=3)


def test_an_unknown_clip_is_refused_with_the_nearest():
    slugs = ["title", "zero-loss"]
    Settings().check_clips(slugs)
    with pytest.raises(
        ValueError, match=r"leave_out must name a clip; got 'zero'.*mean zero-loss\?$"
    ):
        Settings().replace(leave_out=["title", "zero"]).check_clips(slugs)
    with pytest.raises(ValueError, match="got 'titel': did you mean title"):
        Settings(captions={"titel.card": "x"}).check_clips(slugs)


def test_the_example_of_a_caption_names_a_beat(tmp_path):
    text = (ROOT / "lecture.toml").read_text(encoding="utf-8")
    example = text.rpartition("[captions]")[2].rpartition("# ")[2]
    ((place, _),) = read(tmp_path, f"[captions]\n{example}").captions.items()
    slug, beat = place.split(".")
    source = (ROOT / "scenes" / "clips" / f"{slug.replace('-', '_')}.py").read_text(
        encoding="utf-8"
    )
    assert re.search(rf'self\.beat\(\s*"{beat}"', source)


def test_a_model_takes_the_place_of_a_loss_and_a_loss_that_of_a_model(tmp_path):
    settings = read(tmp_path, "[descent]\nmodel = 'net.py:make'\nsteps = 4")
    assert settings.descent.model == str(tmp_path / "net.py:make")
    assert (settings.descent.start, settings.descent.is_neurons) == ("suggest", False)
    of_a_loss = settings.replace(loss="bowl").descent
    assert (of_a_loss.loss, of_a_loss.model) == ("bowl", "")
    delivered = read_settings(ROOT / "lecture.toml").replace(model="net.py:make").descent
    assert (delivered.model, delivered.start) == ("net.py:make", "suggest")
    assert delivered.is_of_a_file and not Settings().descent.is_of_a_file
    with pytest.raises(ValueError, match=r"^descent.start must go without descent.model"):
        settings.replace(start=(1.0, 2.0))
