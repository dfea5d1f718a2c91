"""The faults of the compatible server: each is what it says, comes as often, and goes away."""

import asyncio
import io
import json
import time
import zlib
from collections import Counter
from email.utils import parsedate_to_datetime

import pytest
from PIL import Image

from tests.shopstyle.calls import Answer
from tests.shopstyle.connection import Connection, Sending
from tests.shopstyle.fault_kinds import ANYWHERE, IN_JSON, IN_PICTURES, KINDS, FaultSettings
from tests.shopstyle.faults import Faults
from tests.shopstyle.replies import Step
from tests.shopstyle_server import ShopstyleServer

requests = pytest.importorskip("requests")

QUICK = FaultSettings(latency_s=0.2, retry_after_s=2, slow_s=0.4)
PAGE = Answer("products", b"{}")
PICTURE = Answer("image", b"", content_type="image/jpeg")


@pytest.fixture(scope="module")
def faulty(jeans_corpus):
    """A server on which each kind of request can be given a fault."""
    with ShopstyleServer(jeans_corpus, faults=Faults(settings=QUICK)) as running:
        yield running


@pytest.fixture
def spoil(faulty):
    """Give all answers one fault; returns the URLs of a page and of a picture, and the truth."""
    page = f"{faulty.url}/products?pid=x&limit=20"
    truth = requests.get(page)
    picture = truth.json()["products"][0]["image"]["sizes"]["XLarge"]["url"]

    def give(kind):
        faulty.faults = Faults(pinned=dict.fromkeys(("products", "image"), kind), settings=QUICK)
        return page, picture, truth

    yield give
    faulty.faults = Faults(settings=QUICK)


def test_latency_is_a_right_answer_that_comes_late(spoil):
    page, _, truth = spoil("latency")
    response = requests.get(page)
    assert response.elapsed.total_seconds() >= 0.2
    assert response.json() == truth.json()


def test_too_many_says_how_long_to_wait(spoil):
    response = requests.get(spoil("too_many")[0])
    assert (response.status_code, response.headers["Retry-After"]) == (429, "2")
    assert response.json()["errorCode"] == 429


def test_too_many_may_say_until_when_to_wait(spoil):
    headers = requests.get(spoil("too_many_date")[0]).headers
    until, now = (parsedate_to_datetime(headers[name]) for name in ("Retry-After", "Date"))
    assert 2 <= (until - now).total_seconds() <= 3


def test_server_errors_are_500_502_or_503(spoil):
    page, picture, _ = spoil("server_error")
    assert {requests.get(url).status_code for url in (page, picture)} <= {500, 502, 503}
    assert requests.head(page).status_code >= 500


def test_a_reset_comes_after_a_part_of_the_body(spoil):
    for url in spoil("reset")[:2]:
        with requests.get(url, stream=True) as response:
            assert response.status_code == 200
            with pytest.raises(requests.exceptions.ChunkedEncodingError, match="reset by peer"):
                _ = response.content


def test_slow_answers_dribble_and_are_right(spoil):
    page, _, truth = spoil("slow")
    start = time.monotonic()
    assert requests.get(page).json() == truth.json()
    assert time.monotonic() - start >= 0.4


def test_a_content_length_may_say_too_much(spoil):
    for url in spoil("length_long")[:2]:
        with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
            requests.get(url)


def test_a_content_length_may_say_too_little(spoil):
    page, picture, truth = spoil("length_short")
    body = requests.get(page, headers={"Accept-Encoding": "identity"}).content
    assert 0 < len(body) < len(truth.content)
    half = Image.open(io.BytesIO(requests.get(picture).content))
    with half, pytest.raises(OSError, match="truncated"):
        half.load()


def test_what_is_cut_off_in_its_headers_or_chunks_looks_whole(spoil):
    page, _, truth = spoil("head_cut")
    response = requests.get(page)
    assert (response.status_code, response.content) == (200, b"")
    spoil("chunks_cut")
    body = requests.get(page, headers={"Accept-Encoding": "identity"}).content
    assert body == truth.content[: len(truth.content) // 2]


def test_redirects_may_go_in_circles(spoil):
    for url in spoil("redirect_loop")[:2]:
        with pytest.raises(requests.TooManyRedirects):
            requests.get(url)


def test_redirects_may_lead_into_private_networks(spoil):
    for url in spoil("redirect_private")[:2]:
        response = requests.get(url, allow_redirects=False)
        assert response.status_code == 302
        assert response.headers["Location"] == "http://127.0.0.2:9/latest/meta-data/"


def test_a_gzip_bomb_is_small_and_becomes_large(spoil):
    response = requests.get(spoil("gzip_bomb")[0], stream=True)
    packed = response.raw.read(decode_content=False)
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(packed) < 1_000_000
    unpacker = zlib.decompressobj(wbits=31)
    size, unread = 0, packed
    while unread:
        size += len(unpacker.decompress(unread, 1 << 24))
        unread = unpacker.unconsumed_tail
    assert unpacker.eof
    assert size == 512 << 20


def test_a_page_for_people_may_come_instead(spoil):
    for url in spoil("html")[:2]:
        response = requests.get(url)
        assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html")
        assert response.text.startswith("<!doctype html>")


@pytest.mark.parametrize(("kind", "claimed"), [("huge", 2 << 30), ("endless", 0)])
def test_a_body_may_be_huge_announced_or_not(spoil, kind, claimed):
    for url in spoil(kind)[:2]:
        with requests.get(url, stream=True, headers={"Accept-Encoding": "identity"}) as response:
            assert int(response.headers.get("Content-Length", 0)) >= claimed
            read = sum(len(response.raw.read(1 << 20)) for _ in range(8))
        assert read == 8 << 20


def test_a_flood_ends_when_the_client_has_gone():
    class Gone:
        written = 0

        def is_closing(self):
            return self.written > 0

        def write(self, data):
            self.written += 1

    async def flood():
        connection = Connection(lambda request: None, set(), latency_s=0.0)
        connection.transport = Gone()
        await connection.send_steps(Sending([Step(b"x", times=100)], keep=True))
        return connection.transport.written

    assert asyncio.run(flood()) == 1


def test_a_body_may_be_empty(spoil):
    response = requests.get(spoil("empty")[0])
    assert (response.status_code, response.content) == (200, b"")


def test_json_may_end_in_the_middle(spoil):
    page, _, truth = spoil("truncated")
    cut = requests.get(page).text
    assert truth.text.startswith(cut)
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut)


def test_keys_may_be_missing(spoil, faulty):
    missed = set()
    for limit in range(20, 30):
        url = f"{faulty.url}/products?pid=x&limit={limit}"
        spoil("missing_keys")
        missed.add(tuple(requests.get(url).json()))
    assert missed == {(), ("metadata",), ("products",)}


def test_an_error_may_come_with_status_200(spoil):
    response = requests.get(spoil("error_body")[0])
    assert (response.status_code, response.json()["errorCode"]) == (200, 500)


def test_a_picture_may_be_corrupt(spoil):
    data = requests.get(spoil("corrupt")[1]).content
    with Image.open(io.BytesIO(data)) as picture, pytest.raises(OSError, match=r"truncated|broken"):
        picture.load()


def test_a_picture_may_be_a_bomb(spoil):
    data = requests.get(spoil("pixel_bomb")[1]).content
    assert len(data) < 100_000
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(data))


def test_a_fault_fits_what_it_befalls(spoil):
    page, picture, truth = spoil("corrupt")
    assert requests.get(page).json() == truth.json()
    spoil("truncated")
    assert requests.get(picture).headers["Content-Type"] == "image/jpeg"


def test_what_is_pinned_to_a_product_stays(jeans_corpus):
    pins = {"700000001": "no_id", "700000002": "wrong_types", "700000003": "corrupt"}
    pins |= {"700000004": "file_url", "bootcut-jeans": "server_error", "robots": "server_error"}
    with ShopstyleServer(jeans_corpus, faults=Faults(pinned=pins)) as server:

        def get(path):
            return requests.get(server.url + path)

        assert "id" not in get("/products/700000001?pid=x").json()
        assert get("/products/700000002?pid=x").json()["categories"] == "none"
        image = get("/products/700000004?pid=x").json()["image"]
        assert image["sizes"]["XLarge"]["url"] == "file:///etc/passwd"
        assert get("/products/700000005?pid=x").json()["id"] == 700000005
        for _ in range(4):
            assert get("/products?pid=x&cat=bootcut-jeans").status_code >= 500
        assert get("/products?pid=x&cat=skinny-jeans").status_code == 200
        assert requests.get(f"{server.origin}/robots.txt").status_code >= 500


@pytest.mark.parametrize("answer", [PAGE, PICTURE])
def test_the_share_of_faults_is_kept_and_spread_over_all_kinds(answer):
    faults = Faults(share=0.3)
    drawn = Counter(faults.choose(f"/{n}", 1, answer) for n in range(10_000))
    fitting = {*ANYWHERE, *(IN_JSON if answer is PAGE else IN_PICTURES)}
    assert drawn.keys() == {*fitting, ""}
    assert 1 - drawn[""] / 10_000 == pytest.approx(0.3, abs=0.02)
    assert min(drawn[kind] for kind in fitting) > 0.5 * 10_000 * 0.3 / len(fitting)


def test_a_fault_can_have_a_share_of_its_own():
    faults = Faults(shares={"reset": 0.2, "corrupt": 0.5})
    drawn = Counter(faults.choose(f"/{n}", 1, PAGE) for n in range(5_000))
    assert drawn.keys() == {"", "reset"}
    assert drawn["reset"] / 5_000 == pytest.approx(0.2, abs=0.02)


def test_the_same_seed_makes_the_same_faults():
    def drawn(seed):
        return [Faults(0.2, seed=seed).choose(f"/{n % 50}", n // 50, PAGE) for n in range(300)]

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_retry_succeeds_in_the_end():
    always, often = Faults(share=1.0, longest_run=3), Faults(share=0.5)
    assert [bool(always.choose("/a", n, PAGE)) for n in range(1, 5)] == [True] * 3 + [False]
    for url in range(300):
        faulty = [bool(often.choose(f"/{url}", n, PAGE)) for n in range(1, 30)]
        assert "TTT" not in "".join("FT"[f] for f in faulty)
    assert any(often.choose(f"/{n}", 1, PAGE) for n in range(9))


def test_who_asks_does_not_change_the_fault(jeans_corpus):
    faults = Faults(shares={"server_error": 0.5})
    answered = []
    for pid in ("a", "b"):
        with ShopstyleServer(jeans_corpus, faults=faults) as server, requests.Session() as session:
            urls = [f"{server.url}/products?pid={pid}&offset={n}" for n in range(12)]
            answered.append([session.get(url).status_code == 200 for url in urls])
            assert server.requests.faults == {"server_error": answered[-1].count(False)}
    assert answered[0] == answered[1]
    assert set(answered[0]) == {True, False}


def test_errors_and_robots_are_not_made_worse():
    faults = Faults(share=1.0)
    assert faults.choose("/", 1, Answer("products", b"", 404)) == ""
    assert faults.choose("/robots.txt", 1, Answer("robots", b"")) == ""


def test_unknown_faults_are_refused():
    with pytest.raises(ValueError, match=r"Unknown fault 'rest'\. Choose from: latency, "):
        Faults(shares={"rest": 0.5})
    with pytest.raises(ValueError, match="Unknown fault 'gone'"):
        Faults(pinned={"7": "gone"})
    assert all(kind.__doc__ for kind in KINDS.values())
