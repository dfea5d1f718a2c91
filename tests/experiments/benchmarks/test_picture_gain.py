"""The whole measurement, by a model that knows six words and three colours."""

import io
import sys
from contextlib import redirect_stdout

import pytest
from PIL import Image

from experiments.benchmarks.picture_gain import main
from experiments.benchmarks.pictures.answers import FULL, MASKED, NOTHING, compare
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError
from prodcat.inference.predictor import Predictor
from prodcat.taxonomy.paths import join_path
from prodcat.taxonomy.tree import Taxonomy
from tests.model_files import BAGS, BOOTS, LEAVES, SANDALS, build_model_dir

RED, GREEN, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 0)

CLOGS = ("Shoes", "Clogs")
"""A category that the model does not have."""
KINDS = [
    # The name is enough; shoes are boots or sandals, and the picture tells which of them.
    *[(BOOTS, "Acme boots", "for rain", RED)] * 3,
    *[(SANDALS, "Acme shoes", "for sun", GREEN)] * 8,
    # Nothing but category words.
    *[(BAGS, "Bag", "a bag", BLACK)] * 2,
    # The picture leads astray, and there is no description.
    *[(BAGS, "Acme bag", "", RED)],
    *[(CLOGS, "Acme clogs", "of wood", RED)],
    *[(BOOTS, "Acme boots", "", None)] * 2,
]


def picture(colour):
    out = io.BytesIO()
    Image.new("RGB", (12, 16), colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return build_model_dir(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "corpus.db"
    drawn = [(split, kind) for split in ("train",) * 3 + ("val", "test") for kind in KINDS]
    with Corpus.open(path, create=True) as corpus:
        corpus.upsert_categories("shop", Taxonomy.from_paths([*LEAVES, CLOGS]))
        corpus.upsert_products(
            NewProduct(
                source="shop",
                source_id=str(number),
                name=name,
                description=description,
                category_id=join_path(path_of_leaf),
                image_sha256=corpus.images.put(picture(colour)) if colour else None,
                split=split,
            )
            for number, (split, (path_of_leaf, name, description, colour)) in enumerate(drawn)
        )
    return path


@pytest.fixture(scope="module")
def compared(model, shop):
    with Corpus.open(shop, read_only=True) as corpus:
        return compare(Predictor.load(model, threads=1), corpus, "test")


def test_each_text_has_the_products_that_have_it_and_a_picture(compared):
    sizes = {text: len(found.given.labels) for text, found in compared.texts.items()}
    assert sizes == {FULL: 14, "name": 15, "description": 14, MASKED: 13, NOTHING: 15}
    assert (compared.products, compared.without_picture) == (15, 2)


def test_a_masked_name_has_no_category_word(compared):
    names = {row.name for row in compared.texts[MASKED].given.rows}
    assert names == {"Acme"}
    assert {row.name for row in compared.texts["name"].given.rows} >= {"Acme boots", "Bag"}


def test_the_picture_is_withheld_and_given(compared):
    found = compared.texts["name"].outcomes
    sandals = found.labels == LEAVES.index(SANDALS)
    assert set(found.without[sandals]) == {LEAVES.index(BOOTS)}
    assert set(found.given[sandals]) == {LEAVES.index(SANDALS)}


def test_a_category_that_the_model_does_not_have_is_wrong(compared):
    assert (compared.texts["name"].given.labels == -1).sum() == 1


def test_without_text_there_is_the_picture_alone(compared):
    found = compared.texts[NOTHING]
    assert found.without is None
    assert set(found.given.patterns) == {"image"}


def run(*words):
    """Run the command, and return what it wrote and what it printed."""
    *_, out = words
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.setenv("COLUMNS", "200")
        patch.setattr(sys, "argv", ["picture_gain", *map(str, words)])
        main()
    return out.read_text("utf-8"), printed.getvalue()


@pytest.fixture(scope="module")
def report(model, shop, tmp_path_factory):
    return run(shop, "--model", model, "--out", tmp_path_factory.mktemp("out") / "gain.md")


def row_of(page, start):
    (line,) = [line for line in page.splitlines() if line.startswith(f"| {start} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def table_of(page, title):
    return next(part for part in page.split("\n## ") if part.startswith(title))


@pytest.mark.slow
def test_the_page_tells_the_accuracies_and_their_test(report):
    page, _ = report
    name = row_of(table_of(page, "Accuracy"), "name")
    # Right by name are three boots and three bags; the picture adds eight sandals for a bag.
    assert name[1:4] == ["15", "40.00 %", "86.67 %"]
    assert name[4].startswith("+46.67 (")
    assert name[5:] == ["1", "8", "0.039"]  # 2 * (1 + 9) / 2**9
    assert row_of(table_of(page, "Accuracy"), NOTHING)[2:] == ["–", "73.33 %", *"––––"]


@pytest.mark.slow
def test_the_page_tells_the_categories_and_pairs(report):
    page, _ = report
    sandals = row_of(table_of(page, f"By category, {FULL}"), "Shoes > Sandals")
    assert sandals[1:] == ["8", "0", "8", "+8", "0.008"]
    pair = row_of(table_of(page, f"By pair mixed up, {FULL}"), "Shoes > Boots / Shoes > Sandals")
    assert pair[1:] == ["8", "0", "−8", "0.008"]


@pytest.mark.slow
def test_coverage_stands_beside_the_accuracy_reached(report):
    page, _ = report
    # Pictures alone have no threshold for 98 %; names of one leaf's word are sure enough.
    table = table_of(page, "Macro-F1")
    assert row_of(table, NOTHING)[-2:] == ["–", "0.0 % (–)"]
    assert row_of(table, "name")[-2] == "40.0 % (100.0 %)"


@pytest.mark.slow
def test_the_screen_shows_the_same_tables(report):
    page, screen = report
    for title in [part.splitlines()[0] for part in page.split("\n## ")[1:]]:
        assert title in screen


@pytest.mark.slow
def test_a_second_run_writes_the_same(report, model, shop, tmp_path):
    assert run(shop, "--model", model, "--out", tmp_path / "again.md") == report


def test_a_model_that_sees_nothing_is_refused(shop, tmp_path):
    predictor = Predictor.load(build_model_dir(tmp_path / "text", image=False), threads=1)
    with Corpus.open(shop, read_only=True) as corpus, pytest.raises(InputError, match="no image"):
        compare(predictor, corpus, "test")
