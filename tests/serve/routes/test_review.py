"""The queue over HTTP, as clients see it."""

import io

import pytest
import requests
from PIL import Image

from prodcat.corpus.corrections import history
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.review.queue import fill
from tests.review.shop import BAGS, BOOTS, open_shop, suspect
from tests.serve.serving import KEY, served
from tests.toy import draw_picture


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return tmp_path_factory.mktemp("shop") / "shop.db"


@pytest.fixture(scope="module")
def running(model_dir, shop):
    with open_shop(shop, 20) as corpus:
        picture = corpus.images.put(draw_picture("Bags", 1))
        corpus.upsert_products(
            [
                NewProduct(
                    source="a",
                    source_id="1",
                    name="A pictured bag",
                    image_sha256=picture,
                    image_url="https://shop.example/1.jpg",
                )
            ]
        )
    with served(model_dir, corpus=shop) as service:
        yield service


@pytest.fixture
def asked(running, shop):
    """Ask the service about a queue that is filled anew."""
    with Corpus.open(shop) as corpus:
        for table in ("corrections", "decided", "review_claims", "review_actions"):
            corpus.db.execute(f"delete from {table}")
        corpus.db.conn.commit()
        fill(corpus, [suspect(1, value=0.9, alike=("a:2", "a:3")), suspect(4), suspect(5)])

    def ask(name, **body):
        return running.ask("POST", f"/v1/review/{name}", json=body)

    return ask


def test_a_card_is_handed_out_decided_on_and_taken_back(asked, shop):
    card = asked("next", who="ana").json()["card"]
    assert (card["product"], card["reason"]) == ("a:1", "It looks like boots.")
    assert card["label"] == {"id": BAGS, "path": ["Bags"], "in_tree": True}
    assert (card["suggestion"]["path"], card["probability"]) == (["Shoes", "Boots"], 0.9)
    assert [one["id"] for one in card["alike"]] == ["a:2", "a:3"]
    done = asked(
        "decide", who="ana", product="a:1", verdict="suggestion", alike=["a:2", "a:3"]
    ).json()
    assert done["covered"] == ["a:1", "a:2", "a:3"]
    with Corpus.open(shop) as corpus:
        assert {(one.product_id, one.category_id) for one in history(corpus)} == {
            (f"a:{number}", BOOTS) for number in (1, 2, 3)
        }
    back = asked("undo", who="ana", action=done["id"]).json()
    assert (back["action"]["id"], back["card"]["product"]) == (done["id"], "a:1")


def test_a_card_without_a_suggestion_gets_the_model_s(asked, running, shop):
    with Corpus.open(shop) as corpus:
        corpus.upsert_products([NewProduct(source="a", source_id="6", name="Red boots")])
        facts = {"kind": "new", "suggestion": None, "probability": None}
        fill(corpus, [suspect(6, value=1.0, **facts)])
    answer = running.predict({"name": "Red boots"}).json()["answers"][0]
    card = asked("next", who="ana").json()["card"]
    assert card["suggestion"]["path"] == answer["leaf"] == ["Shoes", "Boots"]
    assert card["probability"] == pytest.approx(answer["leaf_probability"])
    asked("decide", who="ana", product="a:6", verdict="suggestion")
    with Corpus.open(shop) as corpus:
        (kept,) = history(corpus)
        fill(corpus, [], kinds=["new"])
    assert (kept.category_id, kept.said) == (BOOTS, BOOTS)


def test_two_people_get_two_cards_and_the_second_decision_on_one_is_refused(asked):
    first = asked("next", who="ana").json()["card"]["product"]
    second = asked("next", who="ben").json()["card"]["product"]
    assert first != second
    assert asked("decide", who="ana", product=first, verdict="none").status_code == 200
    refused = asked("decide", who="ben", product=first, verdict="keep")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:prodcat:decided-meanwhile")


def test_what_is_in_hand_is_not_handed_out_again_and_in_the_end_there_is_none(asked):
    ahead = []
    while card := asked("next", who="ana", ahead=ahead).json()["card"]:
        ahead.append(card["product"])
    assert sorted(ahead) == ["a:1", "a:4", "a:5"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"product": "a:9", "verdict": "keep"}, 404),
        ({"product": "a:4", "verdict": "other"}, 409),
        ({"product": "a:4", "verdict": "other", "category": "Hats"}, 409),
        ({"product": "a:4", "verdict": "perhaps"}, 422),
        ({"product": "a:4", "verdict": "keep", "who": "\n"}, 422),
        ({"product": "a:4", "verdict": "keep", "who": "x" * 81}, 422),
        ({"product": "a:4", "verdict": "keep", "image": "/etc/passwd"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused_and_no_path_is_told(asked, shop, body, status):
    refused = asked("decide", **{"who": "ana"} | body)
    assert refused.status_code == status
    assert str(shop.parent) not in refused.text


def test_progress_and_categories_are_told(asked, running):
    asked("decide", who="ana", product="a:4", verdict="other", category=BOOTS)
    now = running.ask("GET", "/v1/review/progress?who=ana").json()
    assert (now["done"], now["left"], now["people"]) == (1, 2, {"ana": 1})
    found = running.ask("GET", "/v1/review/categories?who=ana&q=s").json()["categories"]
    assert (found[0]["id"], found[0]["recent"]) == (BOOTS, True)


def test_a_picture_is_a_small_jpeg_of_the_corpus_alone(asked, running, shop):
    path = asked("next", who="ana").json()["card"]["picture"]
    response = running.ask("GET", path)
    assert response.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(response.content)) as image:
        assert image.size == (48, 64)
    for product in ("a:2", "a:nowhere", "../../corpus.db"):
        refused = running.ask("GET", "/v1/review/picture", params={"id": product})
        assert refused.status_code == 404


def test_examples_of_the_document_are_answered(asked, running):
    document = running.ask("GET", "/openapi.json").json()
    for path, name in (("next", "NextIn"), ("decide", "DecideIn"), ("undo", "UndoIn")):
        body = document["paths"][f"/v1/review/{path}"]["post"]["requestBody"]["content"]
        assert body["application/json"]["schema"]["$ref"].endswith(name)
        (example,) = document["components"]["schemas"][name]["examples"]
        assert asked(path, **example).status_code in (200, 404)


def test_the_model_tells_whether_there_is_a_queue(running, service):
    assert running.ask("GET", "/v1/model").json()["review"] is True
    assert service.ask("GET", "/v1/model").json()["review"] is False
    refused = service.ask("POST", "/v1/review/next", json={"who": "ana"})
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:prodcat:no-review")


def test_a_corpus_that_cannot_be_written_is_told_as_that(asked, running, shop):
    room = running.app.service.review
    room._thread.submit(room._desk.corpus.db.execute, "pragma busy_timeout = 50").result()
    with Corpus.open(shop) as corpus, corpus.transaction():
        refused = asked("next", who="ana")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "2"
    assert asked("next", who="ana").status_code == 200


def test_the_queue_takes_a_key_where_there_are_keys(model_dir, key_file, tmp_path):
    with open_shop(tmp_path / "shop.db", 2) as corpus:
        fill(corpus, [suspect(1)])
    with served(model_dir, corpus=tmp_path / "shop.db", key_file=key_file) as guarded:
        url = f"{guarded.url}/v1/review/next"
        assert requests.post(url, json={"who": "ana"}, timeout=30).status_code == 401
        keyed = {"Authorization": f"Bearer {KEY}"}
        answer = requests.post(url, json={"who": "ana"}, headers=keyed, timeout=30)
        assert answer.json()["card"]["product"] == "a:1"
        assert requests.get(f"{guarded.url}/review", timeout=30).status_code == 200
