"""A Ray cluster answers as one machine does, also when it loses a worker."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.ray import dataset as ray_module
from prodcat.bulk.ray.cluster import cluster
from prodcat.bulk.ray.engine import on_ray
from prodcat.errors import TableError
from tests.model_files import encoded

REPOSITORY = Path(__file__).resolve().parents[3]
WORDS = ("boots", "bag", "shoes", "jeans", "zzz", None)
ROWS = 120
"""Of each file."""
OPTIONS = CategorizeOptions(
    columns={"name": "title", "image": "photo"}, part_rows=30, batch_size=16, workers=2
)

# Ray warns of itself while it is loaded. It is not imported here: `cluster` sets how it starts.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def on_cluster(test):
    installed = pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed")
    return pytest.mark.slow(installed(test))


@pytest.fixture(scope="module")
def ray():
    handler = signal.getsignal(signal.SIGTERM)
    with cluster() as ray:
        yield ray
        assert ray.is_initialized()
    assert not ray.is_initialized()
    assert signal.getsignal(signal.SIGTERM) == handler


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Files whose rows lack this and that, and whose columns are not even of one type."""
    folder = tmp_path_factory.mktemp("source")
    pictures = [encoded("#ff0000"), None, b"no picture", encoded("#0000ff")[:100], b""]
    (folder / "green.jpg").write_bytes(encoded("#00ff00"))
    paths = ["green.jpg", "nowhere.jpg", "../outside.jpg", None, "http://shop/1.jpg"]
    names = [WORDS[i % len(WORDS)] for i in range(ROWS)]
    descriptions = [None if i % 4 else "blue, with a bag" for i in range(ROWS)]
    for number, (ids, photos) in enumerate(
        [
            ([f"p{i}" for i in range(ROWS)], [pictures[i % 5] for i in range(ROWS)]),
            (list(range(ROWS)), [None] * ROWS),
            ([None] * ROWS, [paths[i % 5] for i in range(ROWS)]),
        ]
    ):
        columns = {"id": ids, "title": names, "description": descriptions, "photo": photos}
        pq.write_table(pa.table(columns), folder / f"{number}.parquet", row_group_size=40)
    return folder


@pytest.fixture(scope="module")
def expected(source, predictor, tmp_path_factory):
    output = tmp_path_factory.mktemp("local") / "out.parquet"
    categorize(source, output, predictor=predictor, options=OPTIONS)
    return pq.read_table(output)


def run(*words, status=0):
    done = subprocess.run(
        [sys.executable, "-m", "prodcat", *map(str, words)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path])},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == status, done.stderr
    return done


@on_cluster
def test_a_cluster_answers_as_one_machine_does(tmp_path, source, expected, predictor, ray):
    told = []

    result = categorize(
        source,
        tmp_path / "out.parquet",
        predictor=predictor,
        options=OPTIONS,
        engine=on_ray(),
        on_progress=lambda done, total: told.append((done, total)),
    )

    assert pq.read_table(tmp_path / "out.parquet").equals(expected)
    assert result.counts.rows == expected.num_rows == 3 * ROWS
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1] == (3 * ROWS, 3 * ROWS)
    assert ray.is_initialized()


@on_cluster
def test_a_dataset_is_answered_as_a_file_is(source, expected, model_dir, ray):
    table = pq.read_table(source / "0.parquet")
    dataset = ray.data.from_arrow([table.slice(start, 25) for start in range(0, ROWS, 25)])

    answers = ray_module.categorize(
        dataset, model=model_dir, columns=OPTIONS.columns, workers=2, batch_size=16
    )

    found = pa.concat_tables(answers.iter_batches(batch_size=None, batch_format="pyarrow"))
    # Of the files together pictures are of several kinds, and of this one nothing but bytes.
    assert found.equals(expected.slice(0, ROWS).drop_columns("photo"))


@on_cluster
def test_a_lost_worker_is_survived(tmp_path, source, expected, predictor, ray, monkeypatch):
    killed, started = tmp_path / "killed", tmp_path / "started"
    started.mkdir()

    class Mortal(ray_module.ModelActor):
        def __init__(self, **work):
            super().__init__(**work)
            (started / str(os.getpid())).touch()

        def __call__(self, batch):
            if "p100" in batch["id"].to_pylist() and not killed.exists():
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__call__(batch)

    monkeypatch.setattr(ray_module, "ModelActor", Mortal)
    categorize(
        source, tmp_path / "out.parquet", predictor=predictor, options=OPTIONS, engine=on_ray()
    )

    assert killed.exists()
    assert len(list(started.iterdir())) == 3
    assert pq.read_table(tmp_path / "out.parquet").equals(expected)


@on_cluster
def test_an_interrupted_run_goes_on(tmp_path, source, expected, predictor, ray):
    def interrupt(done, total):
        if done >= 100:
            raise KeyboardInterrupt

    run_here = {"predictor": predictor, "options": OPTIONS, "engine": on_ray()}
    with pytest.raises(KeyboardInterrupt):
        categorize(source, tmp_path / "out.parquet", on_progress=interrupt, **run_here)
    assert not (tmp_path / "out.parquet").exists()

    result = categorize(source, tmp_path / "out.parquet", **run_here)

    assert 0 < result.resumed_rows < 3 * ROWS
    assert pq.read_table(tmp_path / "out.parquet").equals(expected)


@on_cluster
def test_an_error_of_a_worker_is_told_as_one_of_this_machine(tmp_path, source, predictor, ray):
    broken = bytearray((source / "0.parquet").read_bytes())
    broken[4:1000] = bytes(996)
    (tmp_path / "broken.parquet").write_bytes(broken)
    told = []
    for engine in ({}, {"engine": on_ray()}):
        with pytest.raises(TableError) as raised:
            categorize(
                tmp_path / "broken.parquet",
                tmp_path / "out.parquet",
                predictor=predictor,
                options=OPTIONS,
                **engine,
            )
        told.append(str(raised.value))

    assert told[0] == told[1]
    assert "broken.parquet cannot be read" in told[0]


def told_but_reading(done):
    """What a command told on standard error beside how it read its table."""
    lines = done.stderr.splitlines()
    return [line for line in lines if not line.startswith("read as ") and "←" not in line]


@on_cluster
def test_the_command_uses_a_cluster_that_is_there(tmp_path, source, expected, model_dir, ray):
    address = ray.get_runtime_context().gcs_address
    output = tmp_path / "out.parquet"

    done = run(
        *("categorize", source.as_uri(), "-o", output.as_uri(), "--model", model_dir),
        *("--images", source, "--column", "name=title", "--column", "image=photo"),
        *("--engine", "ray", "--address", address, "--workers", 1),
    )

    assert pq.read_table(output).equals(expected)
    assert told_but_reading(done) == []
    assert [node["Alive"] for node in ray.nodes()] == [True]


@on_cluster
def test_the_command_starts_a_cluster_of_its_own(tmp_path, model_dir, predictor):
    table = tmp_path / "in.jsonl"
    table.write_text('{"id": "a", "name": "boots"}\n{"id": "half\n{"name": "shoes"}\n')
    categorize(table, tmp_path / "local.parquet", predictor=predictor)

    done = run(
        *("categorize", table, "-o", tmp_path / "out.parquet", "--model", model_dir),
        *("--engine", "ray", "--cache", tmp_path / "cache"),
    )

    local, found = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("local", "out"))
    assert found.equals(local)
    assert told_but_reading(done) == []
    assert list((tmp_path / "cache").glob("*.db"))


@on_cluster
def test_a_cluster_that_is_not_there_is_told_in_one_line(tmp_path, source, model_dir):
    done = run(
        *("categorize", source, "-o", tmp_path / "out.parquet", "--model", model_dir),
        *("--engine", "ray", "--address", "127.0.0.1:9", "--column", "name=title"),
        status=1,
    )

    (line,) = told_but_reading(done)
    assert line.startswith("Error: No Ray cluster can be used at 127.0.0.1:9: ")
