"""Values as shops write them, whose types nothing guarantees."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crawler.http.normal import normal_url
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import CategoryPath, join_path, split_path
from prodcat.taxonomy.tree import Category, Taxonomy

# Longer than any id, name or price, and short enough for a shop that fills one to do no harm.
MAX_WORD_CHARS = 2000
MAX_URL_CHARS = 4000
MAX_LEVELS = 20
AMOUNT = re.compile(r"\d[\d.,'’\u00a0\u202f ]*")
# Beside an amount alone: elsewhere three small letters are a word.
SMALL_CURRENCY = re.compile(r"^([a-z]{3})\s?\d[\d.,]*$|^\d[\d.,]*\s?([a-z]{3})$", re.IGNORECASE)
CURRENCY = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")


def read_word(value: Any) -> str:
    r"""Read an id or a short text; whatever is too long or none is empty.

    >>> read_word(" A1 "), read_word(7), read_word(7.0), read_word(None), read_word({})
    ('A1', '7', '7', '', '')
    """
    # 7.0 is the same id as 7, and JSON does not tell one from the other.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        # JSON can hold half of a surrogate pair, which no database takes.
        text = value.strip().encode("utf-8", "replace").decode().replace("\x00", "")
    elif isinstance(value, int | float) and not isinstance(value, bool) and is_finite(value):
        text = f"{value}"
    else:
        return ""
    return text if len(text) <= MAX_WORD_CHARS else ""


def read_text(value: Any) -> str:
    """Read a text of any length, as it is; a list of texts is joined.

    >>> read_text("<p>Warm</p>"), read_text(["Warm", None, "dry"]), read_text({"@value": "Warm"})
    ('<p>Warm</p>', 'Warm dry', 'Warm')
    """
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, list):
        return " ".join(
            text for text in (read_text(v) for v in value if isinstance(v, str)) if text
        )
    return value if isinstance(value, str) else read_word(value)


def read_list(value: Any) -> list[Any]:
    """Read one or several as several.

    >>> read_list([1, 2]), read_list("a"), read_list(None)
    ([1, 2], ['a'], [])
    """
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def read_objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield those of one or several that are objects."""
    return (entry for entry in read_list(value) if isinstance(entry, dict))


def read_price(value: Any) -> float | None:
    """Read an amount of money, written in any of the usual ways.

    >>> read_price("15.00 USD"), read_price("1.299,00 €"), read_price("1,299"), read_price("15,5")
    (15.0, 1299.0, 1299.0, 15.5)
    >>> read_price(88), read_price("free"), read_price(-1), read_price(True)
    (88.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        amount = AMOUNT.search(value[:100])
        # A minus in front, which the expression leaves out: no price is below nothing.
        if amount is None or value[: amount.start()].rstrip().endswith("-"):
            return None
        value = _as_decimal(amount[0])
    if not is_finite(value):
        return None
    price = float(value)
    return price if 0 <= price < math.inf else None


def _as_decimal(amount: str) -> float:
    digits = re.sub(r"[^\d.,]", "", amount).strip(".,")
    dot, comma = digits.rfind("."), digits.rfind(",")
    # The later of both is the decimal mark; a single comma is, too, unless it parts thousands.
    if dot >= 0 and comma >= 0:
        thousands = "," if dot > comma else "."
    elif comma >= 0:
        thousands = "," if re.fullmatch(r"\d{1,3}(,\d{3})+", digits) else ""
    else:
        thousands = "." if digits.count(".") > 1 else ""
    digits = digits.replace(thousands, "") if thousands else digits
    digits = digits.replace(",", ".")
    # What has several decimal points even so is no amount.
    return float(digits) if digits.count(".") <= 1 else math.nan


def is_finite(value: float) -> bool:
    """Tell whether a number fits a float; JSON can hold others.

    >>> is_finite(1.5), is_finite(10**400), is_finite(float("nan"))
    (True, False, False)
    """
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def read_currency(value: Any) -> str:
    """Find the three letters of a currency.

    >>> [read_currency(text) for text in ("15.00 USD", "eur", "15 €", "9 eur")]
    ['USD', 'EUR', '', 'EUR']
    """
    text = read_word(value)
    if len(text) == 3 and text.isascii() and text.isalpha():
        return text.upper()
    match = CURRENCY.search(text) or SMALL_CURRENCY.search(text)
    return match[match.lastindex or 0].upper() if match else ""


def read_url(value: Any, base: str) -> str:
    r"""Return the absolute http address in its one form; empty if it is none.

    >>> read_url("//cdn.example/a 1.jpg", "https://shop.example/products/1")
    'https://cdn.example/a%201.jpg'
    >>> read_url("javascript:alert(1)", "https://shop.example/"), read_url(None, "")
    ('', '')
    >>> read_url("https://shop.example\n/a", "")
    'https://shop.example/a'
    """
    text = read_word(value)
    if not text or len(text) > MAX_URL_CHARS:
        return ""
    try:
        url = normal_url(text, base)
    except ValueError:
        return ""
    # Escaped, letters beyond ASCII take up to nine times their room.
    return url if len(url) <= MAX_URL_CHARS else ""


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Return what is not empty, each once, in order.

    >>> unique(["b", "", "a", "b"])
    ('b', 'a')
    """
    return tuple(dict.fromkeys(value for value in values if value))


def read_path(value: Any) -> CategoryPath:
    r"""Read a category path, written ``A > B`` or as a list of levels.

    >>> read_path("Women &gt; Shoes > Boots")
    ('Women', 'Shoes', 'Boots')
    >>> read_path(["Women", None, "Shoes"]), read_path(7), read_path({})
    (('Women', 'Shoes'), ('7',), ())
    """
    if isinstance(value, list):
        levels = [clean_text(read_word(level)) for level in value]
    else:
        levels = [clean_text(level) for level in split_path(clean_text(read_word(value)))]
    # A text full of ">" would else become as many categories.
    return tuple(level for level in levels if level)[:MAX_LEVELS]


def path_categories(paths: Iterable[Sequence[str]]) -> tuple[Category, ...]:
    """Return the nodes of all the paths, whose ids are the joined paths.

    >>> [category.id for category in path_categories([("Shoes", "Boots"), ("Shoes",)])]
    ['Shoes', 'Shoes > Boots']
    """
    return tuple(Taxonomy.from_paths(path for path in paths if path))


def path_id(path: Sequence[str]) -> str | None:
    """Return the id of a path; None for none.

    >>> path_id(("Shoes", "Boots")), path_id(())
    ('Shoes > Boots', None)
    """
    return join_path(path) if path else None
