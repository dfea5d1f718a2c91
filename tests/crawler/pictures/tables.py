"""Tables of products that name their pictures by addresses, and the answers of the site."""

import csv
from collections.abc import Mapping
from pathlib import Path

from tests.crawler.site import Site, reply
from tests.toy import LEAVES, draw_picture


def drawn(seed: int) -> bytes:
    """One picture."""
    return draw_picture(LEAVES[seed % len(LEAVES)], seed=seed)


def hang(site: Site, *names: str) -> None:
    """Let the site have a picture of each name."""
    for seed, name in enumerate(names):
        site.answers[f"/{name}"] = reply(drawn(seed), Content_Type="image/jpeg")


def write_table(file: Path, addresses: Mapping[str, str]) -> Path:
    """Write an export: sku → the address of its picture."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["sku", "title", "Image Src", "breadcrumb"])
        for sku, address in addresses.items():
            writer.writerow([sku, f"boots {sku}", address, "Women > Shoes"])
    return file


def pictures_asked(site: Site) -> list[str]:
    """What was asked for beside robots.txt."""
    return [path for path in site.paths if path != "/robots.txt"]
