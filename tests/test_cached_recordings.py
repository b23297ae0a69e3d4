import pytest

from understanding_gradients.cache import recordings
from understanding_gradients.cache.recordings import find_or_record, recording_key
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store, digests
from understanding_gradients.lecture.settings import Settings

SETTINGS = Settings().replace(very_large=0.7, steps=3)
LOSS = "def loss(params): return (params ** 2).sum()\nloss.start = (1.0, 2.0)\n"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def recorded(monkeypatch):
    """The names that are recorded from now on."""
    seen = []
    record_into = recordings.record_into

    def watched(folder, settings, names):
        seen.append(names)
        return record_into(folder, settings, names)

    monkeypatch.setattr(recordings, "record_into", watched)
    return seen


def test_only_what_the_store_lacks_is_recorded(store, recorded):
    first = find_or_record(SETTINGS, ["rows", "very_large", "rows"], store)
    assert find_or_record(SETTINGS, ["very_large", "rows"], store) == first
    find_or_record(SETTINGS, ["rows", "graph"], store)
    assert recorded == [["rows", "very_large"], ["graph"]]


def test_a_damaged_recording_is_made_again_with_the_same_bytes(tmp_path, recorded):
    warnings = []
    store = Store(tmp_path, warnings.append)
    entry = find_or_record(SETTINGS, ["rows"], store)["rows"]
    (file,) = entry.glob("*.safetensors")
    good = file.read_bytes()
    file.write_bytes(good[:-1])
    again = find_or_record(SETTINGS, ["rows"], store)["rows"]
    assert (again / file.name).read_bytes() == good
    assert (len(recorded), len(warnings)) == (2, 1)


def test_the_look_of_the_film_is_not_in_the_key():
    looks = SETTINGS.replace(theme="light", captions=False)
    assert recording_key(looks, "rows") == recording_key(SETTINGS, "rows")


@pytest.mark.parametrize(
    "change", [{"steps": 4}, {"very_large": 0.8}, {"loss": "bowl"}, {"start": (0.0, 0.0)}]
)
def test_the_settings_that_decide_the_numbers_are_in_the_key(change):
    assert recording_key(SETTINGS.replace(**change), "rows") != recording_key(SETTINGS, "rows")


def test_the_recorders_source_is_in_the_key(monkeypatch):
    before = recording_key(SETTINGS, "rows")
    monkeypatch.setattr(Sources, "digest", lambda sources, modules: f"changed {modules}")
    assert recording_key(SETTINGS, "rows") != before


def test_a_loss_file_is_run_every_time_and_equal_numbers_are_the_same_entry(
    tmp_path, store, recorded
):
    path = tmp_path / "mine.py"
    path.write_text(LOSS, encoding="utf-8")
    own = Settings().replace(loss=f"{path}:loss", steps=2, very_large=1.1)
    first = find_or_record(own, ["very_large"], store)
    path.write_text(f"# a remark\n{LOSS}", encoding="utf-8")
    same = find_or_record(own, ["very_large"], store)
    path.write_text(LOSS.replace("** 2", "** 4"), encoding="utf-8")
    other = find_or_record(own, ["very_large"], store)
    assert len(recorded) == 3
    assert first == same
    assert digests(other["very_large"]) != digests(first["very_large"])


def test_a_recording_whose_source_changes_meanwhile_is_not_kept(store, monkeypatch):
    digests_seen = iter(["before", "after"])
    monkeypatch.setattr(Sources, "digest", lambda sources, modules: next(digests_seen))
    with pytest.raises(RuntimeError, match="source changed while rows was recorded"):
        find_or_record(SETTINGS, ["rows"], store)
    assert not store.folder.exists()
