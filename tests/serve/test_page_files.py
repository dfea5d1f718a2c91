"""The page's files over HTTP."""

import pytest

pytestmark = pytest.mark.slow


def test_the_page_and_its_files_are_given_out_with_a_strict_policy(service):
    page = service.ask("GET", "/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    script = service.ask("GET", "/page/scripts/main.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "no-cache"
    again = service.ask(
        "GET", "/page/scripts/main.js", headers={"If-None-Match": script.headers["etag"]}
    )
    assert again.status_code == 304


def test_the_examples_are_given_out_and_no_code_beside_them(service):
    assert service.ask("GET", "/page/examples/watch.jpg").content[:2] == b"\xff\xd8"
    assert service.ask("GET", "/page/examples/products.jsonl").status_code == 200
    for path in ("drawing.py", "__init__.py", "../examples/drawing.py", "nothing.jpg"):
        assert service.ask("GET", f"/page/examples/{path}").status_code == 404


def test_the_page_needs_no_key_and_shows_nothing_of_the_shop(guarded):
    assert guarded.ask("GET", "/").status_code == 200
    assert guarded.ask("GET", "/page/messages/de.json").status_code == 200
    assert guarded.ask("GET", "/v1/model").status_code == 401
