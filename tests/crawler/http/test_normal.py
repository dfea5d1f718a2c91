import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.normal import normal_url
from tests.crawler.site import reply

PAGE = "https://shop.example/a/b?c=d"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("HTTPS://SHOP.Example:443", "https://shop.example/"),
        ("http://shop.example:0080/a", "http://shop.example/a"),
        ("https://shop.example:8443/a", "https://shop.example:8443/a"),
        ("https://shop.example./a", "https://shop.example/a"),
        ("https://bücher.example/ä?ö=ü", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("https://xn--bcher-kva.example/%c3%a4", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://shop.example/./x/../my shoe#top", "https://shop.example/my%20shoe"),
        ("https://shop.example/%7Euser/%41%2f", "https://shop.example/~user/A%2F"),
        ("https://shop.example/100%/a%zz", "https://shop.example/100%25/a%25zz"),
        ("https:\\\\shop.example\\a", "https://shop.example/a"),
        ("\thttps://shop.example/a\nb ", "https://shop.example/ab"),
        ("//cdn.example/1.jpg", "https://cdn.example/1.jpg"),
        ("///cdn.example/1.jpg", "https://cdn.example/1.jpg"),
        ("../1.jpg", "https://shop.example/1.jpg"),
        ("?e=f g", "https://shop.example/a/b?e=f%20g"),
        ("", "https://shop.example/a/b?c=d"),
        ("http://[2001:DB8::1]/", "http://[2001:db8::1]/"),
    ],
)
def test_an_address_has_one_form(written, normal):
    assert normal_url(written, PAGE) == normal
    assert normal_url(normal) == normal


@pytest.mark.parametrize(
    "written",
    ["javascript:alert(1)", "mailto:a@b.example", "data:,a", "http://", "http://a b.example/",
     "http://shop.example:99999/", "http://shop.example:0/", "http://[::1", "http://%00.example/"],
)  # fmt: skip
def test_what_is_no_address_is_refused(written):
    with pytest.raises(ValueError):  # noqa: PT011  (each says what is wrong in its own words)
        normal_url(written, PAGE)


@given(st.text(max_size=60), st.sampled_from(["", "https://shop.example/", "//", "/", "?"]))
def test_the_form_of_a_form_is_itself(text, beginning):
    try:
        normal = normal_url(beginning + text, PAGE)
    except ValueError:
        return
    assert normal_url(normal) == normal
    assert normal.isascii()
    assert not set(normal) & set(' \t\r\n#\\"<>')


@pytest.mark.parametrize("sent", ["/größe", "/gr\u00c3\u00b6\u00c3\u009fe", "/gr%c3%b6%c3%9fe"])
def test_a_redirect_is_followed_whatever_its_bytes_are(site, build_fetcher, sent):
    location = sent.encode("latin-1" if "\u00c3" in sent else "utf-8").decode("latin-1")
    site.answers["/a"] = reply(b"", 301, Location="X").replace(
        b"X\r\n", location.encode("latin-1") + b"\r\n"
    )
    site.answers["/gr%C3%B6%C3%9Fe"] = reply(b"found")
    assert build_fetcher().get(f"{site.url}/a").content == b"found"


def test_a_space_is_sent_as_browsers_send_it(site, build_fetcher):
    site.answers["/my%20shoe?a=b%20c"] = reply(b"found")
    assert build_fetcher().get(f"{site.url}/x/../my shoe?a=b c#top").content == b"found"
