"""The lenient reader of JSON against the strict one: any values, any texts, valid ones broken.

Each input is a seed of many examples drawn by hypothesis, so that hundreds of thousands of them
take minutes.
"""

import json
import random
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from crawler.sources.reading.lenient_json import read_lenient, scan_values
from tests.crawler.any_json import any_json
from tests.fuzz.mutating import mutated

VALUES, TEXTS = 250, 2000
"""Examples of each input. Of each value there is a broken one, too."""
SECONDS = 1.0
"""For a megabyte, and no less for less."""
WORDS = (
    *(b"//", b"/*", b"*/", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"]]&gt;", b"&#34;", b"&quot;"),
    *(b"{", b"}", b"[", b"]", b",", b",,", b":", b'"', b"'", b"\\", b"\\'", b"\\x27", b"\\ud83d"),
    *(b"undefined", b"NaN", b"-", b"1e999", b"\xc2\xa0", b"\xef\xbb\xbf", b";", b"a", b'"a":'),
)
ANY_TEXT = st.text(alphabet="{}[]\",:&;#34 \n<!->/*ab\\ux0'CDAT[tnuel.e-", max_size=60)
CONTAINERS = any_json().filter(lambda value: isinstance(value, dict | list))


def make(draw: random.Random, folder: Path) -> None:
    """Write the seed."""
    (folder / "seed").write_text(str(draw.randrange(2**32)))


def run(folder: Path) -> None:
    """Read what the seed draws, and hold it against the strict reader."""
    number = int((folder / "seed").read_text())
    draw = random.Random(number)
    plain = settings(
        max_examples=TEXTS,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @seed(number)
    @settings(plain, max_examples=VALUES)
    @given(CONTAINERS, st.booleans(), st.sampled_from([None, 1]))
    def check_values(value: object, is_ascii: bool, indent: int | None) -> None:
        text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
        assert same(scan_values(text), [json.loads(text)])
        limit = 1 << (20 if draw.random() < 0.01 else 13)
        broken = mutated(draw, text.encode("utf-8", "replace"), words=WORDS, max_bytes=limit)
        check(broken.decode("utf-8", "replace"))

    @seed(number)
    @plain
    @given(ANY_TEXT)
    def check_texts(text: str) -> None:
        check(text)

    check_values()
    check_texts()


def check(text: str) -> None:
    """Read any text: without an exception, in time, and as the strict reader where it can."""
    began = time.process_time()
    values = read_lenient(text)
    spent = time.process_time() - began
    assert spent < SECONDS * max(1, len(text) / (1 << 20)), f"{spent:.2f} s for {len(text):,}"
    try:
        strict = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        assert all(isinstance(value, dict | list) for value in values)
        return
    assert same(values, [strict])
    if isinstance(strict, dict | list) and len(text) < 10_000:
        assert same(scan_values(text), [strict])


def same(first: object, second: object) -> bool:
    """Tell whether two values are the same to the letter, NaN and minus zero included."""
    return json.dumps(first) == json.dumps(second)
