import os
import re
import shutil
import subprocess
import sys

import av
import pytest
from click.testing import CliRunner
from PIL import Image

from descent.checks.texts import described
from tests.faults.lecture_process import copy_of_the_project
from tests.fixtures.clips import FAILING, STANDING
from tests.marks import slow_except
from tests.small_lecture import drawn_in, move_to, run, write_settings
from understanding_gradients import cli
from understanding_gradients.commands.signals import Terminated
from understanding_gradients.export.contact_sheet import TILE
from understanding_gradients.installation import MEDIA_VARIABLE, ROOT

LOSSES = """
import torch
number = 3
def sphere(params): return (params ** 2).sum()
def cube(params): return (params ** 2).sum()
def pair(params): return params
def constant(params): return torch.tensor(1.0)
def plain(params): return 1.0
sphere.names = ("u", "v")
"""

FAILS_LATER = """
def late(params):
    if params.detach().abs().max() < 0.9: raise RuntimeError("gone")
    return (params ** 2).sum()
"""
RAISES = '    if params.detach().abs().max() < 0.9: raise RuntimeError("gone")'


@pytest.fixture
def media(tmp_path, monkeypatch):
    """The media folder of the small lecture, not created yet."""
    move_to(tmp_path, monkeypatch)
    (tmp_path / "losses.py").write_text(LOSSES, encoding="utf-8")
    write_settings(tmp_path)
    return tmp_path / "media"


@pytest.fixture(scope="module")
def drawn_before(tmp_path_factory):
    """The store after the small lecture was drawn once."""
    return drawn_in(tmp_path_factory.mktemp("drawn"), ("lecture", "-q", "draft"))


def stored(media):
    """The number of clips in the store."""
    return len(list((media / "store").rglob("clip.mp4")))


@pytest.mark.render
def test_help_loads_neither_torch_nor_manim_nor_numpy():
    script = (
        "import sys\n"
        "from understanding_gradients.cli import cli\n"
        "try: cli(['lecture', '--help'])\n"
        "except SystemExit: pass\n"
        "print({'torch', 'manim', 'numpy', 'rich', 'av', 'PIL', 'msgspec'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "chapters and captions" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.render
def test_list_shows_beats_and_durations_in_the_lectures_order(media):
    result = run("list")
    assert result.exit_code == 0, result.output
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["clip", "title", "beats", "time", "slides"],
        ["sliding", "A", "sliding", "square", "2", "0:01", "1"],
        ["standing", "One", "colour", "2", "0:01", "2"],
        ["arriving", "An", "arrival", "1", "0:00", "3"],
    ]


@pytest.mark.render
def test_list_of_a_clip_names_its_beats_as_keys_of_captions(media):
    result = run("list", "standing")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[2:] == ["standing.fill", "standing.more"]


@pytest.mark.render
def test_a_lecture_is_one_film_with_a_chapter_per_clip(media):
    result = run("lecture", "-q", "draft")
    assert result.exit_code == 0, result.output
    assert "media/lecture.mp4: 0:02 min, 3 clips, 3 drawn and 0 found finished" in result.stdout
    assert "Video sites show chapters from 3 on, of 10 seconds or more" in result.stderr
    with av.open(media / "lecture.mp4") as film:
        titles = [chapter["metadata"]["title"] for chapter in film.chapters()]
        assert len(list(film.decode(video=0))) == 36
    assert titles == ["A sliding square", "One colour", "An arrival"]
    assert "6 steps." in (media / "lecture.srt").read_text(encoding="utf-8")


@pytest.mark.render
@pytest.mark.parametrize(
    ("change", "drawn"),
    [
        pytest.param({}, 0, marks=pytest.mark.slow),
        ({"caption": "Another caption"}, 0),
        ({"rate": 0.9}, 1),
        pytest.param({"theme": "light"}, 3, marks=pytest.mark.slow),
        pytest.param({"more": "[descent]\nsteps = 5\n"}, 1, marks=pytest.mark.slow),
        ({"more": "[data]\nx_name = 'hours'\n"}, 0),
    ],
)
def test_a_change_redraws_only_the_clips_that_show_it(media, drawn_before, change, drawn):
    shutil.copytree(drawn_before, media)
    write_settings(media.parent, **change)
    result = run("lecture", "-q", "draft")
    assert f"{drawn} drawn and {3 - drawn} found finished" in result.stdout
    assert stored(media) == 3 + drawn


@pytest.mark.render
def test_a_clip_can_be_left_out_and_captions_switched_off(media, drawn_before):
    shutil.copytree(drawn_before, media)
    more = '[film]\nleave_out = ["sliding"]\ncaptions = false\n'
    (media.parent / "small.toml").write_text(more, encoding="utf-8")
    result = run("lecture", "-q", "draft", "-o", "short.mp4")
    assert result.stdout.startswith("short.mp4: 0:01 min, 2 clips")
    assert not (media.parent / "short.srt").exists()


@pytest.mark.render
def test_a_clip_that_is_left_out_is_drawn_and_listed_only_by_name(media, drawn_before):
    shutil.copytree(drawn_before, media)
    text = '[film]\nleave_out = ["standing", "arriving"]\n'
    (media.parent / "small.toml").write_text(text, encoding="utf-8")
    for command in ("sheet", "gallery"):
        assert run(command).exit_code == 0
    assert [line.split()[0] for line in run("list").stdout.splitlines()] == ["clip", "sliding"]
    assert [path.name for path in (media / "gallery").iterdir()] == ["sliding.stand.png"]
    with Image.open(media / "sheets" / "sheet-01.png") as sheet:
        assert sheet.height < 2 * TILE[1], "two beats stand in one row"
    assert "standing" in run("list", "standing").stdout


@pytest.mark.render
def test_a_caption_without_a_beat_is_reported(media, drawn_before):
    shutil.copytree(drawn_before, media)
    with (media.parent / "small.toml").open("a", encoding="utf-8") as file:
        file.write('[captions]\n"standing.fil" = "lost"\n')
    result = run("lecture", "-q", "draft")
    assert 'captions."standing.fil" names no beat; standing has fill, more.' in result.stderr


@pytest.mark.render
def test_a_clip_with_another_learning_rate_is_another_file(media):
    assert run("clip", "arriving", "-q", "draft", "-o", "out").stdout == "out/arriving_draft.mp4\n"
    before = (media.parent / "out" / "arriving_draft.mp4").read_bytes()
    result = run("clip", "arriving", "-q", "draft", "-o", "out", "--learning-rate", "0.1")
    assert (result.exit_code, stored(media)) == (0, 2)
    assert result.stdout == "out/arriving_learning-rate-0.1_draft.mp4\n"
    assert (media.parent / "out" / "arriving_learning-rate-0.1_draft.mp4").read_bytes() != before
    assert (media.parent / "out" / "arriving_draft.mp4").read_bytes() == before


@pytest.mark.render
def test_a_clip_as_png_is_a_still_per_beat(media):
    result = run("clip", "sliding", "--format", "png", "-q", "draft")
    assert result.stdout.split() == [
        "media/clips/sliding-01-slide_draft.png",
        "media/clips/sliding-02-stand_draft.png",
    ]


@pytest.mark.render
@pytest.mark.parametrize("kind", slow_except(["mp4", "webm", "gif", "pdf", "png"], "mp4", "png"))
def test_one_beat_of_a_clip_comes_in_every_format(media, kind):
    quality = () if kind == "gif" else ("-q", "draft")  # a GIF has a size of its own
    words = ("clip", "sliding", "standing", *quality, "-o", "out", "--format", kind)
    result = run(*words, "--beat", "2")
    assert result.exit_code == 0, result.output
    ending = f"{'_draft' if quality else ''}.{kind}"
    assert result.stdout.split() == [
        f"out/{name}{ending}" for name in ("sliding-02-stand", "standing-02-more")
    ]
    result = run(*words, "--beat", "slide")
    assert result.exit_code == 2
    assert "--beat must be one of fill, more, or its number, for standing" in result.stderr


@pytest.mark.slow
@pytest.mark.render
def test_a_gif_that_cannot_be_small_enough_and_a_full_disk_have_status_1(media, monkeypatch):
    words = ("clip", "sliding", "-o", "out", "--format", "gif")
    result = run(*words, "--max-mb", "0.00001")
    assert (result.exit_code, list((media.parent / "out").iterdir())) == (1, [])
    assert "--max-mb must be at least" in result.stderr

    def refuse(*_, **__):
        raise OSError(28, "No space left on device", "out/sliding.gif")

    monkeypatch.setattr("understanding_gradients.export.gif_writer.write_gif", refuse)
    result = run(*words)
    assert result.exit_code == 1
    assert f"'{media.parent / 'out'}' must have room for more" in result.stderr


@pytest.mark.render
def test_a_change_in_a_loss_file_redraws_its_clip(media):
    words = ("clip", "arriving", "-q", "draft", "--loss", "losses.py:sphere", "--start", "1,2")
    assert run(*words).exit_code == 0
    run(*words)
    assert stored(media) == 1
    text = (media.parent / "losses.py").read_text(encoding="utf-8")
    (media.parent / "losses.py").write_text(text.replace("** 2", "** 4"), encoding="utf-8")
    assert run(*words).exit_code == 0
    assert stored(media) == 2


@pytest.mark.render
def test_a_loss_file_in_the_settings_is_relative_to_them(media, monkeypatch):
    (media.parent / "deep").mkdir()
    own = '[descent]\nloss = "losses.py:sphere"\nstart = [1.0, 2.0]\n'
    (media.parent / "small.toml").write_text(own, encoding="utf-8")
    monkeypatch.chdir(media.parent / "deep")
    result = run("clip", "arriving", "-q", "draft", settings="../small.toml")
    assert result.exit_code == 0, result.output


@pytest.mark.render
def test_a_failing_clip_has_status_1_and_the_others_are_written(media, monkeypatch):
    monkeypatch.setattr("scenes.registry.CLIPS", (FAILING, STANDING))
    result = run("clip", "failing", "standing", "-q", "draft", "-o", "out")
    assert (result.exit_code, result.stdout) == (1, "out/standing_draft.mp4\n")
    assert "failing failed: ArithmeticError: this scene was asked to fail" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in (media / "logs" / "failing.txt").read_text(encoding="utf-8")


@pytest.mark.render
def test_a_lecture_with_a_failing_clip_is_not_written(media, monkeypatch):
    monkeypatch.setattr("scenes.registry.CLIPS", (FAILING, STANDING))
    assert run("lecture", "-q", "draft").exit_code == 1
    assert not (media / "lecture.mp4").exists()


def test_a_loss_that_fails_on_the_way_is_reported_with_its_file_and_line(media):
    with (media.parent / "losses.py").open("a", encoding="utf-8") as file:
        file.write(FAILS_LATER)
    words = ("clip", "arriving", "-q", "draft", "--loss", "losses.py:late", "--start", "1,2")
    result = run(*words)
    assert result.exit_code == 1
    line = len(LOSSES.splitlines()) + FAILS_LATER.splitlines().index(RAISES) + 1
    assert result.stderr.startswith(f"Error: losses.py, line {line}: the loss failed at step")
    assert "Traceback" not in result.output


@pytest.mark.render
def test_sheet_and_gallery_write_stills(media):
    assert run("sheet", "sliding", "-o", "out").stdout == "out/sheet-01.png\n"
    assert run("gallery", "sliding", "standing.fill", "standing.more").stdout.split() == [
        "media/gallery/sliding.stand.png",
        "media/gallery/standing.fill.png",
        "media/gallery/standing.more.png",
    ]


@pytest.mark.render
def test_a_gallery_refuses_an_unknown_beat_of_a_clip_that_was_drawn_before(media, drawn_before):
    shutil.copytree(drawn_before, media)
    result = run("gallery", "standing.gone")
    assert (result.exit_code, list((media / "store").rglob("*.png"))) == (2, [])
    said = "The beat of a still must be one of fill, more, or its number, for standing; got 'gone'"
    assert said in result.stderr


def test_every_picture_in_the_readme_is_there():
    links = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_a_recording_that_fails_keeps_its_steps_and_is_reported_in_one_sentence(media):
    with (media.parent / "losses.py").open("a", encoding="utf-8") as file:
        file.write(FAILS_LATER)
    words = ("record", "-o", "r.safetensors", "--start", "1,2", "--learning-rate", "0.4")
    on_the_way, at_once = ("losses.py:late",), ("bowl", "--optimizer", "SparseAdam")
    for more, status in ((on_the_way, 1), (at_once, 2)):
        result = run(*words, "--loss", *more)
        errors = re.findall(r"^Error: ", result.stderr, re.MULTILINE)
        assert (result.exit_code, len(errors)) == (status, 1), result.output
        assert (media.parent / "r.safetensors").exists() == (status == 1)
        (media.parent / "r.safetensors").unlink(missing_ok=True)


@pytest.mark.render
def test_help_loads_nothing_that_takes_time():
    code = "import sys; from understanding_gradients.cli import main; main()"
    code = f"import atexit, sys; atexit.register(lambda: print(*sys.modules)); {code}"
    shown = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True)
    assert "lecture" in shown.stdout, shown.stderr
    loaded = {name.partition(".")[0] for name in shown.stdout.splitlines()[-1].split()}
    assert not loaded & {"av", "email", "jinja2", "manim", "msgspec", "numpy", "rich", "torch"}


@pytest.mark.parametrize("length", [240, 300])
def test_an_output_whose_name_is_too_long_is_refused(media, length):
    result = run("lecture", "-o", f"{'x' * length}.mp4")
    assert (result.exit_code, result.stderr.count("Error: ")) == (2, 1), result.output


def test_settings_that_cannot_be_read_are_refused(media, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied", "small.toml")

    monkeypatch.setattr("understanding_gradients.lecture.toml_file.Path.read_bytes", denied)
    result = run("clip", "sliding")
    assert result.exit_code == 2
    assert "Error: small.toml: Permission denied." in result.stderr


def test_record_keeps_a_descent_in_a_file(media):
    from descent import Trajectory

    words = ("--loss", "bowl", "--start", "1,2", "--steps", "7", "--learning-rate", "0.01")
    result = run("record", *words, "-o", "run.safetensors")
    assert "run.safetensors: 7 steps, learning rate 0.01, conv" in result.stdout
    assert "steps are taken; 100 if not" in run("record", "--help").stdout
    recorded = Trajectory.load(media.parent / "run.safetensors")
    assert recorded.iterates[0].tolist() == [1, 2]
    assert recorded.learning_rates.tolist() == [0.01] * 7


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("clip arriving --learning-rate 0", "Error: --learning-rate must be a positive number"),
        ("clip arriving --learning-rate -0.1", "Error: --learning-rate must be a positive number"),
        ("clip arriving --learning-rate nan", "Error: --learning-rate must be a positive number"),
        ("clip arriving --learning-rate inf", "Error: --learning-rate must be a positive number"),
        ("clip arriving --learning-rate quick", "got 'quick'"),
        ("clip arriving --learning-rate 0,7", "got '0,7': write 0.7."),
        ("clip sliding --learning-rate 0.1", "sliding does not"),
        ("clip arriving --time-limit nan", "must be a number; got nan"),
        ("clip arriving --time-limit inf", "inf is not in the range 0<x<=604800"),
        ("store --prune --max-gb nan", "must be a number; got nan"),
        ("store --prune --max-gb inf", "inf is not in the range 0<=x<="),
        ("store --size --max-gb 3", "--max-gb must go with --prune"),
        ("clip arriving --steps 0", "Error: --steps must be a whole number from 1 to 100; got 0"),
        ("clip arriving --steps -3", "steps must be a whole number from 1 to 100; got -3"),
        ("clip arriving --steps 1000000000", "from 1 to 100; got 1000000000"),
        ("clip arriving --steps few", "'few' is not a valid integer"),
        ("clip arriving --start 1", "Error: --start must have 2 numbers"),
        ("clip arriving --start 1,2,3", "start must"),
        ("clip arriving --start 1,nan", "start must"),
        ("clip arriving --start 1,x", "--start must be numbers with commas between; got '1,x'"),
        ("clip arriving --loss bowll", "Error: --loss must be FILE.py:NAME or one of"),
        ("clip arriving --loss bowll", "did you mean bowl"),
        ("clip arriving --loss gone.py:loss --start 1,2", "must be an existing Python file"),
        ("clip arriving --loss losses.py:sphare --start 1,2", "did you mean sphere"),
        ("clip arriving --loss losses.py:number --start 1,2", "must be a function; got int"),
        ("clip arriving --loss losses.py:pair --start 1,2", "scalar"),
        ("clip arriving --loss losses.py:plain --start 1,2", "tensor"),
        ("clip arriving --loss losses.py:constant --start 1,2", "depend"),
        ("clip arriving --loss losses.py:sphere --start 1", "must have 2"),
        ("clip sliding --loss bowl", "--loss must go with clips that show the lecture's descent"),
        ("sheet arriving sliding --start 1,2", "--start must go with clips"),
        ("deck sliding --to pptx --loss bowl", "sliding does not: draw it without --loss."),
        ("clip sliding --steps 3", "--steps must go with clips that show steps of the lecture's"),
        ("sheet arriving sliding --steps 3", "sliding does not: draw it without --steps."),
        ("clip sliding --format gif -q 4k", "--quality must go without --format gif, whose frames"),
        ("clip sliding --loss bowll", "did you mean bowl"),
        ("clip arriving --loss losses.py:sphere", "Error: --start must be given for losses.py"),
        (
            "clip arriving --loss losses.py:cube --start 1,2,3",
            "Error: --loss must have 1 or 2 parameters to be drawn; got 3",
        ),
        ("sheet arriving --loss losses.py:sphere", "Error: --start must be given"),
        ("lecture --loss losses.py:sphere", "Error: --start must be given"),
        ("deck arriving --to pptx --loss losses.py:sphere", "Error: --start must be given"),
        ("clip", "must be told which clips"),
        ("clip slidng", "got 'slidng': did you mean sliding"),
        (
            "clip sliding --format avi",
            "'avi' is not one of 'gif', 'mov', 'mp4', 'pdf', 'png', 'svg', 'webm'",
        ),
        ("clip sliding -o /dev/null/x", "must go into a folder that can be written"),
        ("clip sliding -o small.toml", "must go into a folder; got '"),
        ("clip sliding -o small.toml", "small.toml', which is a file: name another with -o."),
        ("clip sliding -q 8k", "'8k' is not one of"),
        ("clip sliding --theme blue", "'blue' is not one of"),
        ("lecture -o film.avi", "must end in .mp4; got 'film.avi'"),
        ("lecture -o .", "must be a file name; got the folder"),
        ("lecture --jobs 0", "0 is not in the range"),
        ("sheet slidng", "did you mean sliding"),
        ("record", "must be told where to write"),
        ("record -o run.pickle", "must end in .safetensors; got 'run.pickle'"),
        ("record -o r.safetensors --learning-rate fast", "Error: --learning-rate must be a number"),
        ("record -o r.safetensors --steps 0", "Error: --steps must be from 1 to"),
        ("record -o r.safetensors --loss bowll", "--loss must be FILE.py:NAME or one of"),
        ("record -o r.safetensors --optimizer Adamm", "did you mean Adam"),
    ],
)
def test_a_wrong_request_gets_one_sentence_and_status_2(media, words, sentence):
    result = run(*words.split())
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert (result.exit_code, len(errors)) == (2, 1), result.output
    assert sentence in errors[0]
    assert "Traceback" not in result.output
    assert stored(media) == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[film]\nthem = 'dark'\n", "line 2: film.them must be a known key"),
        ("[filn]\n", "did you mean film?"),
        ("[film]\nleave_out = ['slidng']\n", "small.toml, line 2: film.leave_out must name a"),
        ("[film]\nleave_out = ['slidng']\n", "did you mean sliding?"),
        ("[captions]\n\n'slidng.x' = 'y'\n", 'small.toml, line 3: captions."slidng.x" must'),
        ("[learning_rates]\nvery_large = 0\n", "must be a positive number"),
        ("[descent]\nsteps = 'six'\n", "must be a whole number"),
        ("[film\n", "must be valid TOML"),
        ("[film]\nleave_out = ['sliding', 'standing', 'arriving']\n", "must leave a clip in"),
        (None, "must be an existing settings file"),
    ],
)
def test_wrong_settings_get_one_sentence_and_status_2(media, text, sentence):
    path = media.parent / "small.toml"
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    result = run("lecture", "-q", "draft")
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert stored(media) == 0


@pytest.mark.render
def test_both_commands_and_the_module_are_the_same_command_line():
    for command in (["render.py"], ["-m", "understanding_gradients"]):
        done = subprocess.run(
            [sys.executable, *command, "--version"], capture_output=True, text=True, cwd=ROOT
        )
        assert (done.returncode, done.stdout.strip()) == (0, cli.project_version())


@pytest.mark.slow
@pytest.mark.render
def test_a_copied_checkout_runs_its_own_source_also_in_its_workers(tmp_path):
    copy = copy_of_the_project(tmp_path / "copy")
    worker = copy / "understanding_gradients" / "workers" / "worker.py"
    worker.write_text("import sys\nsys.exit('the worker of the copy')\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(copy / "render.py"), "clip", "title", "-q", "draft", "--jobs", "1"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        # As if the original were installed.
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert done.returncode == 1
    assert "title failed: the worker of the copy" in done.stderr
    assert (copy / "media" / "logs" / "title.txt").is_file()


@pytest.mark.parametrize("error", [TypeError, ValueError, KeyError, RuntimeError, AssertionError])
def test_an_error_in_this_program_is_never_reported_as_the_users(media, monkeypatch, error):
    def fail(*_, **__):
        raise error("unsupported operand")

    monkeypatch.setattr("understanding_gradients.commands.request.resolve_request", fail)
    result = run("list")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: list failed because of an error in Understanding Gradients: "
        f"{described(error('unsupported operand'))}; the traceback is in "
        "media/logs/list.command.txt; --verbose shows it.\n"
    )
    log = (media / "logs" / "list.command.txt").read_text(encoding="utf-8")
    assert "in fail" in log and log.startswith("Traceback")


def test_an_error_in_this_program_while_it_records_is_not_the_losses(media, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr("understanding_gradients.commands.subjects.find_or_record", fail)
    result = run("clip", "sliding")
    assert result.exit_code == 1
    assert "clip failed because of an error in Understanding Gradients: " in result.stderr


@pytest.mark.parametrize("words", [("--verbose", "list"), ("list", "--verbose")])
def test_verbose_shows_the_traceback_before_and_after_the_command(media, monkeypatch, words):
    monkeypatch.setattr("understanding_gradients.commands.request.resolve_request", fail_oddly)
    result = CliRunner().invoke(cli.cli, words)
    assert result.exit_code == 1
    assert "in fail_oddly" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: list failed because of an error")


def fail_oddly(*_, **__):
    raise KeyError("odd")


@pytest.mark.slow
@pytest.mark.render
def test_an_environment_variable_shows_the_traceback_of_a_worker(media, monkeypatch):
    monkeypatch.setattr("scenes.registry.CLIPS", (FAILING,))
    monkeypatch.setenv("UNDERSTANDING_GRADIENTS_VERBOSE", "1")
    result = run("clip", "failing", "-q", "draft")
    assert "Traceback" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("failing failed: ArithmeticError")


def test_an_error_in_a_loss_file_is_reported_with_its_file_and_line(media):
    (media.parent / "odd.py").write_text("value = 1\nvalue.gone\n", encoding="utf-8")
    result = run("clip", "arriving", "--loss", "odd.py:loss", "--start", "1,2")
    assert result.exit_code == 2
    assert "Error: odd.py, line 2: odd.py must run without an error; got Attr" in result.stderr


def test_a_loss_file_cannot_catch_a_signal_as_an_exception():
    assert not issubclass(Terminated, Exception | SystemExit)


@pytest.mark.slow
@pytest.mark.render
def test_a_new_format_is_one_file(media, tmp_path):
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "names.py").write_text(NEW_FORMAT, encoding="utf-8")
    script = (
        "import scenes.registry\n"
        "from tests.fixtures import clips\n"
        "scenes.registry.CLIPS = (clips.SLIDING,)\n"
        "from understanding_gradients.export import formats\n"
        "formats.__path__.append('formats')\n"
        "from understanding_gradients.__main__ import main\n"
        "main()\n"
    )
    words = ["clip", "sliding", "--settings", "small.toml", "-q", "draft", "--format", "names"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words, "--transparent"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    (path,) = (media / "clips").iterdir()
    assert path.name == "sliding_transparent_draft.names"
    assert path.read_text(encoding="utf-8") == "slide stand light"


NEW_FORMAT = """
from understanding_gradients.export.exporter import Exporter
from understanding_gradients.spec.job import Output

class NamesExporter(Exporter):
    output = Output.FRAME_COUNT
    options = ("transparent",)
    theme = "light"

    def write(self, part, path):
        path.write_text(" ".join([beat.name for _, beat in part.beats] + [self.theme]))

EXPORTER = NamesExporter()
"""


@pytest.mark.render
def test_the_store_has_a_size_and_can_be_pruned(media, drawn_before):
    shutil.copytree(drawn_before, media)
    before = run("store", "--size").stdout
    assert re.fullmatch(r"media/store: \d+ entries, \d+\.\d MB\n", before)
    pruned = run("store", "--prune", "--max-gb", "0").stdout.splitlines()
    assert re.fullmatch(r"\d+ entries deleted, \d+\.\d MB", pruned[0])
    assert pruned[1] == "media/store: 0 entries, 0.0 kB"
    assert "either --size or --prune" in run("store").stderr


WARM = """
import sys
import scenes.registry
from tests.fixtures import clips
scenes.registry.CLIPS = (clips.SLIDING, clips.STANDING, clips.ARRIVING)
from understanding_gradients.cli import cli
cli(sys.argv[1:], standalone_mode=False)
print({"torch", "manim"} & set(sys.modules))
"""


@pytest.mark.render
def test_an_unchanged_lecture_loads_neither_torch_nor_manim(media, drawn_before):
    shutil.copytree(drawn_before, media)
    words = ["lecture", "-q", "draft", "--settings", "small.toml"]
    done = subprocess.run(
        [sys.executable, "-c", WARM, *words],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "", MEDIA_VARIABLE: "media"},
    )
    assert "0 drawn and 3 found finished" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"
