"""The study of what looks alike, from a sweep's runs to its page, on a toy."""

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from experiments.baselines.__main__ import train_baseline
from experiments.baselines.config import baseline_from_dict
from experiments.benchmarks import lookalikes
from prodcat.corpus.store import Corpus

pytestmark = pytest.mark.slow

BAGS = "Bags"
NEAREST = {"kind": "nearest", "height": 32, "width": 24, "within": [BAGS]}
RUNS = {
    "pixels": {**NEAREST, "features": ["pixels"], "grey": True},
    "colours": {**NEAREST, "features": ["colours"]},
}


@pytest.fixture(scope="module")
def study(toy_corpus, tmp_path_factory):
    """Two runs, a third that was never made, and a table in which colours are those of kinds."""
    folder = tmp_path_factory.mktemp("lookalikes")
    for name, baseline in RUNS.items():
        train_baseline(toy_corpus, baseline_from_dict({"baseline": baseline}), folder / name)
    named = [{"name": name, "set": {"baseline": baseline}} for name, baseline in RUNS.items()]
    named.append({"name": "never", "set": {"baseline": RUNS["pixels"]}})
    (folder / "sweep.yaml").write_text(yaml.safe_dump({"base": {}, "list": named}))
    with Corpus.open(toy_corpus, read_only=True) as corpus:
        rows = list(corpus.rows(with_category=True))
    constant = {name: ["one"] * len(rows) for name in ("brand", "season", "usage")}
    ids = [row.id.removeprefix("toy:") for row in rows]
    colours = [row.category_id for row in rows]
    pq.write_table(
        pa.table({"id": ids, "base_colour": colours, **constant}), folder / "table.parquet"
    )
    return folder


def run(study, toy_corpus, monkeypatch, *options):
    words = [
        *("lookalikes", str(study), "--corpus", str(toy_corpus)),
        *("--table", str(study / "table.parquet"), "--sweep", str(study / "sweep.yaml")),
        *options,
    ]
    monkeypatch.setattr("sys.argv", words)
    lookalikes.main()


@pytest.fixture
def page(study, toy_corpus, tmp_path, monkeypatch):
    out = tmp_path / "report"
    run(study, toy_corpus, monkeypatch, "--against", "pixels", "--out", str(out))
    return out


def cells(page, title, name):
    text = (page / "README.md").read_text()
    section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    (row,) = re.findall(rf"^\| {name} \|(.*)\|$", section, re.MULTILINE)
    return [cell.strip() for cell in row.split("|")]


def test_a_colour_that_every_kind_has_its_own_of_is_shared_with_the_leaf(page):
    leaf, colour, both, *others = cells(page, "Among all training products", "colours")
    assert leaf == colour == both
    # One brand, season and usage are everybody's.
    assert [cell.partition(" ")[0] for cell in others[:3]] == ["100.0"] * 3


def test_neighbours_share_more_than_blind_draws(page):
    title = "Among all training products"
    blind, pixels = (
        float(cells(page, title, name)[0].partition(" ")[0]) for name in ("drawn blindly", "pixels")
    )
    assert blind < 20 < 50 < pixels


def test_runs_that_were_never_made_are_not_shown_and_the_reference_not_held_against_itself(page):
    text = (page / "README.md").read_text()
    assert "| never |" not in text
    assert "Not made, and so in no table: `never`." in text
    against = text.partition("## Against pixels")[2]
    assert "| colours |" in against
    assert "| pixels |" not in against


def test_every_measure_of_an_answer_is_there(page):
    assert "–" not in cells(page, "The neighbours' category as an answer", "pixels")


def test_the_page_shows_its_charts(page):
    text = (page / "README.md").read_text()
    for name in re.findall(r"\]\((\S+\.svg)\)", text):
        assert "colours" in (page / name).read_text()
    assert text.count(".svg)") == 2


def test_a_page_of_pictures_shows_each_product_first(study, toy_corpus, monkeypatch):
    run(study, toy_corpus, monkeypatch, "--against", "pixels", "--sheets", "3")
    for place in (0, 1):
        text = (study / "colours" / f"neighbours-{place}.html").read_text()
        assert text.count('<figure class="asked">') == text.count('class="row"') > 0
        assert text.count("data:image/jpeg;base64,") == 7 * text.count('class="row"')


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--against", "never"], "--against never is no run with neighbours"),
        (["--table", "nothing.parquet"], "nothing.parquet cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(study, toy_corpus, monkeypatch, options, reason):
    with pytest.raises(SystemExit, match=reason):
        run(study, toy_corpus, monkeypatch, *options)


def test_a_folder_without_runs_is_told(study, toy_corpus, monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="No finished run"):
        run(
            tmp_path,
            toy_corpus,
            monkeypatch,
            "--sweep",
            str(study / "sweep.yaml"),
            "--table",
            str(study / "table.parquet"),
        )
