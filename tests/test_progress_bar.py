import io
import json

from rich.console import Console

from understanding_gradients.commands.progress_bar import ProgressBar, waiting_for


def on(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=120)


def test_a_clip_of_unknown_length_counts_as_an_average_one():
    bar = ProgressBar(4, console=on(False))
    bar.planned("a", 100)
    bar.planned("b", 300)
    assert (bar.total, bar.completed) == (800, 0)


def test_a_clip_that_is_found_in_the_store_is_no_work():
    bar = ProgressBar(3, console=on(False))
    bar.finished("a", rendered=False)
    bar.planned("b", 100)
    bar.drawn("b", 40)
    assert (bar.total, bar.completed) == (200, 40)
    bar.finished("b", rendered=True)
    assert (bar.total, bar.completed) == (200, 100)


def test_clips_are_counted_where_frames_are_not_drawn():
    bar = ProgressBar(3, unit="clips", console=on(False))
    bar.finished("a", rendered=False)
    bar.finished("b", rendered=True)
    assert (bar.total, bar.completed) == (2, 1)


def test_a_terminal_shows_which_clip_is_drawn_and_how_far():
    console = on(True)
    with ProgressBar(1, console=console) as bar:
        assert bar.is_shown
        bar.planned("very-large", 100)
        bar.drawn("very-large", 40)
    assert "very-large" in console.file.getvalue()
    assert "40 of 100 frames" in console.file.getvalue()


def test_nothing_is_shown_in_a_pipe(capsys):
    console = on(False)
    with ProgressBar(1, console=console) as bar, waiting_for("Recording"):
        bar.planned("very-large", 100)
    assert not bar.is_shown
    assert console.file.getvalue() == ""
    assert capsys.readouterr().err == ""


def test_a_program_reads_the_progress_as_lines(capsys, monkeypatch):
    monkeypatch.setenv("UNDERSTANDING_GRADIENTS_PROGRESS", "lines")
    with ProgressBar(2, console=on(False)) as bar:
        assert bar.is_shown
        bar.planned("a", 100)
        for frames in range(100):
            bar.drawn("a", frames)
        bar.finished("a", rendered=True)
        bar.finished("b", rendered=False)
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) < 20
    assert json.loads(lines[-1].removeprefix("progress ")) == {
        "completed": 100,
        "total": 100,
        "unit": "frames",
        "clips": "",
    }
