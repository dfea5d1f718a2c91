import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prodcat.bulk.answer_file import AnswerFile, check_output
from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError
from prodcat.inference.predictor import Predictor
from tests.bulk.tables import answered, many, write_jsonl
from tests.model_files import build_model_dir, write_model_json

REPOSITORY = Path(__file__).resolve().parents[2]


def write_corpus(path, names):
    with Corpus.open(path, create=True) as corpus:
        corpus.upsert_products(
            NewProduct(source="shop", source_id=str(i), name=name, description="")
            for i, name in enumerate(names)
        )
    return path


class StoppedError(Exception):
    """What a kill is to the process that it ends."""


def stop_after(rows):
    def on_progress(done, total):
        if done >= rows:
            raise StoppedError

    return on_progress


SMALL = CategorizeOptions(part_rows=10, batch_size=5)


def interrupted(source, output, predictor, *, after=25, options=SMALL):
    with pytest.raises(StoppedError):
        categorize(
            source, output, predictor=predictor, options=options, on_progress=stop_after(after)
        )
    assert not output.exists()


def test_an_interrupted_run_goes_on_behind_its_last_part(tmp_path, predictor):
    source, output = write_jsonl(tmp_path / "in.jsonl", many(40)), tmp_path / "out.parquet"
    interrupted(source, output, predictor)
    told = []

    result = categorize(
        source,
        output,
        predictor=predictor,
        options=SMALL,
        on_progress=lambda done, total: told.append(done),
    )

    assert (result.resumed_rows, result.restarted) == (20, None)
    assert told[0] == 25
    assert [row["id"] for row in answered(output)] == [f"p{i}" for i in range(40)]


def test_a_part_that_cannot_be_read_is_written_again(tmp_path, predictor):
    source, output = write_jsonl(tmp_path / "in.jsonl", many(40)), tmp_path / "out.parquet"
    interrupted(source, output, predictor, after=35)
    (tmp_path / ".out.parquet.parts" / "part-00001.parquet").write_bytes(b"PAR1 cut by a power")

    result = categorize(source, output, predictor=predictor, options=SMALL)

    assert result.resumed_rows == 10
    assert [row["id"] for row in answered(output)] == [f"p{i}" for i in range(40)]


def change_input(source, folder):
    write_jsonl(source, [{"id": "new", "name": "bag"}, *many(40)])


def change_model(source, folder):
    write_model_json(folder, name="another")


def no_change(source, folder):
    pass


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        (change_input, SMALL, "input changed"),
        (change_model, SMALL, "model changed"),
        (no_change, CategorizeOptions(accuracy=0.98), "options changed"),
        (no_change, CategorizeOptions(columns={"id": ""}), "options changed"),
    ],
)
def test_what_changed_makes_a_fresh_start_and_is_told(tmp_path, caplog, change, options, reason):
    folder = build_model_dir(tmp_path / "model")
    source, output = write_jsonl(tmp_path / "in.jsonl", many(40)), tmp_path / "out.parquet"
    interrupted(source, output, Predictor.load(folder))
    change(source, folder)
    predictor = Predictor.load(folder)

    result = categorize(source, output, predictor=predictor, options=options)

    assert result.resumed_rows == 0
    assert reason in result.restarted
    assert reason in caplog.text
    fresh = tmp_path / "fresh.parquet"
    categorize(source, fresh, predictor=predictor, options=options)
    assert answered(output) == answered(fresh)


def test_a_changed_corpus_makes_a_fresh_start(tmp_path, predictor):
    corpus, output = write_corpus(tmp_path / "in.db", ["bag"] * 30), tmp_path / "out.parquet"
    interrupted(corpus, output, predictor, after=15)
    write_corpus(corpus, ["boots"] * 30)

    result = categorize(corpus, output, predictor=predictor, options=SMALL)

    assert "input changed" in result.restarted
    assert {row["category"] for row in answered(output)} == {"Shoes > Boots"}


def test_other_sizes_of_batch_and_part_go_on(tmp_path, predictor):
    source, output = write_jsonl(tmp_path / "in.jsonl", many(40)), tmp_path / "out.parquet"
    interrupted(source, output, predictor)

    result = categorize(source, output, predictor=predictor)

    assert result.resumed_rows == 20
    assert [row["id"] for row in answered(output)] == [f"p{i}" for i in range(40)]


def test_a_finished_output_is_kept_unless_told_otherwise(tmp_path, predictor):
    source, output = write_jsonl(tmp_path / "in.jsonl", many(3)), tmp_path / "out.parquet"
    categorize(source, output, predictor=predictor)
    before = output.read_bytes()
    write_jsonl(source, many(5))

    with pytest.raises(InputError, match="is there already"):
        categorize(source, output, predictor=predictor)
    assert output.read_bytes() == before
    categorize(source, output, predictor=predictor, options=CategorizeOptions(overwrite=True))
    assert len(answered(output)) == 5


def test_parts_of_other_options_are_there_until_there_are_new_ones(tmp_path, predictor):
    source, output = write_jsonl(tmp_path / "in.jsonl", many(40)), tmp_path / "out.parquet"
    interrupted(source, output, predictor)
    others = CategorizeOptions(part_rows=10, batch_size=5, accuracy=0.98)
    with pytest.raises(StoppedError):
        categorize(source, output, predictor=predictor, options=others, on_progress=stop_after(5))

    assert categorize(source, output, predictor=predictor, options=SMALL).resumed_rows == 20


def test_two_runs_do_not_write_one_output(tmp_path, predictor):
    source, output = write_jsonl(tmp_path / "in.jsonl", many(40)), tmp_path / "out.parquet"
    told = []

    def second(done, total):
        if not told:
            with pytest.raises(InputError, match="written by another run") as raised:
                categorize(source, output, predictor=predictor)
            told.append(raised.value)

    categorize(source, output, predictor=predictor, options=SMALL, on_progress=second)

    assert told
    assert [row["id"] for row in answered(output)] == [f"p{i}" for i in range(40)]


def test_what_a_killed_run_had_not_finished_is_removed_and_is_no_reason_to_begin_anew(
    tmp_path, predictor
):
    source, output = write_jsonl(tmp_path / "in.jsonl", many(40)), tmp_path / "out.parquet"
    parts = tmp_path / ".out.parquet.parts"
    parts.mkdir()
    joining = parts / "out.parquet.0123.tmp"
    joining.write_bytes(b"PAR1 killed while it joined its parts")
    exists = []

    result = categorize(
        source,
        output,
        predictor=predictor,
        options=SMALL,
        on_progress=lambda done, total: exists.append(joining.exists()),
    )

    assert exists[0] is False
    assert result.restarted is None


STALLING = """
import sys, time
from prodcat.bulk.categorizing import CategorizeOptions, categorize
from prodcat.inference.predictor import Predictor

source, output, model, rows = sys.argv[1:]
options = CategorizeOptions(part_rows=20, batch_size=10)
categorize(source, output, predictor=Predictor.load(model, threads=1), options=options,
           on_progress=lambda done, total: time.sleep(600 if done >= int(rows) else 0))
"""


@pytest.mark.slow
def test_killed_in_the_middle_of_a_part_it_ends_with_every_row_once(tmp_path, model_dir, predictor):
    source, output = write_jsonl(tmp_path / "in.jsonl", many(300)), tmp_path / "out.parquet"
    parts = tmp_path / ".out.parquet.parts"
    for finished in (3, 9):
        stall_at = str(20 * finished + 10)
        process = subprocess.Popen(
            [sys.executable, "-c", STALLING, source, output, model_dir, stall_at], cwd=REPOSITORY
        )
        while len(list(parts.glob("part-*.parquet"))) < finished:
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not output.exists()
    (parts / "part-00009.123.tmp").write_bytes(b"what a process was writing when it was killed")

    result = categorize(source, output, predictor=predictor)

    assert (result.resumed_rows, result.restarted) == (180, None)
    categorize(source, tmp_path / "whole.parquet", predictor=predictor)
    assert answered(output) == answered(tmp_path / "whole.parquet")
    assert [row["id"] for row in answered(output)] == [f"p{i}" for i in range(300)]
    assert not parts.exists()


def as_link(folder, elsewhere):
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)


def with_a_strangers_file(folder, elsewhere):
    folder.mkdir()
    (folder / "thesis.doc").write_text("years of work")


@pytest.mark.parametrize("make", [as_link, with_a_strangers_file])
def test_a_folder_of_parts_that_no_run_made_is_refused_and_never_emptied(tmp_path, make):
    folder = tmp_path / ".out.csv.parts"
    make(folder, tmp_path / "elsewhere")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(InputError, match=r"\.out\.csv\.parts, where the parts .* Move it away"):
        AnswerFile(tmp_path / "out.csv", {"a": 1}).open()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("newer", [True, False])
def test_what_a_run_left_that_was_killed_behind_its_end_is_removed(tmp_path, newer):
    """Parts that are newer than OUT are of a run that writes it again."""
    output, folder = tmp_path / "out.csv", tmp_path / ".out.csv.parts"
    output.write_text("answers")
    folder.mkdir()
    (folder / "part-00000.parquet").write_text("part")
    os.utime(output, (1e9, 1e9))
    os.utime(folder / "part-00000.parquet", (1e9 + (1 if newer else -1),) * 2)

    with pytest.raises(InputError, match="is there already"):
        check_output(output, overwrite=False)
    assert folder.exists() == newer
