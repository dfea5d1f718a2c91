"""The document of the service, held against the service by schemathesis: all of its checks."""

import subprocess
import sys

import pytest

from prodcat.corpus.store import Corpus
from prodcat.review.queue import fill
from prodcat.review.sources import chosen_products
from prodcat.search.similar import SimilarProducts
from prodcat.serve.settings import Limits
from tests.serve.serving import KEY, served
from tests.toy import draw_corpus

pytestmark = pytest.mark.slow
EXAMPLES = 2
"""Of each operation and kind; by hand, 15 found nothing either."""


def test_the_document_says_what_the_service_does(tmp_path):
    (tmp_path / "keys").write_text(KEY)
    corpus = draw_corpus(tmp_path, products=60)
    SimilarProducts.build(corpus).close()
    with Corpus.open(corpus) as opened:
        fill(opened, chosen_products(opened))
    # A service that refuses a request for want of room would be right, too.
    limits = Limits(waiting=10_000)
    with served(None, corpus=corpus, key_file=tmp_path / "keys", limits=limits) as service:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/openapi.json"),
                *("-H", f"Authorization: Bearer {KEY}", "--checks", "all", "--no-color"),
                *("--max-examples", str(EXAMPLES), "--seed", "1"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
        )
    assert done.returncode == 0, done.stdout[-5000:]
