"""Index folders that are damaged, or made to harm."""

import json
import os
import sqlite3

import numpy as np
import pytest

from prodcat.errors import SearchError
from prodcat.search.index import VectorIndex
from tests.search.drawn import draw_index, draw_vectors, joined

QUERY = joined(draw_vectors(1, seed=5))[0]


@pytest.fixture
def folder(tmp_path):
    draw_index(tmp_path / "shop.index", exact=100).close()
    return tmp_path / "shop.index"


def data(folder):
    return next(folder.glob("data-*"))


def change(folder, **values):
    record = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps(record | values))


def halve(file):
    os.truncate(file, file.stat().st_size // 2)


def link(file, target="/etc/passwd"):
    file.unlink()
    file.symlink_to(target)


def run_sql(folder, sql):
    db = sqlite3.connect(data(folder) / "products.db")
    db.executescript(sql)
    db.close()


def write_facts(folder, name, value):
    facts = np.memmap(
        data(folder) / "facts.bin",
        np.dtype([("category", "<i4"), ("list", "<i4"), ("price", "<f4"), ("lost", "<f4")]),
        "r+",
    )
    facts[name][0] = value
    facts.flush()


DAMAGES = {
    "no record": lambda f: (f / "index.json").unlink(),
    "half a record": lambda f: halve(f / "index.json"),
    "another format": lambda f: change(f, format=99),
    "data elsewhere": lambda f: change(f, data="../../etc"),
    "data that is gone": lambda f: change(f, data="data-0123456789abcdef"),
    "wider rows": lambda f: change(f, blocks=[["fused", 1600], ["look", 8]]),
    "rows without width": lambda f: change(f, blocks=[["fused", 0]]),
    "a kind twice": lambda f: change(f, blocks=[["fused", 12], ["fused", 12]]),
    "too much to read": lambda f: change(f, share=7),
    "half the rests": lambda f: halve(data(f) / "rests.u8"),
    "half the codes": lambda f: halve(data(f) / "codes.u8"),
    "half the facts": lambda f: halve(data(f) / "facts.bin"),
    "half the steps": lambda f: halve(data(f) / "steps.npy"),
    "half the centres": lambda f: halve(data(f) / "centres.npy"),
    "half the database": lambda f: halve(data(f) / "products.db"),
    "no rests": lambda f: (data(f) / "rests.u8").unlink(),
    "no database": lambda f: (data(f) / "products.db").unlink(),
    "linked record": lambda f: link(f / "index.json"),
    "linked rests": lambda f: link(data(f) / "rests.u8"),
    "linked database": lambda f: link(data(f) / "products.db"),
    "a pickle": lambda f: np.save(data(f) / "steps.npy", np.array([{}]), allow_pickle=True),
    "steps of nothing": lambda f: np.save(data(f) / "steps.npy", np.zeros((2, 24))),
    "lists backwards": lambda f: np.save(
        data(f) / "starts.npy", np.load(data(f) / "starts.npy")[::-1]
    ),
    "no database at all": lambda f: (data(f) / "products.db").write_bytes(b"Dear reader" * 999),
    "a trigger": lambda f: run_sql(
        f, "create trigger t after insert on products begin delete from products; end"
    ),
    "more rows than there are": lambda f: run_sql(f, "update state set rows = 1000000000"),
    "fewer rows than were built": lambda f: run_sql(f, "update state set rows = 3"),
    "freed rows that are not there": lambda f: run_sql(f, "insert into freed values (1, 5000)"),
    "a number of no category": lambda f: write_facts(f, "category", 77),
    "a number below all categories": lambda f: write_facts(f, "category", -4),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_refused_in_one_line(folder, damage):
    DAMAGES[damage](folder)
    with pytest.raises(SearchError) as raised, VectorIndex.open(folder) as index:
        index.nearest(QUERY, 3, category="Bags")
    assert "\n" not in str(raised.value)
    assert str(folder) in str(raised.value) or "index is damaged" in str(raised.value)


def test_no_index_is_told_with_how_to_make_one(tmp_path):
    with pytest.raises(SearchError, match=r"No index at .* Make one with `prodcat index"):
        VectorIndex.open(tmp_path / "none")


def test_what_a_killed_writer_left_behind_the_rows_is_no_damage(folder):
    for name in ("codes.u8", "rests.u8", "facts.bin"):
        with (data(folder) / name).open("ab") as stream:
            stream.write(b"half a row")
    with VectorIndex.open(folder) as index:
        assert len(index) == 300
        index.nearest(QUERY, 3)
