import json

import pytest
import requests

from tests.serve.serving import KEY


def test_categories_are_found_by_their_words(service):
    found = service.ask("GET", "/v1/categories?q=sho+boo").json()
    assert [category["id"] for category in found["categories"]] == ["Shoes > Boots"]
    assert found["total"] == 1


def test_the_tree_is_walked_from_its_roots(service):
    roots = service.ask("GET", "/v1/categories?parent=").json()["categories"]
    assert [root["name"] for root in roots] == ["Shoes", "Bags", "Clothes"]
    below = service.ask("GET", "/v1/categories?parent=Shoes").json()["categories"]
    assert [child["path"] for child in below] == [["Shoes", "Boots"], ["Shoes", "Sandals"]]


def test_a_page_of_categories_says_how_many_there_are(service):
    page = service.ask("GET", "/v1/categories?limit=2&offset=1").json()
    assert (len(page["categories"]), page["total"]) == (2, 7)
    leaves = service.ask("GET", "/v1/categories?leaves=true").json()
    assert leaves["total"] == 4
    assert service.ask("GET", "/v1/categories?limit=0").status_code == 422


def test_the_model_tells_its_promises_and_no_path(service, model_dir):
    told = service.ask("GET", "/v1/model")
    assert told.json()["reads"] == ["name", "description", "image"]
    assert told.json()["card"].startswith("# A model for tests")
    points = told.json()["promises"]["name+description+image"]
    assert [point["accuracy"] for point in points] == [0.95, 0.98]
    assert str(model_dir) not in told.text


def test_a_new_model_takes_a_key(service, guarded):
    assert service.ask("POST", "/v1/model").json()["type"] == "urn:prodcat:keys-needed"
    assert guarded.ask("POST", "/v1/model").status_code == 401
    keyed = {"Authorization": f"Bearer {KEY}"}
    assert guarded.ask("POST", "/v1/model", headers=keyed).json()["changed"] is False


def test_health_is_told_to_everybody(guarded):
    assert guarded.ask("GET", "/healthz").json() == {"status": "ok"}
    assert guarded.ask("GET", "/readyz").json() == {"status": "ready"}


def test_when_it_ends_it_says_so_and_answers_all_the_same(service):
    service.app.service.draining = True
    try:
        assert service.ask("GET", "/readyz").status_code == 503
        response = service.predict({"name": "boots"})
        assert response.status_code == 200
        assert response.headers["connection"] == "close"
    finally:
        service.app.service.draining = False


def test_numbers_are_those_of_what_was_asked(service):
    def count(line):
        text = service.ask("GET", "/metrics").text
        return sum(float(row.split()[-1]) for row in text.splitlines() if row.startswith(line))

    answered = 'prodcat_products_total{outcome="answered"}'
    requests_ok = 'prodcat_requests_total{method="POST",route="/v1/predict",status="200"}'
    before = count(answered), count(requests_ok)
    service.predict({"name": "boots"}, {"name": "jeans"})
    assert (count(answered), count(requests_ok)) == (before[0] + 2, before[1] + 1)


def test_the_document_has_an_example_of_each_body_that_is_answered(service):
    document = service.ask("GET", "/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path, name in [("predict", "PredictIn"), ("explain", "ExplainIn")]:
        body = document["paths"][f"/v1/{path}"]["post"]["requestBody"]["content"]
        assert body["application/json"]["schema"]["$ref"].endswith(name)
        (example,) = schemas[name]["examples"]
        example.pop("accuracy", None)
        assert service.ask("POST", f"/v1/{path}", json=example).status_code == 200


def test_every_answer_that_is_told_has_a_schema(service):
    document = service.ask("GET", "/openapi.json").json()
    known = set(document["components"]["schemas"])
    used = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
    assert used == known


def test_the_page_needs_nothing_from_elsewhere(service):
    page = service.ask("GET", "/")
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert "prodcat" in page.text
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "path", ["/page/../app.py", "/page/%2e%2e/app.py", "/page//etc/passwd", "/page/%00"]
)
def test_the_page_gives_no_other_file(service, path):
    request = requests.Request("GET", service.url + path).prepare()
    request.url = service.url + path
    assert requests.Session().send(request, timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nix", 404), ("PUT", "/v1/predict", 405)]
)
def test_the_framework_s_own_errors_are_problems_too(service, method, path, status):
    response = service.ask(method, path)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code == status
    if status == 405:
        assert response.headers["allow"] == "POST"
