"""Answers of servers: whole ones, cut ones and mutated ones, ended in any way.

Of an answer that was only cut the whole content must come, or an error that is tried again; of
one that was changed whatever comes must come in time.
"""

import contextlib
import gzip
import json
import random
import socket
import zlib
from pathlib import Path
from typing import Any

from crawler.errors import FetchError
from crawler.http.fetcher import Fetcher
from crawler.http.settings import FetchSettings
from tests.crawler.site import Site, break_off, reply
from tests.fuzz.mutating import mutated

TEXT = b"name,price\r\nboots,10\r\n"
PACKED = gzip.compress(TEXT, mtime=0)
CHUNKED = reply(Content_Length="", Transfer_Encoding="chunked")
CHUNKS = b"6\r\nname,p\r\n010;a=b\r\nrice\r\nboots,10\r\n\r\n00\r\nX-Sum: 1\r\n\r\n"
WHOLE = {
    "length": reply(TEXT, ETag='"1"'),
    "chunks": CHUNKED + CHUNKS,
    "gzip": reply(PACKED, Content_Encoding="gzip"),
    "gzip in chunks": reply(Content_Length="", Transfer_Encoding="chunked", Content_Encoding="gzip")
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(PACKED), PACKED),
    "deflate": reply(zlib.compress(TEXT), Content_Encoding="deflate"),
    "continue": reply(status=100, Content_Length="") + reply(TEXT),
    "redirect": reply(status=302, Location="/other"),
    "busy": reply(b"later", 503, Retry_After="1"),
    "gone": reply(b"gone", 404),
    "no length": reply(TEXT, Content_Length=""),
    "unchanged": reply(status=304, Content_Length="", ETag='"1"'),
}
ENDLESS = ("no length",)
"""What has no end but that of its connection, so that a close is one."""
EARLY = ("truncated", "timeout", "connection", "status-503")
"""What may be wrong with an answer that was only cut."""
WORDS = (
    *(b"HTTP/1.1 200 Told\r\n", b"HTTP/0.9", b"\r\n\r\n", b"\r", b"\n", b":", b"\x00", b" ", b"\t"),
    *(
        b"Content-Length: 5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999\r\n",
    ),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"chunked"),
    *(b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n", b"Content-Encoding: deflate\r\n"),
    *(
        b"Location: http://[::1\r\n",
        b"Location: //\xff\r\n",
        b"Location: \r\n",
        b"Location: /other\r\n",
    ),
    *(
        b"Location: http://a.example:x/\r\n",
        b"Location: file:///etc/passwd\r\n",
        b"Location: http:\r\n",
    ),
    *(
        b"Retry-After: 99999999999999999999\r\n",
        b"Retry-After: Sun, 99 Foo\r\n",
        b"302",
        b"101",
        b"999",
    ),
    *(
        b"ffffffffffffffff\r\n",
        b"0\r\n",
        b"-1\r\n",
        b"1;" + b"a" * 70_000,
        b"X: " + b"a" * 70_000 + b"\r\n",
    ),
    *(b"Content-Range: bytes 0-1/9\r\n", b"HTTP/1.1 100 Go on\r\n\r\n" * 50, b"X: y\r\n" * 150),
    *(
        b"Set-Cookie: a=b\r\n",
        b"Connection: upgrade\r\n",
        b"Retry-After: -5\r\n",
        b"Retry-After: 1e9\r\n",
    ),
)
ENDINGS = ("close", "close", "reset")


def make(draw: random.Random, folder: Path) -> None:
    """Write what a server sends, and how it ends."""
    name = draw.choice(list(WHOLE))
    sent = WHOLE[name]
    is_cut = draw.random() < 0.2
    if is_cut:
        sent = sent[: draw.randint(0, len(sent) - 1)]
    else:
        sent = mutated(draw, sent, words=WORDS, max_bytes=2 << 20)
    (folder / "sent").write_bytes(sent)
    plan = {"answer": name, "is_cut": is_cut, "ending": draw.choice(ENDINGS)}
    # Seldom, since each costs the whole time that an answer is given.
    if draw.random() < 0.01:
        plan["ending"] = "silence"
    (folder / "plan.json").write_text(json.dumps(plan))


def run(folder: Path) -> None:
    """Ask for it as a page, as JSON and as a download."""
    plan = json.loads((folder / "plan.json").read_text())
    sent = (folder / "sent").read_bytes()
    settings = FetchSettings(
        allow_private=True, tries=1, timeout_s=2.0, total_timeout_s=1.0, download_timeout_s=1.0
    )
    with offline(), Site() as site:
        site.answers |= {"/": break_off(sent, plan["ending"]), "/other": reply(TEXT)}
        fetcher = Fetcher(settings)
        try:
            ask(fetcher, f"{site.url}/", plan)
            with contextlib.suppress(FetchError):
                fetcher.json(f"{site.url}/", robots=False)
            with contextlib.suppress(FetchError):
                fetcher.download(f"{site.url}/", folder / "download", conditional=False)
        finally:
            fetcher.close()


def ask(fetcher: Fetcher, url: str, plan: dict[str, Any]) -> None:
    """Fetch, and see that what is cut is taken for nothing else."""
    error = None
    try:
        answer = fetcher.get(url, robots=False)
    except FetchError as refused:
        error = refused
    if not plan["is_cut"] or plan["answer"] == "gone":
        return
    if error is not None:
        assert error.reason in EARLY, error.reason
        assert error.retryable
    else:
        is_closed = plan["answer"] in ENDLESS and plan["ending"] == "close"
        assert is_closed or answer.not_modified or answer.content == TEXT, answer.content


@contextlib.contextmanager
def offline() -> Any:
    """Refuse whatever leads away from this machine: a redirect may name any host."""
    resolve = socket.getaddrinfo

    def resolving(host: Any, *rest: Any, **named: Any) -> Any:
        if host != "127.0.0.1":
            raise socket.gaierror(f"offline, and asked for {host!r}")
        return resolve(host, *rest, **named)

    socket.getaddrinfo = resolving
    try:
        yield
    finally:
        socket.getaddrinfo = resolve
