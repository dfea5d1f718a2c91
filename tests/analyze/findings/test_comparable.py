import pytest

from prodcat.analyze.findings.comparable import check_comparable, lacking
from prodcat.errors import AnalyzeError
from prodcat.runs.reading import read_runs
from tests.analyze.run_files import Answered, draw_side, write_run


def side(ids, *, labels=None, has=None):
    drawn = draw_side(len(ids), right=0.9, seed=0)
    return Answered(drawn.probs, drawn.labels if labels is None else labels, ids=ids, has=has or {})


def runs_of(tmp_path, **sides):
    for name, changes in sides.items():
        write_run(tmp_path / name, **changes)
    runs, skipped = read_runs([tmp_path])
    assert not skipped
    return runs


def test_runs_on_the_same_products_may_be_compared(tmp_path):
    runs = runs_of(tmp_path, a={}, b={"config": {"train": {"lr": 1.0}}})

    assert check_comparable(runs) == []
    assert lacking(runs, "test") == []


def test_the_order_of_products_says_nothing(tmp_path):
    labels = draw_side(2, right=1, seed=0).labels
    runs = runs_of(
        tmp_path,
        a={"test": side(["p", "q"], labels=labels)},
        b={"test": side(["q", "p"], labels=labels[::-1].copy())},
    )

    assert check_comparable(runs) == []


def test_another_corpus_is_refused(tmp_path):
    runs = runs_of(tmp_path, a={}, b={"fingerprint": "f" * 16}, c={"fingerprint": "e" * 16})

    with pytest.raises(
        AnalyzeError,
        match=r"b and c were trained on another corpus than a .*of 120 products, all runs have 120",
    ):
        check_comparable(runs)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (["p", "q", "r"], "a lacks 1 product that b has, such as r"),
        (["p"], "b lacks 1 product that a has, such as q"),
    ],
)
def test_other_products_are_refused(tmp_path, other, reason):
    runs = runs_of(tmp_path, a={"test": side(["p", "q"])}, b={"test": side(other)})

    with pytest.raises(AnalyzeError, match=reason):
        check_comparable(runs)


def test_another_label_is_refused(tmp_path):
    labels = draw_side(2, right=1, seed=0).labels
    runs = runs_of(
        tmp_path,
        a={"test": side(["p", "q"], labels=labels)},
        b={"test": side(["p", "q"], labels=labels * 2)},
    )

    with pytest.raises(AnalyzeError, match="b has 1 product with another label than a, such as q"):
        check_comparable(runs)


def test_another_split_is_refused(tmp_path):
    runs = runs_of(
        tmp_path,
        a={"test": side(["p"]), "val": side(["q"])},
        b={"test": side(["q"]), "val": side(["p"])},
    )

    with pytest.raises(AnalyzeError, match="b has 2 products with another split than a, such as p"):
        check_comparable(runs)


def test_what_is_refused_is_told_when_forced(tmp_path):
    names = "bcdefg"
    runs = runs_of(
        tmp_path,
        a={"test": side(["p", "q"])},
        **{name: {"test": side(["q", "r"])} for name in names},
    )

    assert check_comparable(runs, force=True) == [
        "b, c, d and 3 more have 1 product with another label than a, such as q.",
        "a lacks 1 product that b has, such as r.",
        "b, c, d and 3 more lack 1 product that a has, such as p.",
    ]


def test_products_without_what_a_run_reads_may_be_missing(tmp_path):
    looks = {"name": [False], "description": [False], "image": [True]}
    val = side(["v"])
    runs = runs_of(
        tmp_path,
        both={"test": side(["p", "q"], has={"image": [True, False]}), "val": val},
        looks={"test": side(["p"], has=looks), "val": side(["v"], has=looks)},
    )

    assert check_comparable(runs) == []
    [told] = lacking(runs, "test")
    assert "looks answers 1 of 2 products" in told
    assert "(image)" in told
