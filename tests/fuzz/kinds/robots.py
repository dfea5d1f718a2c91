"""Rules for robots: whole, mutated, and grown; asked after addresses that fit them nearly."""

import contextlib
import json
import random
from pathlib import Path

from crawler.errors import FetchError
from crawler.http.messages import Response
from crawler.http.robots import Robots
from tests.fuzz.mutating import mutated

RULES = b"""User-agent: *
Disallow: /private
Allow: /private/*/open$
Disallow: /*?sort=
Crawl-delay: 2
Request-rate: 1/5s

User-agent: prodcat
Disallow: /cart
Sitemap: https://shop.example/sitemap.xml
"""
WORDS = (
    *(b"User-agent: *\n", b"Disallow: /", b"Allow: ", b"*", b"$", b"*a", b"Crawl-delay: nan\n"),
    *(
        b"Crawl-delay: 1e999\n",
        b"Crawl-delay: -1\n",
        b"Request-rate: 1/0s\n",
        b"Sitemap: http://[\n",
    ),
    *(b"Request-rate: 9/9m 0000-9999\n", b"\xef\xbb\xbf", b"%zz", b"%2f", b"#", b"Visit-time: x\n"),
)
GROWING = (b"*a", b"*", b"a*b", b"User-agent: *\n", b"Disallow: /*a*b\n", b"/", b"%2f", b"#", b"\r")


def make(draw: random.Random, folder: Path) -> None:
    """Write a robots.txt, and addresses."""
    content = RULES
    if draw.random() < 0.5:
        place, piece = draw.randint(0, len(content)), draw.choice(GROWING)
        content = content[:place] + piece * draw.choice((10, 100, 20_000)) + content[place:]
    if draw.random() < 0.8:
        content = mutated(draw, content, words=WORDS)
    (folder / "robots.txt").write_bytes(content)
    pieces = ("a", "/", "private", "?sort=", "%2f", "b", "é", "*", "$", "open")
    paths = ["".join(draw.choices(pieces, k=draw.choice((1, 5, 900)))) for _ in range(4)]
    (folder / "paths.json").write_text(json.dumps([*paths, "a" * 4000]))


def run(folder: Path) -> None:
    """Ask which of the addresses may be fetched, how often, and where sitemaps are."""
    content = (folder / "robots.txt").read_bytes()
    delays: list[float] = []
    answer = Response("", 200, {}, content)
    robots = Robots(lambda url, private: answer, "prodcat", lambda url, s: delays.append(s))
    for path in json.loads((folder / "paths.json").read_text()):
        try:
            robots.check(f"https://shop.example/{path}")
        except FetchError as error:
            allowed = ("robots", "robots-unreachable")
            if error.reason not in allowed:
                raise AssertionError(error.reason) from error
    if not all(0.0 < delay <= 60.0 for delay in delays):
        raise AssertionError(delays)
    with contextlib.suppress(FetchError):
        robots.sitemaps("https://shop.example/")
