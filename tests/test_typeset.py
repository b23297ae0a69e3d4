import pytest

from pipeline.typeset import borrow, give_back


@pytest.fixture
def kept(tmp_path):
    """A folder in which two formulas are kept."""
    private = tmp_path / "first"
    private.mkdir()
    for name in ("one", "two"):
        (private / f"{name}.svg").write_text(f"<svg>{name}</svg>", encoding="utf-8")
    (private / "one.typ").write_text("$ one $", encoding="utf-8")
    give_back(private, tmp_path / "kept")
    return tmp_path / "kept"


def borrowed(kept, private):
    borrow(kept, private)
    return {path.name: path.read_text(encoding="utf-8") for path in private.iterdir()}


def test_what_one_worker_typeset_the_next_one_has(kept, tmp_path):
    assert borrowed(kept, tmp_path / "second") == {
        "one.svg": "<svg>one</svg>",
        "two.svg": "<svg>two</svg>",
    }


def test_a_damaged_formula_is_not_used_and_can_be_kept_anew(kept, tmp_path):
    (damaged,) = kept.glob("two.*")
    damaged.write_text("<svg>tw", encoding="utf-8")
    assert set(borrowed(kept, tmp_path / "second")) == {"one.svg"}
    give_back(tmp_path / "first", kept)
    assert set(borrowed(kept, tmp_path / "third")) == {"one.svg", "two.svg"}


def test_nothing_is_kept_yet(tmp_path):
    assert borrowed(tmp_path / "nowhere", tmp_path / "private") == {}


def test_what_another_worker_is_writing_or_takes_away_is_passed_over(kept, tmp_path, monkeypatch):
    (kept / ".one.0123-ab.unfinished.svg").write_text("<svg>on", encoding="utf-8")
    (kept / "a.b.c.svg").write_text("<svg></svg>", encoding="utf-8")
    (gone,) = kept.glob("two.*.svg")

    def copied_before_it_went(svg):
        if svg == gone:
            raise FileNotFoundError(svg)
        return svg.name.split(".")[1]

    monkeypatch.setattr("pipeline.typeset.digest_of", copied_before_it_went)
    assert set(borrowed(kept, tmp_path / "second")) == {"one.svg"}
