"""Products on a shelf that name pictures of a site, each with several."""

from crawler.items import Visit
from tests.crawler.shelf import item
from tests.crawler.site import reply
from tests.toy import LEAVES, draw_picture

PRODUCTS = (
    "select source_id, substr(image_url, instr(substr(image_url, 9), '/') + 9), image_status,"
    " image_sha256 is not null from products order by 1"
)
"""What became of the pictures of all products: id, picture, status, whether it is there."""


def hang(site, *names):
    """Have pictures, each another one."""
    for name in names:
        site.answers[f"/{name}.jpg"] = reply(draw_picture(LEAVES[0], seed=ord(name[0])))


def named(site, number, names, **fields):
    """Make a product that names pictures."""
    return item(number, image_urls=tuple(f"{site.url}/{name}.jpg" for name in names), **fields)


def page(site, *lists):
    return Visit(items=tuple(named(site, n, names) for n, names in enumerate(lists)))


def asked(site):
    """Return the names of the pictures that were asked for, in order, and forget them."""
    names = [path[1:-4] for path in site.paths if path.endswith(".jpg")]
    site.requests.clear()
    return names
