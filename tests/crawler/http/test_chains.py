import pytest

from tests.crawler.site import failure, reply


def wall(connection, headers):
    """Answer as a shop that wants its cookie back before it shows anything."""
    if "seen=1" in headers.get("cookie", ""):
        connection.sendall(reply(b"page"))
    else:
        connection.sendall(reply(b"", 302, Location="/p", Set_Cookie="seen=1; Path=/"))


def test_a_cookie_is_sent_back_within_its_chain_of_redirects(site, build_fetcher):
    site.answers["/p"] = wall
    fetcher = build_fetcher()
    assert fetcher.get(f"{site.url}/p").content == b"page"
    fetcher.get(f"{site.url}/p")
    sent = [headers.get("cookie", "") for path, headers in site.requests if path == "/p"]
    assert sent == ["", "seen=1", "", "seen=1"]


def test_a_cookie_goes_to_no_other_host(site, build_fetcher):
    other = site.url.replace("127.0.0.1", "localhost")
    site.answers["/a"] = reply(b"", 302, Location=f"{other}/b", Set_Cookie="seen=1")
    site.answers["/b"] = reply(b"page")
    fetcher = build_fetcher()
    # Within one host alone a redirect may lead to a private address.
    assert failure(fetcher, f"{site.url}/a").reason in ("private-address", "robots-unreachable")
    assert all("cookie" not in headers for path, headers in site.requests if path == "/b")


def test_a_chain_that_sets_new_cookies_without_end_has_one(site, build_fetcher):
    number = iter(range(100))

    def more(connection, headers):
        cookie = f"n={next(number)}"
        connection.sendall(reply(b"", 302, Location="/p", Set_Cookie=cookie))

    site.answers["/p"] = more
    assert failure(build_fetcher(tries=1), f"{site.url}/p").reason == "redirects"
    assert site.paths.count("/p") == 6


CHALLENGE = b"<!doctype html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>"


@pytest.mark.parametrize("status", [200, 202, 403, 503])
def test_a_page_that_asks_for_a_person_is_none(site, build_fetcher, status):
    site.answers["/p"] = reply(CHALLENGE, status, Content_Type="text/html")
    error = failure(build_fetcher(), f"{site.url}/p")
    assert (error.reason, error.retryable) == ("challenge", False)
    assert site.paths.count("/p") == 1


def test_a_product_page_that_loads_such_a_script_is_a_page(site, build_fetcher):
    page = (
        CHALLENGE + b'<script type="application/ld+json">{"@context":"https://schema.org"}</script>'
    )
    site.answers["/p"] = reply(page, Content_Type="text/html")
    assert build_fetcher().get(f"{site.url}/p").content == page
