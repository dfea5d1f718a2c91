"""The examples of the how-to, held against the service and its document."""

import json
import re
import shlex

import pytest

from tests.conftest import REPOSITORY
from tests.model_files import encoded

PAGE = (REPOSITORY / "docs" / "how-to" / "serve.md").read_text("utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
CURLS = [
    shlex.split(line)
    for block in BLOCKS
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("curl")
]
ADDRESS = "http://127.0.0.1:8000"


def after(words, *names):
    """Return what follows each of these options."""
    return [words[place + 1] for place, word in enumerate(words[:-1]) if word in names]


def path_of(words):
    (url,) = [word for word in words if word.startswith(ADDRESS)]
    return url.removeprefix(ADDRESS)


@pytest.mark.parametrize("words", CURLS, ids=" ".join)
def test_the_document_has_what_curl_asks(service, words):
    paths = service.ask("GET", "/openapi.json").json()["paths"]
    path = path_of(words).partition("?")[0].replace("/JOB", "/{job_id}")
    sends = after(words, "-d", "-F", "--data-binary")
    method = (after(words, "-X") or ["POST" if sends else "GET"])[0].lower()
    assert method in paths[path]


@pytest.mark.parametrize(
    "words", [w for w in CURLS if "JOB" not in path_of(w) and "/jobs" not in path_of(w)]
)
def test_what_curl_asks_is_answered(service, words):
    path, bodies, fields = path_of(words), after(words, "-d"), after(words, "-F")
    if path == "/v1/similar":
        pytest.skip("This service has no index.")
    if bodies:
        body = json.loads(bodies[0])
        # The small model of the tests knows fewer accuracies.
        response = service.ask("POST", path, json=body)
    elif fields:
        texts = dict(field.split("=", 1) for field in fields if "=@" not in field)
        files = {field.split("=@")[0]: encoded("red") for field in fields if "=@" in field}
        response = service.ask("POST", path, data=texts, files=files)
    else:
        response = service.ask("GET", path)
    assert response.status_code == 200


def test_the_python_of_the_page_runs(service, tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"^```py\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "shoe.jpg").write_bytes(encoded("red"))
    monkeypatch.chdir(tmp_path)
    code = code.replace(ADDRESS, service.url).replace('open("shoe.jpg", "rb").read()', "PICTURE")
    exec(code, {"PICTURE": encoded("red")})
    assert capsys.readouterr().out.count("\n") == 2


def test_the_fields_of_fetch_are_those_of_the_form(service):
    document = service.ask("GET", "/openapi.json").json()
    body = document["paths"]["/v1/predict"]["post"]["requestBody"]["content"]
    known = set(body["multipart/form-data"]["schema"]["properties"])
    assert set(re.findall(r'form\.append\("(\w+)"', PAGE)) <= known
