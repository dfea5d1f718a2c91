"""How near-duplicates are measured."""

import pytest

from experiments.benchmarks import duplicates
from tests.search.duplicates.shop import TEXT, picture


def test_agreement_is_that_of_a_hand_calculation():
    one = duplicates.agree([1, 1, 1, 2, 3], ["a", "a", "b", "b", "c"])
    assert (one.precision, one.recall, one.pairs, one.largest) == (1 / 3, 1 / 2, 2, 3)
    # By product: 2/3, 2/3, 1/3, 1, 1 of its own group; 1, 1, 1/2, 1/2, 1 of the given one.
    assert one.product_precision == pytest.approx(11 / 15)
    assert one.product_recall == pytest.approx(4 / 5)


def test_the_page_tells_all_sides_and_never_reads_the_group_as_input(tmp_path, monkeypatch):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [
        {
            "id": str(i),
            "name": f"Nike Boots{'abcdefgh'[i // 2] * 3} Men {i}",
            "description": TEXT if i < 2 else "",
            "image": picture(i),
            "group": f"g{i // 2}",
            "split": ("train", "val", "test")[i // 2 % 3],
        }
        for i in range(16)
    ]
    file, page = tmp_path / "shop.parquet", tmp_path / "page.md"
    parquet.write_table(arrow.Table.from_pylist(rows), file)
    words = ["duplicates", str(file), "--more", str(file), "--out", str(page)]
    monkeypatch.setattr("sys.argv", words)
    duplicates.main()
    text = page.read_text("utf-8")
    assert "16 products of shop" in text
    assert text.count("| test | 2 | 1.000 | 1.000 | 1.000 |") == 1
    assert "| shop | 8 | 1.000 | 1.000 | 1.000 |" in text
    assert "| same picture | 6 | 1.000 | 0.000 | 0.000 |" in text
    assert "group" not in duplicates.FIELDS
