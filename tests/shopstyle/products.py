"""Product and category objects of the ShopStyle-compatible server, field by field."""

import html
import re
from typing import Any

from tests.shopstyle.listings import COLORS, SIZES, Listing
from tests.shopstyle.pictures import BOXES, FILES, SUFFIXES, Pictures, fit_size
from tests.shopstyle.shop import Shop
from tests.shopstyle.tree import Node, Tree, slug_of

SITE = "https://www.shopstyle.com"
API_SITE = "https://api.shopstyle.com"
PID_MARK = "@@PID@@"
"""Stands for the caller's partner id in prepared JSON."""


def category_object(node: Node, tree: Tree, *, is_root: bool = False) -> dict[str, Any]:
    """Write a category as ``/categories`` lists it."""
    parent_id = tree.parents.get(node.id)
    return {
        "id": node.id,
        "numId": tree.numbers[node.id],
        "name": node.name,
        "shortName": node.short_name,
        "fullName": node.full_name,
        "localizedId": node.id,
        "localizedIds": dict.fromkeys(node.locales, node.id),
        **({"parentId": parent_id} if parent_id and not is_root else {}),
        "hasHeelHeightFilter": node.has_heels,
        "hasSizeFilter": node.has_sizes,
        "hasColorFilter": node.has_colors,
    }


def category_label(name: str, tree: Tree) -> dict[str, Any]:
    """Write a category as products list it; the tree need not know it."""
    node = tree.nodes.get(name)
    words = name.replace("-", " ").title()
    return {
        "id": name,
        "name": node.name if node else words,
        "shortName": node.short_name if node else words,
        "fullName": node.full_name if node else words,
        "localizedId": name,
        **({"numId": tree.numbers[name]} if node else {}),
    }


def major_category(name: str, tree: Tree) -> dict[str, Any]:
    """The department that a category is in: two levels below the root, where there are two."""
    above = tree.ancestors(name)
    label = category_label(above[min(2, len(above) - 1)], tree)
    label.pop("numId", None)
    return label


def price_label(price: float) -> str:
    """Write a price as the shop does.

    >>> price_label(88.0), price_label(61.6), price_label(1250.0)
    ('$88', '$61.60', '$1,250')
    """
    return f"${price:,.0f}" if price == int(price) else f"${price:,.2f}"


def write_description(listing: Listing) -> str:
    """The description, for every third product as HTML."""
    if listing.seed // 67 % 3 or not listing.description:
        return listing.description
    sentences = re.split(r"(?<=[.!?]) +", html.escape(listing.description, quote=False))
    return f"<p>{'<br/>'.join(sentences)}</p>"


def image_object(listing: Listing, origin: str, pictures: Pictures) -> dict[str, Any]:
    """Write a picture with its eight sizes."""
    image_id = listing.image_id
    size = pictures.size(image_id)
    slug = slug_of(listing.name.lower())[:60].strip("-")
    sizes: dict[str, Any] = {}
    for name, box in BOXES.items():
        suffix = SUFFIXES[name]
        url = f"{origin}/sim/{image_id[:2]}/{image_id[2:4]}/{image_id}{suffix}/{slug}.jpg"
        sizes[name] = {"sizeName": name, "url": url}
        if box is not None:
            sizes[name] |= {"width": box[0], "height": box[1]}
            if size is not None:
                width, height = fit_size(size, FILES[suffix])
                sizes[name] |= {"actualWidth": width, "actualHeight": height}
    return {"id": image_id, "sizes": sizes}


def product_object(listing: Listing, shop: Shop, origin: str, pictures: Pictures) -> dict[str, Any]:
    """Write a product with all its fields."""
    seed, slug = listing.seed, slug_of(listing.name.lower())
    has_brand = seed // 71 % 20 > 0
    retailer = {
        "id": shop.retailer_ids[listing.retailer],
        "name": listing.retailer,
        "score": 25 - seed // 73 % 20,
        "itpCompatible": True,
    }
    product: dict[str, Any] = {
        "id": listing.id,
        "name": listing.name,
        "brandedName": f"{listing.brand} {listing.name}".strip() if has_brand else listing.name,
        "unbrandedName": listing.name,
        "currency": listing.currency,
        "price": listing.price,
        "priceLabel": price_label(listing.price),
        "inStock": seed // 79 % 10 > 0,
        "stock": [
            {"color": {"name": COLORS[color]}, "size": {"name": SIZES[size]}}
            for color in listing.colors
            for size in listing.sizes
        ],
        "retailer": retailer,
        "retailerBrand": listing.brand,
        "locale": listing.locale,
        "description": write_description(listing),
        "clickUrl": f"{API_SITE}/action/apiVisitRetailer?id={listing.id}&pid={PID_MARK}",
        "alternateImages": [],
        "colors": [
            {"name": COLORS[color], "canonicalColors": [{"id": color, "name": COLORS[color]}]}
            for color in listing.colors
        ],
        "sizes": [
            {"name": SIZES[size].split()[0], "canonicalSize": {"id": size, "name": SIZES[size]}}
            for size in listing.sizes
        ],
        "categories": [category_label(name, shop.tree) for name in listing.categories],
        "extractDate": listing.extracted.isoformat(),
        "lastModified": listing.modified.isoformat(),
        "isOnSale": bool(listing.discount),
        "discount": listing.discount,
        "preOwned": seed // 83 % 30 == 0,
        "rental": False,
        "favoriteCount": listing.popularity,
        "badges": [],
        "seeMoreLabel": f"See more from {listing.retailer}",
        "seeMoreUrl": f"{SITE}/browse?fl=r{retailer['id']}",
        "pageUrl": f"{SITE}/p/{slug}/{listing.id}",
        "urlIdentifier": slug,
    }
    if listing.image_sha256:
        product["image"] = image_object(listing, origin, pictures)
    if has_brand:
        product["brand"] = {"id": shop.brand_ids[listing.brand], "name": listing.brand}
    if listing.discount:
        product["salePrice"] = listing.sale_price
        product["salePriceLabel"] = price_label(listing.sale_price)
    if seed // 89 % 25 == 0:
        product["promotionalDeal"] = deal_object(listing, retailer)
    return product


def deal_object(listing: Listing, retailer: dict[str, Any]) -> dict[str, Any]:
    """Write a promotion that some products have."""
    return {
        "id": listing.seed % 100_000,
        "type": "SALE",
        "typeLabel": "Sale",
        "title": f"10% off at {listing.retailer} & more",
        "shortTitle": "10% off",
        "retailer": {"id": retailer["id"], "name": retailer["name"]},
        "startDate": listing.extracted.isoformat(),
        "endDate": listing.modified.isoformat(),
    }
