"""Pages that ask whether we are a person, instead of what was asked for.

Sent with whatever status, 200 among them, they would else count as pages without a product, and a
crawl would ask for all the others, too.
"""

from collections.abc import Mapping

LARGEST_BYTES = 100_000
"""Larger pages are pages: what asks for a person is small, and some of its words are in others."""
HEADERS = {"cf-mitigated": "challenge", "x-amzn-waf-action": ""}
"""Headers that stand on such pages alone, with a value where others may have them."""
WORDS = (
    b"_cf_chl_opt",
    b"cf-browser-verification",
    b"captcha-delivery.com",
    b"_incapsula_resource",
    b"px-captcha",
    b"awswafintegration",
    b"sucuri_cloudproxy_js",
    b"/_sec/cp_challenge/",
    b"ddos-guard/js-challenge",
    b"geo.captcha-delivery",
    b"<title>just a moment...</title>",
    b"<title>attention required! | cloudflare</title>",
    b"<title>pardon our interruption</title>",
    b"<title>robot check</title>",
)


def is_challenge(headers: Mapping[str, str], content: bytes) -> bool:
    """Tell whether an answer asks for a person.

    Args:
        headers: Of the answer.
        content: Its body, or the beginning of it.

    >>> is_challenge({"cf-mitigated": "challenge"}, b""), is_challenge({}, b"<title>Boots</title>")
    (True, False)
    """
    for name, value in HEADERS.items():
        if name in headers and headers[name].lower().startswith(value):
            return True
    if len(content) > LARGEST_BYTES or "html" not in headers.get("Content-Type", "").lower():
        return False
    # A shop's own page has its product in words of schema.org, whatever else is in it.
    text = content.lower()
    return any(word in text for word in WORDS) and b"schema.org" not in text
