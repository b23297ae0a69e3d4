"""The studio as a process: what it answers, what it draws, what it writes, how it ends."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import socket
import stat
import subprocess
import sys

import av
import httpx
import numpy as np
import pytest
from PIL import Image

from tests.marks import slow_except
from tests.processes import children_of, is_alive, ps_field, wait_until
from tests.studio.running import CLIP, Studio, small_lecture
from understanding_gradients.installation import MEDIA_VARIABLE, ROOT

pytestmark = pytest.mark.render
ENDINGS = (signal.SIGKILL, signal.SIGINT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def lecture(folder):
    return small_lecture(folder)


@pytest.fixture(scope="module")
def studio(folder, lecture):
    with Studio(lecture, folder / "media") as studio:
        studio.post("look", page="test", clip=CLIP, beat="start")
        yield studio


def render(folder, lecture, *words):
    """Run a command with the media folder of the studio, and return what it said."""
    found = subprocess.run(
        [sys.executable, ROOT / "render.py", *words, f"--settings={lecture}"],
        env={**os.environ, MEDIA_VARIABLE: str(folder / "media")},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout


def frames_of(film):
    """A digest of every frame of a film."""
    with av.open(film) as video:
        frames = [frame.to_ndarray().tobytes() for frame in video.decode(video=0)]
    return [hashlib.sha256(frame).hexdigest() for frame in frames]


def picture(studio, url):
    return np.asarray(Image.open(io.BytesIO(studio.client.get(url).content)).convert("RGB"))


def test_the_printed_address_answers_and_no_other_does(studio):
    assert studio.client.get("").status_code == 200
    for path in ("/", "/events", "/edit", "/store/x/y", "/page/main.js"):
        assert httpx.get(f"{studio.origin}{path}").status_code == 403


def test_what_is_shown_is_what_the_command_line_draws(studio, folder, lecture):
    shown = studio.clip(studio.document["revision"])
    files = render(
        folder, lecture, "clip", CLIP, "--format=png", "-q", "draft", "-o", "drawn"
    ).split()
    assert len(files) == len(shown["stills"]) == len(shown["timeline"]["beats"])
    for file, url in zip(files, shown["stills"].values(), strict=True):
        drawn = np.asarray(Image.open(folder / file).convert("RGB"))
        assert np.array_equal(drawn, picture(studio, url))
    (film,) = render(folder, lecture, "clip", CLIP, "-q", "draft", "-o", "drawn").split()
    content = io.BytesIO(studio.client.get(shown["film"]).content)
    assert frames_of(content) == frames_of(folder / film)


def test_a_film_can_be_read_from_its_middle(studio):
    url = studio.clip(studio.document["revision"])["film"]
    part = studio.client.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, studio.client.get(url).content[100:200])


def test_a_changed_value_is_drawn_and_saved_and_undone(studio, lecture):
    before = studio.clip(studio.document["revision"])
    assert studio.edit(descent__steps=3).status_code == 200
    after = studio.clip(studio.wait_for("document", lambda one: one["is_changed"])["revision"])
    assert len(after["stills"]) == len(before["stills"]) + 1
    assert "steps = 2" in lecture.read_text(encoding="utf-8")
    assert studio.post("save").status_code == 200
    assert "steps = 3  # few\n" in lecture.read_text(encoding="utf-8")
    studio.post("undo")
    studio.wait_for("document", lambda one: one["values"]["descent"]["steps"] == 2)
    studio.post("save")
    studio.wait_for("document", lambda one: not one["is_changed"])
    assert "steps = 2  # few\n" in lecture.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("values", "key", "sentence"),
    [
        (
            {"descent__steps": 0},
            "descent.steps",
            "descent.steps must be a whole number from 1 to 100; got 0.",
        ),
        ({"descent__loss": "bowll"}, "descent.loss", "did you mean bowl?"),
        (
            {"learning_rates__very_large": "big"},
            "learning_rates.very_large",
            "or \"suggest\"; got 'big'.",
        ),
        ({"descent__start": [1.0, 2.0, 3.0]}, "descent.start", "descent.start must have 2 numbers"),
        ({"film__leave_out": ["nothing"]}, "film.leave_out", "film.leave_out must name a clip"),
        ({"descent__stepz": 1}, "descent.stepz", "did you mean steps?"),
    ],
)
def test_a_wrong_value_is_refused_in_the_words_of_the_command_line(studio, values, key, sentence):
    before = studio.document
    answer = studio.edit(**values)
    assert answer.status_code == 422
    assert answer.json()["key"] == key
    assert sentence in answer.json()["sentence"]
    assert "\n" not in answer.json()["sentence"]
    assert studio.document == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("edit", b"{"),
        ("edit", b'{"values": [1]}'),
        ("edit", b'{"values": {}, "more": 1}'),
        ("look", b'{"page": 1}'),
        ("export", b'{"kind": "shell"}'),
        ("cancel", b'{"number": "x"}'),
    ],
)
def test_a_request_that_no_page_sends_is_refused_in_a_sentence(studio, path, body):
    headers = {"Origin": studio.origin, "Content-Type": "application/json"}
    answer = studio.client.post(path, content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["sentence"].startswith("The request must be as the page sends it")


@pytest.mark.parametrize(
    "path",
    [
        "store/../../lecture.toml",
        "store/%2e%2e/lecture.toml",
        "store/x/..%2f..%2flecture.toml",
        "page/..%2fserver.py",
        "page//etc/hostname",
        "pictures/x.png",
        "exports/1/0/lecture.toml",
        "exports/99999999999999999999/0/x",
    ],
)
def test_no_path_of_an_address_is_a_path_of_the_disk(studio, path):
    with socket.create_connection(("127.0.0.1", int(studio.origin.rpartition(":")[2]))) as raw:
        token = studio.address.rstrip("/").rpartition("/")[2]
        host = studio.origin.removeprefix("http://")
        raw.sendall(
            f"GET /{token}/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.split()[1] in (b"404", b"403")


def test_an_edit_in_another_editor_shows_up_by_itself(studio, lecture):
    text = lecture.read_text(encoding="utf-8")
    lecture.write_text(text.replace("steps = 2", "steps = 1"), encoding="utf-8")
    document = studio.wait_for("document", lambda one: one["values"]["descent"]["steps"] == 1)
    assert not document["is_changed"]
    lecture.write_text(text, encoding="utf-8")
    studio.wait_for("document", lambda one: one["values"]["descent"]["steps"] == 2)


def test_a_change_on_the_disk_under_unsaved_edits_loses_neither(studio, lecture):
    text = lecture.read_text(encoding="utf-8")
    studio.edit(film__theme="light")
    lecture.write_text(text.replace("steps = 2", "steps = 1"), encoding="utf-8")
    studio.wait_for("document", lambda one: one["is_changed_on_disk"])
    answer = studio.post("save")
    assert (
        "it was changed there: take the file's version, or keep yours." in answer.json()["sentence"]
    )
    assert "steps = 1" in lecture.read_text(encoding="utf-8")
    studio.post("take-file")
    taken = studio.wait_for("document", lambda one: not one["is_changed_on_disk"])
    assert taken["values"]["film"]["theme"] == "dark"
    lecture.write_text(text, encoding="utf-8")
    studio.wait_for("document", lambda one: one["values"]["descent"]["steps"] == 2)


def test_a_loss_file_that_fails_is_named_and_its_mending_is_seen(studio, folder):
    shown = studio.clip(studio.document["revision"])
    loss = folder / "mine.py"
    loss.write_text(
        "start = (2.0,)\ndef hill(params):\n    raise RuntimeError('not yet')\n", encoding="utf-8"
    )
    assert studio.edit(descent__loss="mine.py:hill", descent__start=[2.0]).status_code == 200
    failed = studio.wait_for("preview", lambda one: one["problem"])
    assert "not yet" in failed["problem"]["sentence"]
    assert failed["problem"]["key"] == "descent.loss"
    assert studio.heard[CLIP]["stills"] == shown["stills"]
    loss.write_text("def hill(params):\n    return (params**2).sum()\n", encoding="utf-8")
    studio.wait_for("preview", lambda one: one["status"] == "Up to date")
    assert studio.heard[CLIP]["stills"] != shown["stills"]
    studio.post("undo")
    studio.clip(studio.wait_for("document", lambda one: not one["is_changed"])["revision"])


def test_of_two_quick_changes_only_the_last_is_shown(studio):
    for rate in (0.3, 0.31):
        studio.edit(learning_rates__very_large=rate)
    values = studio.wait_for(
        "document", lambda one: one["values"]["learning_rates"]["very_large"] == 0.31
    )
    seen = studio.clip(values["revision"])
    studio.post("undo")
    studio.post("undo")
    studio.clip(studio.wait_for("document", lambda one: not one["is_changed"])["revision"])
    studio.edit(learning_rates__very_large=0.31)
    again = studio.clip(studio.wait_for("document", lambda one: one["is_changed"])["revision"])
    assert again["film"] == seen["film"]
    studio.post("undo")


def test_an_export_has_the_words_and_the_files_of_the_command_line(studio, folder):
    studio.wait_for("document", lambda one: not one["is_changed"])
    studio.post("export", kind="clip", clip=CLIP, format="png", beat="start", quality="draft")
    done = studio.wait_for("exports", lambda all: all and all[-1]["state"] in ("done", "failed"))[
        -1
    ]
    assert done["command"].startswith(
        f"render.py clip --settings {folder}/lecture.toml --format=png --quality=draft --beat=start"
    )
    assert done["state"] == "done", done["lines"]
    assert done["lines"] == [f"media/clips/{done['files'][0]['name']}"]
    assert studio.client.get(done["files"][0]["url"]).content.startswith(b"\x89PNG")
    studio.post("export", kind="clip", clip="nothing", format="mp4")
    failed = studio.wait_for("exports", lambda all: all[-1]["state"] == "failed")[-1]
    assert failed["lines"][-1].startswith(
        "Error: A clip must be one of the lecture's; got 'nothing'"
    )


def test_a_second_studio_says_where_the_first_one_is(studio, folder, lecture):
    with pytest.raises(RuntimeError, match="must be open in one studio") as refused:
        Studio(lecture, folder / "media")
    assert studio.address in str(refused.value)
    (note,) = (folder / "media" / "studio").glob("*.address")
    assert stat.S_IMODE(note.stat().st_mode) == 0o600


def test_a_port_that_is_taken_is_refused(studio, tmp_path):
    port = int(studio.origin.rpartition(":")[2])
    with pytest.raises(RuntimeError, match=f"--port must be free; got {port}, which is taken"):
        Studio(small_lecture(tmp_path), tmp_path / "media", port)


@pytest.mark.parametrize("number", slow_except(ENDINGS, signal.SIGKILL))
def test_a_studio_that_ends_leaves_no_process_and_no_half_file(tmp_path, folder, number):
    lecture = small_lecture(tmp_path)
    text = lecture.read_text(encoding="utf-8")
    # What the other studio has drawn is not drawn again.
    studio = Studio(lecture, folder / "media")
    studio.post("look", page="test", clip=CLIP)
    studio.edit(descent__steps=5)
    children = wait_until(
        lambda: len(children_of(studio.process.pid)) >= 3 and children_of(studio.process.pid)
    )
    studio.stop(number)
    wait_until(lambda: not any(map(is_alive, children)))
    assert lecture.read_text(encoding="utf-8") == text
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    with Studio(lecture, folder / "media") as again:
        again.post("look", page="test", clip=CLIP)
        assert again.clip(1)["stills"]


@pytest.mark.slow  # the pool's own tests are not
def test_a_worker_that_is_killed_is_replaced(studio):
    for pid in children_of(studio.process.pid):
        if "understanding_gradients.workers" in ps_field("args", pid):
            os.kill(pid, signal.SIGKILL)
    studio.edit(learning_rates__very_large=0.47)
    revision = studio.wait_for("document", lambda one: one["is_changed"])["revision"]
    assert studio.clip(revision)["film"]
    studio.post("undo")
