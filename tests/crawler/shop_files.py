"""Files as shops have them: sitemaps, pages with JSON-LD, Google Merchant feeds."""

import gzip


def urlset(*entries: str) -> bytes:
    """Write a sitemap whose entries hold loc, lastmod and what else there may be."""
    space = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    )
    urls = "".join(f"<url>{entry}</url>\n" for entry in entries)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {space}>\n{urls}</urlset>'.encode()


def sitemap_index(*entries: str) -> bytes:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    maps = "".join(f"<sitemap>{entry}</sitemap>" for entry in entries)
    return f'<?xml version="1.0"?><sitemapindex {space}>{maps}</sitemapindex>'.encode()


def product_html(*blocks: str, lang: str = "en-GB") -> bytes:
    """Write a product's page around blocks of JSON-LD."""
    scripts = "\n".join(f'<script type="application/ld+json">{b}</script>' for b in blocks)
    return (
        f'<!doctype html><html lang="{lang}"><head><title>Shop</title>'
        f"<script>var a = {{'b': 1}};</script>{scripts}</head>"
        "<body><h1>Shop</h1><p>Text &amp; more</p></body></html>"
    ).encode()


def feed_item(number: int, **changes: str) -> str:
    """Write one item of an RSS feed."""
    fields = {
        "g:id": f"A-{number}",
        "g:title": f"Hollis Clogs {number}",
        "g:description": "Cork &amp; leather.",
        "g:link": f"https://shop.example/p/{number}",
        "g:image_link": f"https://cdn.example/{number}.jpg",
        "g:availability": "in_stock",
        "g:price": "15.00 USD",
        "g:brand": "Northfield",
        "g:google_product_category": "187",
        "g:product_type": "Women &gt; Shoes &gt; Clogs",
        "g:item_group_id": f"G-{number // 2}",
        **{name.replace("_", ":", 1): text for name, text in changes.items()},
    }
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items() if text)
    shipping = "<g:shipping><g:country>US</g:country><g:price>5.95 USD</g:price></g:shipping>"
    return f"<item>{inner}{shipping}</item>\n"


def rss_feed(*items: str) -> bytes:
    """Write an RSS feed."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>'
        "<title>Shop</title><link>https://shop.example</link><description/>\n"
        f"{''.join(items)}</channel></rss>"
    ).encode()


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
