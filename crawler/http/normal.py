"""One form of each address, as browsers send it: to fetch by, to compare hosts and to know again.

Browsers mend what people and programs write: letters beyond ASCII, spaces, backslashes, dots on
the way up, a port that is the usual one. By the rules of the WHATWG's URL Standard, and beyond
them what RFC 3986, 6.2.2 takes for the same: ``%7e`` is ``~``, and ``%c3`` is ``%C3``.
"""

import re
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit

SCHEMES = ("http", "https")
PORTS = {"http": 80, "https": 443}
MAX_URL_CHARS = 8000
# What stands so is in its form already, which is so of nearly all addresses.
LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
LEVEL = "[A-Za-z0-9_~,;:@!$&'()*+=-][A-Za-z0-9_~.,;:@!$&'()*+=-]*"
PLAIN = re.compile(
    rf"https?://{LABEL}(?:\.{LABEL})+/(?:{LEVEL}(?:/{LEVEL})*/?)?"
    r"(?:\?[A-Za-z0-9_~.,;:@!$&'()*+=/?-]+)?"
)
WITHOUT_BREAKS = str.maketrans("", "", "\t\r\n")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Those that libraries leave as they are, so that what is sent is what is compared.
SAFE = "!#$%&'()*+,/:;=?@[]~"
SAFE_HOST = re.compile(r"[a-z0-9._~!$&'()*+,;=-]+")
AUTHORITY = re.compile(r"(https?):[/\\]*", re.IGNORECASE)
IPV6 = re.compile(r"\[[0-9a-f:.]+\]")


def normal_url(url: str, base: str = "") -> str:
    r"""Return the one form of an http address.

    Args:
        url: As a page, a server or a person writes it.
        base: Of what it is relative to; empty where it must be whole.

    Raises:
        ValueError: If it is none.

    >>> normal_url("HTTPS://Shop.Example:443/a/../Größe 1?q=ü#top")
    'https://shop.example/Gr%C3%B6%C3%9Fe%201?q=%C3%BC'
    >>> normal_url("//bücher.example/%7ea%2fb", "https://shop.example/p/1")
    'https://xn--bcher-kva.example/~a%2Fb'
    >>> normal_url("..\\img\\my 1.jpg", "https://shop.example/p/1")
    'https://shop.example/img/my%201.jpg'
    """
    if PLAIN.fullmatch(url):
        return url
    if len(url) > MAX_URL_CHARS:
        raise ValueError("an address without end")
    text = url.strip("".join(map(chr, range(33)))).translate(WITHOUT_BREAKS)
    place, mark, query = text.partition("#")[0].partition("?")
    # In a query a backslash is a character like any other.
    text = place.replace("\\", "/") + mark + query
    if (whole := AUTHORITY.match(text)) and not (
        # "http:a" beside an address of that scheme is relative, as browsers have it.
        whole[0].endswith(":") and base.lower().startswith(whole[0].lower())
    ):
        text = f"{whole[1].lower()}://{text[whole.end() :]}"
    elif text.startswith(("///", "//")):
        text = f"//{text.lstrip('/')}"
    parts = urlsplit(urljoin(base, text) if base else text)
    if parts.scheme.lower() not in SCHEMES or not parts.netloc:
        raise ValueError("no http address")
    scheme = parts.scheme.lower()
    userinfo, at, _ = parts.netloc.rpartition("@")
    port = parts.port  # asking for it is what checks it
    if port == 0:
        raise ValueError("no port")
    host = normal_host(parts.hostname or "")
    place = "" if port in (None, PORTS[scheme]) else f":{port}"
    path = without_dots(normal_text(parts.path)) or "/"
    query = f"?{normal_text(parts.query)}" if parts.query else ""
    return f"{scheme}://{userinfo}{at}{host}{place}{path}{query}"


@lru_cache(maxsize=4096)
def normal_host(host: str) -> str:
    """Return the form that a host's name is asked for by.

    Raises:
        ValueError: If it is none.

    >>> normal_host("Bücher.EXAMPLE"), normal_host("shop.example."), normal_host("::1")
    ('xn--bcher-kva.example', 'shop.example', '[::1]')
    """
    name = unquote(host).lower()
    if ":" in name:
        if not IPV6.fullmatch(f"[{name.partition('%')[0]}]"):
            raise ValueError("no address of IPv6")
        return f"[{name}]"
    if not name.isascii():
        import idna

        try:
            name = idna.encode(name, uts46=True, transitional=False).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise ValueError(f"no name of a host: {error}") from None
    # The dot of the root names the same host, which limits and rules would else take for another.
    name = name.removesuffix(".")
    if not SAFE_HOST.fullmatch(name):
        raise ValueError("no name of a host")
    return name


def normal_text(text: str) -> str:
    """Return a path or a query as it is sent: escaped where it must be, and nowhere else.

    >>> normal_text("/a b%7e%zz/é|"), normal_text("/100%")
    ('/a%20b~%25zz/%C3%A9%7C', '/100%25')
    """
    pieces = ESCAPE.split(text)
    # Between the escapes a percent sign is one that nobody escaped.
    pieces[::2] = [quote(p.replace("%", "%25"), SAFE, errors="replace") for p in pieces[::2]]
    pieces[1::2] = map(_escape, pieces[1::2])
    return "".join(pieces)


def _escape(digits: str) -> str:
    byte = int(digits, 16)
    return chr(byte) if byte in UNRESERVED else f"%{digits.upper()}"


def without_dots(path: str) -> str:
    """Go up where a path goes up.

    >>> without_dots("/a/./b/../c"), without_dots("/../a/.."), without_dots("/a//b")
    ('/a/c', '/', '/a//b')
    """
    if "/." not in path:
        return path
    levels: list[str] = []
    parts = path.split("/")
    for level in parts[1:]:
        if level == "..":
            del levels[-1:]
        elif level != ".":
            levels.append(level)
    end = "/" if parts[-1] in (".", "..") and levels else ""
    return "/" + "/".join(levels) + end


def location_of(raw: str) -> str:
    """Return what a Location header says, whose bytes beyond ASCII are mostly UTF-8.

    >>> location_of("/gr\u00c3\u00b6\u00c3\u009fe"), location_of("/gr\u00f6")
    ('/größe', '/grö')
    """
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return raw
