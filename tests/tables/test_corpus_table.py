from prodcat.corpus.store import Corpus
from tests.tables.files import rows
from tests.toy import draw_corpus, draw_products


def test_a_corpus_is_a_table_too(tmp_path):
    path = draw_corpus(tmp_path, products=30)
    products = {row.id: row for row in rows(path)}
    expected = {f"toy:{p.id}": p for p in draw_products(30)}
    assert {i: (r.name, r.category) for i, r in products.items()} == {
        i: (p.name, p.path) for i, p in expected.items()
    }
    assert products["toy:1002"].image.read_bytes() == expected["toy:1002"].image
    assert products["toy:1003"].image is None


def test_a_corpus_is_found_from_its_own_folder(tmp_path, monkeypatch):
    path = draw_corpus(tmp_path, products=5)
    monkeypatch.chdir(path.parent)

    pictures = [row.image for row in rows(path.name) if row.image is not None]
    assert pictures
    assert all(image.is_file() for image in pictures)


def test_reading_a_corpus_does_not_write_to_it(tmp_path):
    path = draw_corpus(tmp_path, products=12)
    before = path.read_bytes()
    rows(path)
    assert path.read_bytes() == before
    with Corpus.open(path) as corpus:
        assert corpus.count() == 12
