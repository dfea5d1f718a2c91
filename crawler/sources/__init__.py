"""The sources, by the name that the command line calls them."""

from crawler.items import Source
from crawler.sources.jsonld.source import JsonLd
from crawler.sources.merchant.source import MerchantFeed
from crawler.sources.shopify import Shopify
from crawler.sources.shopstyle.source import ShopStyle
from crawler.sources.woocommerce import WooCommerce

SOURCES: dict[str, type[Source]] = {
    "shopstyle": ShopStyle,
    "shopify": Shopify,
    "woocommerce": WooCommerce,
    "jsonld": JsonLd,
    "merchant": MerchantFeed,
}
