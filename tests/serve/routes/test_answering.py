import base64
import io
import json

import pytest
from PIL import Image

from prodcat.inference.predictor import Predictor
from prodcat.search.similar import SimilarProducts
from prodcat.serve.settings import Limits
from tests.model_files import encoded
from tests.serve.serving import served
from tests.toy import draw_corpus

RED = base64.b64encode(encoded("red")).decode()


def test_an_answer_is_that_of_predict(service, model_dir):
    response = service.predict({"id": "7", "name": "red boots", "image": RED})
    (answer,) = response.json()["answers"]
    expected = Predictor.load(model_dir).predict("red boots", image=encoded("red"))
    assert {**answer, "id": None} == {
        **expected.to_dict(),
        "id": None,
        "between": [],
        "levels": None,
    }
    assert answer["id"] == "7"
    assert response.json()["model"] == Predictor.load(model_dir).fingerprint


def test_many_products_are_answered_in_their_order(service):
    names = ["boots", "sandals", "bag", "jeans"] * 20
    answers = service.predict(*({"name": name} for name in names)).json()["answers"]
    leaves = [answer["leaf"][-1].lower() for answer in answers]
    assert leaves == [name if name != "bag" else "bags" for name in names]


def test_accuracy_and_threshold_are_heeded(service):
    product = {"name": "shoes"}
    low = service.predict(product, threshold=0.0).json()["answers"][0]
    high = service.predict(product, threshold=1.0).json()["answers"][0]
    assert not low["abstained"]
    assert high["abstained"]
    asked = service.predict({"name": "boots"}, accuracy=0.98).json()["answers"][0]
    assert asked["needed"] == 0.9


def test_an_accuracy_that_the_model_cannot_promise_is_told(service):
    response = service.predict({"name": "boots"}, accuracy=0.97)
    assert response.status_code == 409
    assert "no threshold for an accuracy of 0.97" in response.json()["detail"]


def test_the_levels_of_the_best_path_are_told_when_asked_for(service):
    (answer,) = service.predict({"name": "red boots"}, levels=True).json()["answers"]
    assert [level["path"] for level in answer["levels"]] == [["Shoes"], ["Shoes", "Boots"]]
    above, leaf = (level["probability"] for level in answer["levels"])
    assert above >= leaf == pytest.approx(answer["leaf_probability"])


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("/etc/passwd", "paths are not opened"),
        ("../../pictures/shoe.jpg", "paths are not opened"),
        ("file:///etc/passwd", "paths are not opened"),
        ("http://127.0.0.1:1/shoe.jpg", "nothing is fetched"),
        (base64.b64encode(b"\xff\xd8\xff\xe0" + b"no picture" * 9).decode(), "is broken"),
    ],
)
def test_a_picture_is_never_an_address_or_a_path(service, image, told):
    response = service.predict({"name": "boots", "image": image}, {"image": image})
    both, alone = response.json()["answers"]
    assert response.status_code == 200
    assert both["category"] == "Boots"
    assert told in both["error"]
    assert alone["abstained"]
    assert told in alone["error"]


def test_a_picture_of_too_many_pixels_is_told_before_it_is_decoded(model_dir):
    stream = io.BytesIO()
    Image.new("1", (3000, 3000)).save(stream, "PNG")
    bomb = base64.b64encode(stream.getvalue()).decode()
    with served(model_dir, limits=Limits(picture_pixels=1_000_000)) as service:
        (answer,) = service.predict({"name": "boots", "image": bomb}).json()["answers"]
    assert "3,000 × 3,000 pixels" in answer["error"]
    assert answer["category"] == "Boots"


def test_a_form_is_the_same_as_json(service):
    as_json = service.predict({"name": "red boots", "image": RED}, accuracy=0.95).json()["answers"]
    as_form = service.ask(
        "POST",
        "/v1/predict",
        data={"name": "red boots", "accuracy": "0.95"},
        files={"image": ("shoe.jpg", encoded("red"), "image/jpeg")},
    )
    assert as_form.json()["answers"] == as_json


def test_a_form_may_have_many_products_with_their_pictures(service):
    products = [{"name": "boots", "image": "part:first"}, {"image": "part:second"}]
    response = service.ask(
        "POST",
        "/v1/predict",
        data={"products": json.dumps(products)},
        files={"first": encoded("red"), "second": encoded("blue")},
    )
    assert [answer["leaf"][-1] for answer in response.json()["answers"]] == ["Boots", "Jeans"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"products": []},
        {"products": [{"nam": "x"}]},
        {"products": [{"name": 7}]},
        {"products": [{"name": "x"}], "accuracy": "0.98"},
        {"products": [{"name": "x"}], "accuracy": 0.2},
        {"products": [{"name": "x"}], "accuracy": 0.98, "threshold": 0.5},
        {"products": [{"name": "x"}] * 257},
        [],
    ],
)
def test_what_is_not_of_the_schema_is_told_as_a_problem(service, body):
    response = service.ask("POST", "/v1/predict", json=body)
    problem = response.json()
    assert response.status_code == problem["status"] == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["detail"]
    assert problem["expected"]
    assert problem["todo"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"Content-Type": "application/json"}, b"{", 422),
        ({"Content-Type": "application/json"}, b'{"products": [{"name": "\xff"}]}', 422),
        ({"Content-Type": "multipart/form-data"}, b"--x\r\n", 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\nnonsense\r\n\r\n", 400),
    ],
)
def test_a_body_that_cannot_be_read_is_told_as_a_problem(service, headers, body, status):
    response = service.ask("POST", "/v1/predict", data=body, headers=headers)
    assert response.status_code == response.json()["status"] == status


def test_an_explanation_is_that_of_the_predictor(service, model_dir):
    response = service.ask("POST", "/v1/explain", json={"product": {"name": "red boots"}}).json()
    why = Predictor.load(model_dir).explain("red boots")
    assert response["explanation"]["words"] == why.to_dict()["words"]
    assert response["answer"]["category"] == "Boots"


def test_what_cannot_be_read_has_an_answer_without_explanation(service):
    response = service.ask("POST", "/v1/explain", json={"product": {"image": "/etc/passwd"}})
    assert response.status_code == 200
    assert response.json()["explanation"] is None
    assert "paths are not opened" in response.json()["answer"]["error"]


def test_without_an_index_similar_products_are_not_there(service):
    response = service.ask("POST", "/v1/similar", json={"id": "7"})
    assert (response.status_code, response.json()["type"]) == (404, "urn:prodcat:no-index")


@pytest.fixture(scope="module")
def with_index(model_dir, tmp_path_factory):
    corpus = draw_corpus(tmp_path_factory.mktemp("shop"), products=120)
    SimilarProducts.build(corpus, model=model_dir).close()
    with served(model_dir, corpus=corpus) as running:
        yield running


def test_similar_products_are_found_by_id_and_by_parts(with_index):
    by_id = with_index.ask("POST", "/v1/similar", json={"id": "toy:1020", "k": 3}).json()
    assert len(by_id["similar"]) == 3
    assert by_id["error"] is None
    by_parts = with_index.ask(
        "POST", "/v1/similar", json={"product": {"name": "red boots"}, "weights": "kind"}
    ).json()
    assert len(by_parts["similar"]) == 6


def test_pictures_of_similar_products_are_of_the_service_and_no_path(with_index):
    hits = with_index.ask("POST", "/v1/similar", json={"id": "toy:1020", "k": 20}).json()["similar"]
    shown = next(hit["picture"] for hit in hits if hit["picture"])
    response = with_index.ask("GET", shown)
    assert shown.startswith("/v1/similar/picture?id=")
    assert Image.open(io.BytesIO(response.content)).size == (48, 64)
    assert with_index.ask("GET", "/v1/similar/picture?id=../../etc/passwd").status_code == 404


def test_an_id_that_is_not_there_and_a_product_of_nothing_are_told(with_index):
    assert with_index.ask("POST", "/v1/similar", json={"id": "nobody"}).status_code == 404
    response = with_index.ask("POST", "/v1/similar", json={"product": {"name": "!"}})
    assert response.json()["similar"] == []
    assert response.json()["error"]


@pytest.mark.parametrize("body", [{}, {"id": "7", "product": {"name": "x"}}, {"id": None}])
def test_one_thing_is_asked_for(with_index, body):
    assert with_index.ask("POST", "/v1/similar", json=body).status_code == 422
