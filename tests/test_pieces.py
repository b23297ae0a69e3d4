import pytest

from understanding_gradients.cache import recordings as pieces
from understanding_gradients.cache.recordings import recorded, recording_key
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store, digests
from understanding_gradients.lecture.settings import Settings

SETTINGS = Settings().replace(very_large=0.7, steps=3)
LOSS = "def loss(params): return (params ** 2).sum()\nloss.start = (1.0, 2.0)\n"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def recordings(monkeypatch):
    """What is recorded from here on."""
    seen = []
    record_into = pieces.record_into

    def watched(folder, settings, names):
        seen.append(names)
        return record_into(folder, settings, names)

    monkeypatch.setattr(pieces, "record_into", watched)
    return seen


def test_what_was_recorded_is_not_recorded_again(store, recordings):
    first = recorded(SETTINGS, ["rows", "very_large", "rows"], store)
    again = recorded(SETTINGS, ["very_large", "rows"], store)
    assert first == again
    assert recordings == [["rows", "very_large"]]


def test_only_what_is_missing_is_recorded(store, recordings):
    recorded(SETTINGS, ["rows"], store)
    recorded(SETTINGS, ["rows", "graph"], store)
    assert recordings == [["rows"], ["graph"]]


def test_a_damaged_piece_is_recorded_again_with_the_same_bytes(tmp_path, recordings):
    said = []
    store = Store(tmp_path, said.append)
    entry = recorded(SETTINGS, ["rows"], store)["rows"]
    (piece,) = entry.glob("*.safetensors")
    good = piece.read_bytes()
    piece.write_bytes(good[:-1])
    again = recorded(SETTINGS, ["rows"], store)["rows"]
    assert (again / piece.name).read_bytes() == good
    assert (len(recordings), len(said)) == (2, 1)


def test_how_the_film_looks_does_not_decide_what_is_recorded():
    looks = SETTINGS.replace(theme="light", captions=False)
    assert recording_key(looks, "rows") == recording_key(SETTINGS, "rows")


@pytest.mark.parametrize(
    "change", [{"steps": 4}, {"very_large": 0.8}, {"loss": "bowl"}, {"start": (0.0, 0.0)}]
)
def test_what_is_asked_for_decides_what_is_recorded(change):
    assert recording_key(SETTINGS.replace(**change), "rows") != recording_key(SETTINGS, "rows")


def test_the_recorders_source_decides_what_is_recorded(monkeypatch):
    before = recording_key(SETTINGS, "rows")
    monkeypatch.setattr(Sources, "digest", lambda sources, modules: f"changed {modules}")
    assert recording_key(SETTINGS, "rows") != before


def test_a_loss_file_is_run_every_time_and_equal_numbers_are_the_same_piece(
    tmp_path, store, recordings
):
    path = tmp_path / "mine.py"
    path.write_text(LOSS, encoding="utf-8")
    own = Settings().replace(loss=f"{path}:loss", steps=2, very_large=1.1)
    first = recorded(own, ["very_large"], store)
    path.write_text(f"# a remark\n{LOSS}", encoding="utf-8")
    same = recorded(own, ["very_large"], store)
    path.write_text(LOSS.replace("** 2", "** 4"), encoding="utf-8")
    other = recorded(own, ["very_large"], store)
    assert len(recordings) == 3
    assert first == same
    assert digests(other["very_large"]) != digests(first["very_large"])


def test_a_piece_whose_source_changes_while_it_is_recorded_is_not_kept(store, monkeypatch):
    digests_seen = iter(["before", "after"])
    monkeypatch.setattr(Sources, "digest", lambda sources, modules: next(digests_seen))
    with pytest.raises(RuntimeError, match="source changed while rows was recorded"):
        recorded(SETTINGS, ["rows"], store)
    assert not store.folder.exists()
