"""The sources, by the name that the command line calls them."""

from crawler.sources.jsonld import JsonLd
from crawler.sources.merchant import MerchantFeed
from crawler.sources.shopify import Shopify
from crawler.sources.shopstyle import ShopStyle
from crawler.sources.woocommerce import WooCommerce

SOURCES = {
    "shopstyle": ShopStyle,
    "shopify": Shopify,
    "woocommerce": WooCommerce,
    "jsonld": JsonLd,
    "merchant": MerchantFeed,
}
