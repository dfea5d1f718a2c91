import csv
import io
import json

import pytest
from click.testing import CliRunner
from PIL import Image

from prodcat.cli.commands import main
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError
from prodcat.examples.sample_products import KINDS
from prodcat.examples.sample_shop import write_sample_shop
from prodcat.importing import import_products
from prodcat.inputs.text import clean_text


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return write_sample_shop(tmp_path_factory.mktemp("sample") / "shop", products=180, seed=1)


def rows(shop, table):
    return list(csv.DictReader(io.StringIO((shop.folder / table).read_text("utf-8"))))


def test_it_has_products_of_each_kind_and_new_ones(shop):
    labelled, new = rows(shop, "products.csv"), rows(shop, "new.csv")
    assert (len(labelled), len(new)) == (shop.products, shop.new)
    assert {kind.category for kind in KINDS} < {row["category"] for row in labelled}
    assert "category" not in new[0]
    assert {row["id"] for row in labelled}.isdisjoint(row["id"] for row in new)
    assert shop.new == 30


def test_each_flaw_is_there_as_often_as_it_says(shop):
    labelled = rows(shop, "products.csv")
    data = {}
    for row in labelled:
        file = shop.folder / row["image"]
        data[row["id"]] = file.read_bytes() if row["image"] and file.is_file() else None
    ids = [row["id"] for row in labelled]
    found = {
        "no picture": sum(not row["image"] for row in labelled),
        "a picture whose file is missing": sum(
            bool(row["image"]) and data[row["id"]] is None for row in labelled
        ),
        "a picture that is a web page": sum(
            (data[row["id"]] or b"").startswith(b"<") for row in labelled
        ),
        "a picture with a part of it missing": sum(
            (data[row["id"]] or b"").startswith(b"\xff\xd8")
            and not data[row["id"]].endswith(b"\xff\xd9")
            for row in labelled
        ),
        "no category": sum(not row["category"] for row in labelled),
        "no description": sum(not row["description"] for row in labelled),
        "no name": sum(row["name"] in {"", " (copy)"} for row in labelled),
        "a description in HTML": sum(row["description"].startswith("<p>") for row in labelled),
        "a category written in another way": sum(row["category"].islower() for row in labelled),
        "a category of hardly any products": sum("Umbr" in row["category"] for row in labelled),
        "an id that another row has already": len(ids) - len(set(ids)),
    }
    assert found == shop.flaws


def test_the_import_tells_the_flaws(shop, tmp_path):
    with Corpus.open(tmp_path / "shop.db", create=True) as corpus:
        summary = import_products(shop.folder / "products.csv", corpus)
    told = {count.reason: count.count for count in summary.reasons}
    assert told["repeated id"] == shop.flaws["an id that another row has already"]
    assert told["no category"] == shop.flaws["no category"]
    assert told["no picture file"] == shop.flaws["a picture whose file is missing"]
    assert told["unreadable picture"] == shop.flaws["a picture that is a web page"]


def test_labels_that_are_wrong_are_told_with_what_is_right(shop, tmp_path):
    wrong = write_sample_shop(tmp_path / "shop", products=180, wrong_labels=0.1, seed=1)
    before = {row["id"]: row["category"] for row in rows(shop, "products.csv")}
    after = {row["id"]: row["category"] for row in rows(wrong, "products.csv")}
    changed = {one: before[one] for one in before if before[one] != after[one]}
    assert changed == wrong.right_labels
    assert len(changed) == wrong.flaws["a category that is wrong"] == round(0.1 * wrong.products)
    with Corpus.open(tmp_path / "shop.db", create=True) as corpus:
        import_products(wrong.folder / "products.csv", corpus)
        summary = import_products(wrong.folder / "right-labels.csv", corpus)
        labels = {row.id: row.category_id for row in corpus.rows()}
    assert summary.changed == len(changed)
    assert all(labels[f"products:{one}"] == right for one, right in changed.items())


def test_a_description_in_html_says_what_it_says_without(shop):
    (text, *_) = [
        r["description"] for r in rows(shop, "products.csv") if "<ul>" in r["description"]
    ]
    assert "& more. " in clean_text(text)
    assert "<" not in clean_text(text)


def test_the_same_seed_draws_the_same_and_another_another(shop, tmp_path):
    again = write_sample_shop(tmp_path / "again", products=180, seed=1)
    other = write_sample_shop(tmp_path / "other", products=180, seed=2)
    files = sorted(p.relative_to(shop.folder) for p in shop.folder.rglob("*") if p.is_file())
    assert [(again.folder / f).read_bytes() for f in files] == [
        (shop.folder / f).read_bytes() for f in files
    ]
    assert (other.folder / "products.csv").read_text() != (
        again.folder / "products.csv"
    ).read_text()


def test_pictures_differ_from_each_other(shop):
    pictures = [path.read_bytes() for path in (shop.folder / "pictures").iterdir()]
    drawn = [data for data in pictures if data.startswith(b"\xff\xd8")]
    assert len(set(drawn)) == len(drawn)
    assert Image.open(io.BytesIO(drawn[0])).mode == "RGB"


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(InputError, match="is not empty; name a folder that is not there"):
        write_sample_shop(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    with pytest.raises(InputError, match="mine cannot be written"):
        write_sample_shop(tmp_path / "mine")


def test_too_few_products_are_refused(tmp_path):
    with pytest.raises(InputError, match="100 products or more, not 99"):
        write_sample_shop(tmp_path / "shop", products=99)
    with pytest.raises(InputError, match=r"0 to 0.2 are wrong, not 0.5"):
        write_sample_shop(tmp_path / "shop", wrong_labels=0.5)


def test_the_command_says_what_it_wrote(tmp_path):
    words = ["sample", str(tmp_path / "shop"), "--products", "100", "--json"]
    facts = json.loads(CliRunner().invoke(main, words).output)
    assert facts["rows"] == {"products.csv": facts["rows"]["products.csv"], "new.csv": 17}
    assert facts["flaws"]["no category"] >= 2
    notes = (tmp_path / "shop" / "README.txt").read_text()
    assert all(flaw in notes for flaw in facts["flaws"])
