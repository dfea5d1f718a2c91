import asyncio
import errno
import json

import pytest

from prodcat.errors import InputError
from prodcat.serve.jobs import store as module
from prodcat.serve.jobs.records import DONE, RUNNING
from prodcat.serve.jobs.store import JOB_FILE, JobStore, NoRoomError
from prodcat.serve.settings import Limits


@pytest.fixture
def store(tmp_path):
    return JobStore(tmp_path / "jobs", Limits(jobs=3, jobs_bytes=100_000, table_bytes=50_000))


def pieces(*content):
    async def come():
        for piece in content:
            yield piece

    return come()


def bring_in(store, *content, name="shop.csv", length=None):
    return asyncio.run(store.bring_in(name, pieces(*content), length=length))


def put(store, job, state):
    return store.put(type(job)(**{**vars(job), "state": state}))


def test_tables_on_their_way_take_the_room_that_they_will_need(store):
    async def both():
        arrived = asyncio.Event()

        async def slow():
            yield b"name\n"
            await arrived.wait()

        first = asyncio.create_task(store.bring_in("a.csv", slow(), length=None))
        second = asyncio.create_task(store.bring_in("b.csv", slow(), length=40_000))
        while len(list(store.folder.iterdir())) < 2:
            await asyncio.sleep(0.01)
        with pytest.raises(NoRoomError):
            await store.bring_in("c.csv", pieces(b"x"), length=40_000)
        third = await store.bring_in("c.csv", pieces(b"x"), length=500)
        with pytest.raises(NoRoomError):  # of the number
            await store.bring_in("d.csv", pieces(b"x"), length=1)
        arrived.set()
        return {(await first).id, (await second).id, third.id}

    brought_in = asyncio.run(both())
    assert {job.id for job in store.all()} == brought_in
    assert not store._coming


def test_what_rests_makes_room_the_oldest_first(store):
    jobs = [put(store, bring_in(store, b"name\n"), DONE) for _ in range(3)]
    put(store, jobs[0], RUNNING)
    new = bring_in(store, b"name\n")
    assert {job.id for job in store.all()} == {jobs[0].id, jobs[2].id, new.id}


def test_a_full_disk_leaves_nothing_of_a_table(store, monkeypatch):
    def write_json(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "write_json", write_json)
    with pytest.raises(OSError, match="No space"):
        bring_in(store, b"name\n")
    assert (list(store.folder.iterdir()), store._coming) == ([], {})


def test_an_empty_table_leaves_nothing(store):
    with pytest.raises(InputError):
        bring_in(store)
    assert list(store.folder.iterdir()) == []


def test_links_and_what_others_wrote_are_no_jobs(store, tmp_path):
    job = bring_in(store, b"name\n")
    elsewhere = tmp_path / "elsewhere"
    store.path(job.id).rename(elsewhere)
    store.path(job.id).symlink_to(elsewhere)
    assert store.get(job.id) is None
    store.remove(job.id)
    assert (elsewhere / JOB_FILE).is_file()

    job = bring_in(store, b"name\n")
    file = store.path(job.id) / JOB_FILE
    data = json.loads(file.read_text())
    for wrong in ({"suffix": "/../../elsewhere/table.csv"}, {"id": "0" * 32}, {"state": 1, "x": 2}):
        file.write_text(json.dumps({**data, **wrong}))
        assert store.get(job.id) is None
    file.write_text(json.dumps(data))
    assert store.get(job.id) == job
    file.rename(tmp_path / JOB_FILE)
    file.symlink_to(tmp_path / JOB_FILE)
    assert store.get(job.id) is None
