"""Through all faults of the compatible server, retries bring the truth."""

import io
import json
import zlib

import pytest
from PIL import Image

from tests.shopstyle.fault_kinds import FaultSettings
from tests.shopstyle.faults import Faults
from tests.shopstyle_server import ShopstyleServer

requests = pytest.importorskip("requests")
urllib3 = pytest.importorskip("urllib3")


def fetch(session, url):
    """The body as a careful client gets it; None where it finds something wrong."""
    try:
        with session.get(url, stream=True, timeout=5, allow_redirects=False) as response:
            packed = response.raw.read(1 << 20, decode_content=False)
            if response.status_code != 200 or response.raw.read(1):
                return None
            is_packed = response.headers.get("Content-Encoding") == "gzip"
    except (OSError, urllib3.exceptions.HTTPError):
        return None
    try:
        body = zlib.decompressobj(31).decompress(packed, 1 << 20) if is_packed else packed
        if "/sim/" in url:
            with Image.open(io.BytesIO(body)) as picture:
                picture.load()
        else:
            assert {"metadata", "products"} <= json.loads(body).keys()
    except (OSError, ValueError, zlib.error, AssertionError, Image.DecompressionBombError):
        return None
    return body


@pytest.mark.slow
def test_a_careful_client_gets_everything_right_through_all_faults(jeans_corpus):
    quick = FaultSettings(latency_s=0.05, retry_after_s=0, slow_s=0.1)
    with ShopstyleServer(jeans_corpus) as server, requests.Session() as session:
        port = server.port
        pages = [f"{server.url}/products?pid=x&limit=5&offset={n}" for n in range(60)]
        sizes = requests.get(pages[0]).json()["products"][0]["image"]["sizes"].values()
        urls = [*pages, *{size["url"] for size in sizes}]
        truth = {url: fetch(session, url) for url in urls}
    assert None not in truth.values()
    faults = Faults(share=0.7, settings=quick)
    with ShopstyleServer(jeans_corpus, faults=faults, port=port) as server:
        for url in urls:
            with requests.Session() as session:
                bodies = [body for _ in range(3) if (body := fetch(session, url)) is not None]
            assert bodies, url
            assert set(bodies) == {truth[url]}
        assert len(server.requests.faults) > 15
