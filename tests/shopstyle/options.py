"""The command line of the ShopStyle-compatible server."""

import argparse
from pathlib import Path

from tests.shopstyle.fault_kinds import KINDS, SPOILED

TEACHING = """\
Serve a corpus as if it were ShopStyle, to try the crawler without an API key.

    python -m tests.shopstyle_server corpus.db
    python -m crawler shopstyle crawled.db --pid demo \\
        --api http://127.0.0.1:8080/api/v2 --allow-private

Any partner id will do but YOUR_API_KEY. The products, their categories and pictures are those
of the corpus; prices, brands, colours and dates that it does not hold follow from the ids.
"""
MORE = f"""\
Faults of answers: {", ".join(KINDS)}.
Faults of a product's object, for --pin: {", ".join(SPOILED)}.

Every tenth answer faulty, in all ways:        --faults 0.1
Only resets, and many:                         --fault reset=0.3
One product whose picture never comes whole:   --pin 1007=corrupt
A shop whose robots.txt cannot be had:         --pin robots=server_error
The whole tree of 2019 over these products:    --tree categories-2019.json
"""


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.shopstyle_server",
        description=TEACHING,
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("corpus", type=Path, help="the corpus to sell, such as `prodcat import` makes")
    add("--port", type=int, default=8080, help="default 8080; 0 for any that is free")
    add("--host", default="127.0.0.1", help="default 127.0.0.1: this machine alone")
    add("--tree", type=Path, metavar="FILE", help="spread the products over this tree instead")
    add("--oddities", type=share, metavar="SHARE", help="products with odd labels, of each sort")
    add("--faults", type=share, default=0.0, metavar="SHARE", help="share of faulty answers")
    add(
        "--fault",
        type=fault_share,
        action="append",
        default=[],
        metavar="KIND=SHARE",
        help="share of one fault; may be repeated",
    )
    add(
        "--pin",
        type=pinned_fault,
        action="append",
        default=[],
        metavar="ID=KIND",
        help="a fault that a product, picture, category or kind of request always has",
    )
    add("--seed", type=int, default=0, help="another seed puts the faults elsewhere")
    add("--latency-ms", type=float, default=0.0, metavar="MS", help="delay of every answer")
    add("--robots", type=Path, metavar="FILE", help="serve this as robots.txt")
    add("--per-minute", type=int, metavar="N", help="answer 429 above so many calls a minute")
    return parser.parse_args(arguments)


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def fault_share(text: str) -> tuple[str, float]:
    """A fault and its share."""
    kind, _, value = text.partition("=")
    if kind not in KINDS:
        raise argparse.ArgumentTypeError(f"{kind} is none of: {', '.join(KINDS)}")
    return kind, share(value)


def pinned_fault(text: str) -> tuple[str, str]:
    """Something that always has a fault, and the fault."""
    name, _, kind = text.rpartition("=")
    if not name or kind not in {*KINDS, *SPOILED}:
        kinds = ", ".join([*KINDS, *SPOILED])
        raise argparse.ArgumentTypeError(f"{text} is not ID=KIND with one of: {kinds}")
    return name, kind
