"""The address of a shop, as a person gives it, and the name that its products go by."""

from urllib.parse import urlsplit

from prodcat.errors import ConfigError


def read_store_url(store: str) -> str:
    """Return the address without what no shop's address needs.

    Raises:
        ConfigError: If it is none.

    >>> read_store_url("shop.example"), read_store_url("http://localhost:8080/store/?a=b")
    ('https://shop.example', 'http://localhost:8080/store')
    """
    text = store.strip()
    url = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web or any(character.isspace() for character in url):
        raise ConfigError(
            f"{store!r} is no address of a shop. Give one such as https://shop.example."
        )
    # Not repeated in the message, which ends in logs.
    if parts.username or parts.password:
        raise ConfigError("Give the shop's address without a user name or password in it.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def source_name(kind: str, store: str) -> str:
    """Name a source after its shop, so that several shops can share a corpus.

    >>> source_name("shopify", "https://www.shop.example"), source_name("shopify", "http://[::1]:80")
    ('shopify-shop.example', 'shopify---1-80')
    """
    parts = urlsplit(store)
    host = (parts.hostname or "").removeprefix("www.").replace(":", "-")
    path = parts.path.strip("/").replace("/", "-").replace(":", "-")
    port = f"-{parts.port}" if parts.port else ""
    # No colon in it: the first one of a product's id ends the source's name.
    return f"{kind}-{host}{port}" + (f"-{path}" if path else "")
