import csv
import io
import json
import time

import pytest
import requests

from prodcat.serve.settings import Limits
from tests.model_files import build_model_dir
from tests.serve.serving import served

pytestmark = pytest.mark.slow
TABLE = "number,title,words,price\n1,red boots,fine,9\n2,sandals,,8\n3,,,7\n"


@pytest.fixture(scope="module")
def jobs(model_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs")
    with served(model_dir, jobs_folder=folder, limits=Limits(jobs=6, table_bytes=200_000)) as s:
        yield s


def bring_in(service, table=TABLE, name="shop.csv"):
    return at_rest(service, service.ask("POST", f"/v1/jobs?name={name}", data=table).json()["id"])


def at_rest(service, job_id, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = service.ask("GET", f"/v1/jobs/{job_id}").json()
        if job["state"] not in ("reading", "queued", "running"):
            return job
        time.sleep(0.1)
    raise AssertionError(job)


def test_a_table_s_columns_are_told_and_can_be_corrected(jobs):
    job = bring_in(jobs)
    assert (job["state"], job["table"]["columns"]) == ("ready", {"name": ["title"]})
    assert job["table"]["not_read"] == ["number", "words", "price"]
    columns = {"id": ["number"], "name": ["title", "words"]}
    started = jobs.ask(
        "POST", f"/v1/jobs/{job['id']}/start", json={"columns": columns, "format": "csv"}
    )
    assert (started.status_code, started.json()["state"]) == (202, "queued")
    done = at_rest(jobs, job["id"])
    assert (done["state"], done["result"]["rows"]) == ("done", 3)
    response = jobs.ask("GET", f"/v1/jobs/{job['id']}/result")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["leaf"] for row in rows] == ["Shoes > Boots", "Shoes > Sandals", ""]
    assert [row["price"] for row in rows] == ["9", "8", "7"]
    assert 'filename="shop-answers.csv"' in response.headers["content-disposition"]
    # In another format nothing is answered again.
    lines = jobs.ask("GET", f"/v1/jobs/{job['id']}/result?format=jsonl").text.splitlines()
    assert [json.loads(line)["leaf"] for line in lines] == [
        "Shoes > Boots",
        "Shoes > Sandals",
        None,
    ]
    workbook = jobs.ask("GET", f"/v1/jobs/{job['id']}/result?format=xlsx").content
    assert workbook.startswith(b"PK")


def test_events_tell_how_far_it_is_until_it_is_done(jobs):
    job = bring_in(jobs, "title\n" + "red boots\n" * 3000)
    jobs.ask("POST", f"/v1/jobs/{job['id']}/start", json={"format": "jsonl"})
    with requests.get(f"{jobs.url}/v1/jobs/{job['id']}/events", stream=True, timeout=60) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line.startswith(b"data: ")]
    states = [json.loads(line[6:])["state"] for line in lines]
    assert states[-1] == "done"
    assert "running" in states


def test_where_no_column_is_recognised_people_may_say_what_they_are(jobs):
    job = at_rest(jobs, bring_in(jobs, "a,b\nred boots,2\n")["id"])
    assert (job["state"], job["table"]["columns"]) == ("ready", {})
    assert job["table"]["not_read"] == ["a", "b"]
    first = jobs.ask("GET", f"/v1/jobs/{job['id']}/first-rows").json()
    assert first == {"columns": ["a", "b"], "rows": [{"a": "red boots", "b": "2"}]}
    assert jobs.ask("GET", f"/v1/jobs/{job['id']}/pictures/1").status_code == 204


def test_events_of_a_job_at_rest_come_to_their_end(jobs):
    job = bring_in(jobs)
    assert jobs.ask("GET", f"/v1/jobs/{job['id']}/events").text.count("event: job") == 1


@pytest.mark.parametrize(
    ("table", "name", "told"),
    [
        (b"\x00\x01\x02nonsense\xff" * 50, "shop.xlsx", "shop.xlsx"),
        (b"SQLite format 3\x00" + b"\x00" * 4096, "shop.csv", ""),
    ],
)
def test_what_is_no_table_is_a_job_that_failed_and_says_why(jobs, table, name, told):
    job = bring_in(jobs, table, name)
    assert job["state"] == "failed"
    assert told in job["error"]
    assert str(jobs.app.service.jobs.folder) not in json.dumps(job)
    start = jobs.ask("POST", f"/v1/jobs/{job['id']}/start", json={})
    assert start.status_code == 409


def test_a_picture_of_this_machine_is_not_read_for_a_table(jobs, tmp_path):
    (tmp_path / "shoe.jpg").write_bytes(b"x")
    job = bring_in(jobs, f"name,image\nboots,{tmp_path}/shoe.jpg\nboots,../../../etc/passwd\n")
    jobs.ask("POST", f"/v1/jobs/{job['id']}/start", json={"format": "jsonl"})
    at_rest(jobs, job["id"])
    lines = jobs.ask("GET", f"/v1/jobs/{job['id']}/result").text.splitlines()
    assert all(json.loads(line)["error"] for line in lines)
    assert all(json.loads(line)["category"] == "Shoes > Boots" for line in lines)


def test_columns_that_are_not_there_are_refused(jobs):
    job = bring_in(jobs)
    response = jobs.ask(
        "POST", f"/v1/jobs/{job['id']}/start", json={"columns": {"name": ["Titel"]}}
    )
    assert response.status_code == 422
    assert "'Titel'" in response.json()["detail"]
    assert "title" in response.json()["expected"]


def test_a_removed_job_is_gone_with_its_files(jobs):
    job = bring_in(jobs)
    folder = jobs.app.service.jobs.path(job["id"])
    assert folder.is_dir()
    assert jobs.ask("DELETE", f"/v1/jobs/{job['id']}").status_code == 204
    assert not folder.exists()
    for path in ("", "/result", "/events"):
        assert jobs.ask("GET", f"/v1/jobs/{job['id']}{path}").status_code == 404


@pytest.mark.parametrize("path", ["x", "..%2f..", "0" * 32, "%00"])
def test_an_id_that_is_none_of_ours_is_not_looked_for(jobs, path):
    assert jobs.ask("GET", f"/v1/jobs/{path}").status_code in (404, 422)


def test_a_table_that_is_too_large_or_empty_is_refused_and_leaves_nothing(jobs):
    folder = jobs.app.service.jobs.folder
    before = set(folder.iterdir())
    assert jobs.ask("POST", "/v1/jobs", data=b"x" * 200_001).status_code == 413
    pieces = (b"y" * 50_000 for _ in range(10))
    assert jobs.ask("POST", "/v1/jobs", data=pieces).status_code == 413
    assert jobs.ask("POST", "/v1/jobs", data=b"").status_code == 422
    assert set(folder.iterdir()) - before == set()


def test_a_job_that_runs_can_be_stopped_and_started_again(jobs):
    job = bring_in(jobs, "title\n" + "red boots\n" * 6_000)
    start = f"/v1/jobs/{job['id']}/start"
    jobs.ask("POST", start, json={"format": "csv"})
    assert jobs.ask("POST", f"/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    assert jobs.ask("POST", f"/v1/jobs/{job['id']}/cancel").status_code == 409
    assert jobs.ask("POST", start, json={"format": "csv"}).status_code == 202
    assert at_rest(jobs, job["id"])["result"]["rows"] == 6_000


def test_a_job_that_is_started_anew_in_another_way_is_answered_in_that_way(jobs):
    job = bring_in(jobs, "title\n" + "red boots\n" * 6_000)
    start = f"/v1/jobs/{job['id']}/start"
    jobs.ask("POST", start, json={"format": "csv"})
    events = jobs.ask("GET", f"/v1/jobs/{job['id']}")
    while events.json()["state"] == "queued":
        events = jobs.ask("GET", f"/v1/jobs/{job['id']}")
    jobs.ask("POST", f"/v1/jobs/{job['id']}/cancel")
    assert jobs.ask("POST", start, json={"format": "jsonl"}).status_code == 202
    done = at_rest(jobs, job["id"])
    assert (done["state"], done["options"]["format"]) == ("done", "jsonl")
    assert jobs.ask("GET", f"/v1/jobs/{job['id']}/result").text.startswith("{")


def test_a_disk_that_is_full_is_told_and_passes(jobs, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("prodcat.serve.jobs.store.write_json", full)
    response = jobs.ask("POST", "/v1/jobs?name=a.csv", data=TABLE)
    monkeypatch.undo()
    assert (response.status_code, response.json()["type"]) == (503, "urn:prodcat:no-disk")
    assert bring_in(jobs)["state"] == "ready"


def test_a_job_goes_on_when_the_service_starts_again(tmp_path):
    model = build_model_dir(tmp_path / "model")
    folder = tmp_path / "jobs"
    with served(model, jobs_folder=folder) as first:
        job = bring_in(first, "title\n" + "red boots\n" * 16_000)
        first.ask("POST", f"/v1/jobs/{job['id']}/start", json={"format": "csv"})
        until = time.monotonic() + 60
        while first.ask("GET", f"/v1/jobs/{job['id']}").json()["done_rows"] < 4096:
            assert time.monotonic() < until
            time.sleep(0.02)
    with served(model, jobs_folder=folder) as second:
        done = at_rest(second, job["id"])
    assert (done["state"], done["result"]["rows"]) == ("done", 16_000)
    assert done["result"]["resumed_rows"] >= 2048
