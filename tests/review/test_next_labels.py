"""Products whose labels would teach most, of a drawn shop, as cards of its queue."""

import pytest
from click.testing import CliRunner

from prodcat.cli.commands import main
from prodcat.corpus.corrections import Correction, correct
from prodcat.corpus.store import Corpus
from prodcat.modeldir.reading import read_model_dir
from prodcat.review.next_labels import next_labels
from prodcat.review.queue import take
from prodcat.training.held_out import answer_held_out
from prodcat.vectors.corpus import embed_corpus
from prodcat.vectors.product_vectors import VectorMaker
from tests.model_files import build_model_dir
from tests.toy import draw_corpus

pytestmark = pytest.mark.slow
LABELLED = 40


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    build_model_dir(folder)
    return folder


@pytest.fixture
def shop(tmp_path):
    """A shop of which but a few products have a label."""
    file = draw_corpus(tmp_path / "shop", products=200)
    with Corpus.open(file) as corpus:
        corpus.db.execute(
            "update products set category_id = null where id not in"
            " (select id from products order by id limit ?)",
            [LABELLED],
        )
        corpus.db.conn.commit()
    return file


def chosen_of(file, model, count, **settings):
    vectors = embed_corpus(file, VectorMaker(read_model_dir(model)))
    with Corpus.open(file, read_only=True) as corpus:
        return next_labels(corpus, vectors, answer_held_out, count, **settings)


def test_one_of_each_group_without_a_label_the_most_telling_first(shop, model):
    with Corpus.open(shop) as corpus:
        rows = {row.id: row for row in corpus.rows()}
        none = next(row.id for row in rows.values() if row.category_id is None)
        correct(corpus, [Correction(none, None, who="ana")])
    told = []

    cards = chosen_of(shop, model, 20, on_progress=lambda done, total: told.append((done, total)))

    assert len(cards) == 20
    assert all(rows[card.product_id].category_id is None for card in cards)
    assert none not in {one for card in cards for one in (card.product_id, *card.alike)}
    groups = [rows[card.product_id].group_id for card in cards if rows[card.product_id].group_id]
    assert len(set(groups)) == len(groups)
    values = [card.value for card in cards]
    assert values == sorted(values, reverse=True)
    assert all(" may be " in card.reason for card in cards)
    # What the head is in doubt about comes before what it is sure of.
    assert sum(card.probability or 1 for card in cards) / 20 < 0.9
    assert told[-1][0] == told[-1][1]


def test_without_any_label_products_are_spread(shop, model):
    with Corpus.open(shop) as corpus:
        corpus.db.execute("update products set category_id = null")
        corpus.db.conn.commit()

    cards = chosen_of(shop, model, 12)

    assert {card.suggestion for card in cards} == {None}
    assert len({card.product_id for card in cards}) == 12
    with Corpus.open(shop, read_only=True) as corpus:
        names = {row.id: row.name for row in corpus.rows()}
    assert len({names[card.product_id] for card in cards}) > 6


def test_where_all_have_a_label_there_is_nothing_to_ask(tmp_path, model):
    file = draw_corpus(tmp_path / "full", products=60)
    assert chosen_of(file, model, 5) == []


def test_the_command_puts_them_into_the_queue(shop, model):
    wanted = ["review", str(shop), "--next", "7", "--model", str(model), "--only-fill"]
    done = CliRunner().invoke(main, wanted)

    assert done.exit_code == 0, done.output
    assert "7 cards of products whose labels would teach most are in the queue." in done.output
    again = CliRunner().invoke(main, [*wanted[:3], "3", *wanted[4:]])
    assert again.output.startswith("3 cards"), again.output
    with Corpus.open(shop) as corpus:
        card = take(corpus, "ana")
    assert card is not None
    assert card.kind == "next"
