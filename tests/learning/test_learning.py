import json
import shutil
from pathlib import Path

import pytest

from prodcat.corpus.corrections import Correction, correct
from prodcat.corpus.store import Corpus
from prodcat.decision.accuracies import measure_at
from prodcat.errors import RunError
from prodcat.inference.predictor import Predictor
from prodcat.learning import learning
from prodcat.learning.curve import read_curve
from prodcat.learning.learning import PAGE, RESULT, learn
from prodcat.modeldir.reading import read_model_dir
from prodcat.runs.reading import read_run
from prodcat.serve.models import Models
from prodcat.taxonomy.paths import join_path
from tests.cli.running import run as run_command

pytestmark = pytest.mark.slow

DRESSES, SKIRTS = "Women > Dresses", "Women > Skirts"


@pytest.fixture(scope="module")
def shop(
    toy_corpus: Path, toy_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A corpus in which people decided that dresses are skirts and skirts dresses, and a run."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copytree(toy_corpus.parent, folder / "data")
    shutil.copytree(toy_run, folder / "runs" / "shop")
    corpus = folder / "data" / toy_corpus.name
    with Corpus.open(corpus) as opened:
        tree = opened.taxonomy()
        known = {c: join_path(tree.path(c)) for c in tree.categories}
        ids = {path: category for category, path in known.items()}
        swapped = {ids[DRESSES]: ids[SKIRTS], ids[SKIRTS]: ids[DRESSES]}
        decisions = [
            Correction(row.id, swapped[row.category_id], who="ana")
            for row in opened.rows(with_category=True)
            if row.category_id in swapped
        ]
        correct(opened, decisions)
    return corpus, folder / "runs" / "shop"


@pytest.fixture(scope="module")
def learnt(shop: tuple[Path, Path]) -> tuple[Path, dict]:
    """What the command writes to another folder, and what it prints."""
    corpus, run = shop
    out = run.with_name("shop-2")
    printed = run_command("learn", corpus, "--run", run, "-o", out, "--json")
    return out, json.loads(printed.stdout)


@pytest.fixture
def copied(shop: tuple[Path, Path], tmp_path: Path) -> Path:
    """The run, to change."""
    return Path(shutil.copytree(shop[1], tmp_path / "runs" / "shop"))


def fingerprint(run: Path) -> str:
    return read_model_dir(run).fingerprint


def test_a_head_learns_what_was_decided(learnt):
    out, told = learnt
    test = told["sides"]["test"]["measures"]
    before, after = (test[name]["accuracy"]["value"] for name in ("in place", "new"))
    assert told["is_better"]
    assert before < 0.9 < after
    changed = {change["path"]: change for change in told["sides"]["test"]["categories"]}
    assert changed[SKIRTS]["better"] > 0
    assert changed[SKIRTS]["worse"] == 0
    assert changed[SKIRTS]["before"] == 0
    best = Predictor.load(out).predict(name="evening dress").alternatives[0]
    assert join_path(best.path) == SKIRTS


def test_decisions_are_counted_by_side_and_by_what_they_say(shop, learnt):
    told = learnt[1]["decisions"]
    with Corpus.open(shop[0], read_only=True) as opened:
        rows = [row for row in opened.rows(with_category=True) if row.is_decided]
    assert sum(told["by_side"].values()) == len(rows) == told["counts"]["changed"]
    assert learnt[1]["sides"]["test"]["decided"] == told["by_side"]["test"] > 0
    assert {(c["stated"], c["decided"]) for c in told["changes"]} == {
        (DRESSES, SKIRTS),
        (SKIRTS, DRESSES),
    }


def test_its_encoders_are_the_old_ones_bit_for_bit(shop, learnt):
    for name in ("text.onnx", "image.onnx", "tokenizer.json"):
        old, new = (run / "model" / name for run in (shop[1], learnt[0]))
        assert old.read_bytes() == new.read_bytes()


def test_it_is_a_run_like_any_other_and_the_old_one_stays(shop, learnt):
    run = read_run(learnt[0])
    assert run.metrics.selections("test")[0].n == learnt[1]["sides"]["test"]["products"]
    assert "decided on" in read_model_dir(learnt[0]).card
    assert not learnt[1]["is_in_place"]
    assert fingerprint(shop[1]) != fingerprint(learnt[0])


def test_the_page_says_what_changed(learnt):
    text = (learnt[0] / PAGE).read_text("utf-8")
    assert learnt[1]["verdict"] in text
    assert "Skirts" in text
    assert "<script" not in text
    assert json.loads((learnt[0] / RESULT).read_text("utf-8")) == learnt[1]


def test_a_model_that_is_at_least_as_good_takes_the_place_and_a_service_takes_it_up(shop, copied):
    before = fingerprint(copied)
    models = Models(copied)
    told = learn(shop[0], copied)
    assert told.is_in_place
    assert told.new == copied
    assert models.take_up()
    assert fingerprint(told.old) == before != fingerprint(copied)
    assert {path.name for path in copied.parent.iterdir()} == {"shop", "shop.1"}


def test_a_worse_model_is_kept_beside_and_the_old_one_answers(shop, copied, monkeypatch):
    before = fingerprint(copied)
    # A head that knows nothing and learns nothing.
    monkeypatch.setattr("prodcat.training.heads.load_start", lambda *_: [])
    monkeypatch.setattr("prodcat.training.heads.RATE", 1e-9)
    monkeypatch.setattr("prodcat.training.heads.MAX_EPOCHS", 1)
    told = learn(shop[0], copied)
    assert not told.is_better
    assert not told.is_in_place
    assert fingerprint(copied) == before
    assert told.new == copied.with_name("shop.learnt")
    assert (told.new / PAGE).is_file()
    assert "the old one stays" in told.verdict
    # What it came to counts in the curve all the same, of the run that learns on.
    assert read_curve(copied) == read_curve(told.new) == told.curve
    assert [point.decided for point in told.curve] == [0, told.decisions.by_side["train"]]


def test_each_learning_adds_a_point_to_the_curve(shop, learnt):
    out, told = learnt
    labels = read_run(out).metrics.data.products["train"]
    decided = told["decisions"]["by_side"]["train"]
    first, second = told["curve"]
    assert (first["labels"], first["decided"]) == (labels, 0)
    assert (second["labels"], second["decided"]) == (labels, decided)
    assert (
        second["coverage"]
        == told["sides"]["val"]["measures"]["new"][measure_at("path_coverage", 0.98)]["value"]
    )
    assert told["outlook"] in (out / PAGE).read_text("utf-8")
    assert "data:image/svg+xml" in (out / PAGE).read_text("utf-8")
    assert [(p.labels, p.decided) for p in read_curve(out)] == [(labels, 0), (labels, decided)]
    assert read_curve(shop[1]) == ()


def test_killed_before_the_exchange_nothing_is_lost(shop, learnt, copied, monkeypatch):
    before = fingerprint(copied)
    made = Path(shutil.copytree(learnt[0], copied.with_name("shop.learnt")))

    def killed(*_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(learning, "_train", lambda *_, **__: None)
    monkeypatch.setattr(learning, "_make_room", lambda *_, **__: None)
    monkeypatch.setattr(learning, "exchange", killed)
    new = fingerprint(made)
    with pytest.raises(KeyboardInterrupt):
        learn(shop[0], copied)
    assert fingerprint(copied) == before
    assert fingerprint(copied.with_name("shop.1")) == new


def test_two_cannot_learn_on_a_run_at_once(shop, copied):
    lock = learning.lock_file(copied / learning.LOCK)
    with pytest.raises(RunError, match="Another process"):
        learn(shop[0], copied)
    lock.close()


def test_a_run_without_weights_is_told_of_the_whole_training(shop, copied):
    (copied / "weights.safetensors").unlink()
    with pytest.raises(RunError, match="--full"):
        learn(shop[0], copied)


def test_what_is_no_finished_run_is_refused(shop, tmp_path):
    with pytest.raises(RunError, match="no finished run"):
        learn(shop[0], tmp_path)


def test_a_finished_run_is_not_written_over(shop, learnt):
    with pytest.raises(RunError, match="finished run"):
        learn(shop[0], shop[1], out=learnt[0])


def test_another_corpus_is_told(shop, learnt, tmp_path, monkeypatch):
    from tests.toy import draw_corpus

    monkeypatch.setattr("tests.toy.SOURCE", "other")
    other = draw_corpus(tmp_path, products=120, seed=1)
    monkeypatch.setattr(learning, "_train", lambda *_, **__: None)
    monkeypatch.setattr(learning, "_make_room", lambda *_, **__: None)
    with pytest.raises(RunError, match="nothing to judge by"):
        learn(other, shop[1], out=learnt[0])


@pytest.mark.parametrize(
    ("whole", "has_result", "changed", "stays"),
    [
        (True, False, False, True),  # interrupted: the training goes on
        (True, True, False, False),  # was judged, and found worse
        (True, False, True, False),  # has learnt from other labels
        (False, False, False, False),  # a head is learnt anew in less time than it takes to look
    ],
)
def test_an_earlier_attempt_is_gone_on_with_only_where_it_can_be(
    toy_corpus, toy_run, shop, tmp_path, whole, has_result, changed, stays
):
    folder = Path(shutil.copytree(toy_run, tmp_path / "shop.learnt"))
    if has_result:
        (folder / RESULT).write_text("{}")
    corpus = shop[0] if changed else toy_corpus
    learning._make_room(folder, corpus, whole=whole, own=True)
    assert folder.exists() is stays


def test_all_of_it_is_trained_where_that_is_asked_for(shop, copied, learnt, monkeypatch):
    trained = []

    def train(corpus: Path, _config: object, folder: Path, **_: object) -> None:
        trained.append(corpus)
        shutil.copytree(learnt[0], folder)

    monkeypatch.setattr("prodcat.training.fit.train", train)
    told = learn(shop[0], copied, whole=True)
    assert trained == [shop[0]]
    assert told.is_in_place
    assert "All of the model was trained" in (copied / PAGE).read_text("utf-8")
