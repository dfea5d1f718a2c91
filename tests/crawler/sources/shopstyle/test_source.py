import json

import pytest

from crawler.errors import CrawlStopped, FetchError, SourceError
from crawler.items import Task
from crawler.sources.shopstyle.source import ShopStyle, ShopStyleSettings, page_task
from crawler.sources.shopstyle.tree import leaves_below, parse_categories
from prodcat.errors import ConfigError

KEY = "secret-key-1"


class Api:
    """Answers calls with what a test wants, and notes them."""

    def __init__(self, *answers):
        self.answers, self.calls = list(answers), []

    def json(self, url, *, params, conditional=True, robots=True):
        assert robots is False
        assert params["pid"] == KEY
        method = url.partition("/v2/")[2]
        self.calls.append((method, {k: v for k, v in params.items() if k not in ("pid", "format")}))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def source(**settings):
    return ShopStyle(KEY, ShopStyleSettings(api="http://api.example/v2", **settings))


def product(number, **fields):
    return {"id": number, "name": f"Product {number}", "categories": [{"id": "jeans"}], **fields}


def page(numbers, *, total, offset=0, limit=50):
    metadata = {"offset": offset, "limit": limit, "total": total}
    return {"metadata": metadata, "products": [product(n) for n in numbers]}


def category(name, parent, **fields):
    return {"id": name, "name": name.title(), "parentId": parent, **fields}


TREE = {
    "metadata": {"root": {"id": "root"}},
    "categories": [
        category("women", "root"),
        category("jeans", "women", numId="214", fullName="Women's Jeans"),
        category("shoes", "women"),
        category("boots", "shoes"),
        category("men", "root"),
    ],
}


def test_the_tree_leads_to_the_first_page_of_every_leaf():
    visit = source().visit(Task("categories", "all"), Api(TREE))
    assert [task.data["category"] for task in visit.tasks] == ["jeans", "boots", "men"]
    assert {c.id: c.parent_id for c in visit.categories}["boots"] == "shoes"
    assert {c.id: c.full_name for c in visit.categories}["jeans"] == "Women's Jeans"


@pytest.mark.parametrize(
    ("start", "leaves"),
    [("women", ["jeans", "boots"]), ("shoes", ["boots"]), ("boots", ["boots"]), ("214", ["jeans"])],
)
def test_a_crawl_can_begin_below_a_category(start, leaves):
    visit = source(category=start).visit(Task("categories", "all"), Api(TREE))
    assert [task.data["category"] for task in visit.tasks] == leaves


def test_the_api_is_asked_for_a_category_that_the_tree_does_not_show():
    api = Api(TREE, {"metadata": {"root": {"id": "shoes"}}, "categories": []})
    visit = source(category="999").visit(Task("categories", "all"), api)
    assert [task.data["category"] for task in visit.tasks] == ["boots"]
    assert api.calls[-1] == ("categories", {"cat": "999", "depth": 1})


def test_a_category_that_does_not_exist_stops_the_crawl():
    unknown = FetchError("none", reason="status-404", status=404)
    with pytest.raises(CrawlStopped, match="no category 'hats'"):
        source(category="hats").visit(Task("categories", "all"), Api(TREE, unknown))


def test_a_ring_of_parents_is_no_endless_loop():
    ring = [category("a", "b"), category("b", "a"), category("c", "a")]
    nodes = parse_categories({"categories": ring})
    assert leaves_below(nodes, "a") == ["c"]


def test_the_first_page_leads_to_all_others():
    visit = source().visit(page_task("jeans"), Api(page(range(50), total=130)))
    assert [task.data["offset"] for task in visit.tasks] == [50, 100]
    assert len(visit.items) == 50


def test_later_pages_lead_nowhere():
    api = Api(page(range(50, 100), total=130, offset=50))
    assert source().visit(page_task("jeans", offset=50), api).tasks == ()


def test_pages_follow_the_limit_that_the_api_really_has():
    visit = source().visit(page_task("jeans"), Api(page(range(20), total=70, limit=20)))
    assert [task.data["offset"] for task in visit.tasks] == [20, 40, 60]


def test_no_more_are_taken_than_asked_for():
    api = Api(page(range(50), total=500), page(range(50, 100), total=500, offset=50))
    crawl = source(per_category=60)
    first = crawl.visit(page_task("jeans"), api)
    second = crawl.visit(first.tasks[0], api)
    assert [len(visit.items) for visit in (first, second)] == [50, 10]
    assert api.calls[-1][1]["limit"] == 10
    assert len(first.tasks) == 1


def test_a_page_past_the_end_may_have_no_products():
    answer = {"metadata": {"offset": 100, "limit": 50, "total": 100}}
    assert source().visit(page_task("jeans", offset=100), Api(answer)).items == ()


def test_an_empty_leaf_may_have_no_products():
    answer = {"metadata": {"offset": 0, "limit": 50, "total": 0}}
    assert source().visit(page_task("jeans"), Api(answer)).items == ()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"products": []},
        {"metadata": {"total": 100}},
        {"metadata": {"total": 100}, "products": []},
        {"metadata": {"total": "many"}, "products": [product(1)]},
        {"metadata": {"total": 100, "limit": 50}, "products": "none"},
        {"metadata": None, "products": [product(1)]},
    ],
)
def test_a_page_that_lacks_what_it_should_have_is_told(answer):
    with pytest.raises(SourceError):
        source().visit(page_task("jeans"), Api(answer))


def test_products_that_are_none_are_counted_and_the_others_kept():
    answer = page([1], total=6)
    answer["products"] += [None, {}, {"id": "../../etc/passwd"}, {"id": []}, product(2)]
    visit = source().visit(page_task("jeans"), Api(answer))
    assert [item.source_id for item in visit.items] == ["1", "2"]
    assert visit.skipped == (
        ("jeans 1", "no-object"),
        ("jeans 2", "no-id"),
        ("jeans 3", "bad-id"),
        ("jeans 4", "no-id"),
    )


def test_an_unchanged_page_leads_to_nothing_new():
    visit = source().visit(page_task("jeans"), Api(None))
    assert (visit.items, visit.tasks) == ((), ())


def test_more_than_a_query_shows_is_split_by_price():
    prices = [{"id": str(n), "count": 2000} for n in range(5)]
    api = Api(page(range(50), total=10_000), {"priceHistogram": prices})
    crawl = source(per_category=9_000)
    first = crawl.visit(page_task("jeans"), api)
    assert first.items == ()
    windows = crawl.visit(first.tasks[0], api).tasks
    assert api.calls[-1] == ("products/histogram", {"cat": "jeans", "fl": [], "filters": "Price"})
    parts = [(task.kind, task.data["filters"], task.data["most"]) for task in windows]
    assert parts == [
        ("page", ["p0", "p1"], 4000),
        ("page", ["p2", "p3"], 4000),
        ("page", ["p4"], 1000),
    ]


def test_a_price_with_more_than_a_query_shows_is_split_by_brand():
    api = Api(
        {"priceHistogram": [{"id": "1", "count": 7000}]},
        {"brandHistogram": [{"id": "7", "count": 4000}, {"id": "8", "count": 6000}]},
    )
    crawl = source(per_category=20_000)
    first = crawl.visit(Task("window", "k", window("jeans", [], 20_000)), api)
    assert [(t.kind, t.data["filters"]) for t in first.tasks] == [("window", ["p1"])]
    second = crawl.visit(first.tasks[0], api)
    parts = [(task.kind, task.data["filters"], task.data["most"]) for task in second.tasks]
    assert parts == [("page", ["p1", "b7"], 4000), ("window", ["p1", "b8"], 3000)]


def test_what_cannot_be_split_further_is_taken_as_far_as_it_goes_and_told():
    task = Task("window", "k", window("jeans", ["p1", "b8"], 6000))
    visit = source(per_category=20_000).visit(task, Api())
    assert [(t.kind, t.data["most"]) for t in visit.tasks] == [("page", 5000)]
    assert visit.skipped == (("jeans p1 b8", "more than 5000 of one brand and price"),)


def window(name, filters, most):
    return {"category": name, "filters": filters, "most": most}


@pytest.mark.parametrize(
    "refusal",
    [
        FetchError(
            "refused",
            reason="status-401",
            status=401,
            body=b'{"errorCode":401,"errorName":"MissingPartnerId"}',
        ),
        {"errorCode": 401, "errorName": "MissingPartnerId"},
    ],
)
def test_a_key_that_is_refused_stops_the_crawl_and_is_not_shown(refusal):
    with pytest.raises(CrawlStopped, match="MissingPartnerId") as caught:
        source().visit(page_task("jeans"), Api(refusal))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "retryable"), [(429, True), (500, True), (503, True), (400, False), ("x", False)]
)
def test_errors_with_status_200_are_errors(code, retryable):
    with pytest.raises(FetchError) as caught:
        source().visit(page_task("jeans"), Api({"errorCode": code, "errorMessage": "no"}))
    assert caught.value.retryable is retryable


def test_the_key_gets_into_no_task_and_no_item():
    answer = page([], total=1)
    links = {"clickUrl": f"http://a.example/visit?id=1&pid={KEY}"}
    image = {"sizes": {"XLarge": {"url": f"http://a.example/1.jpg?k={KEY}"}}}
    answer["products"] = [product(1, image=image, **links)]
    crawl = source()
    visit = crawl.visit(page_task("jeans"), Api(answer))
    assert KEY not in repr(visit)
    assert KEY not in crawl.scope
    assert visit.items[0].url == "http://a.example/visit?id=1"


def test_locale_and_site_are_sent_where_they_are_given():
    api = Api(TREE)
    source(locale="en_GB", site="www.shop.example").visit(Task("categories", "all"), api)
    assert api.calls == [("categories", {"locales": "en_GB", "site": "www.shop.example"})]


@pytest.mark.parametrize(
    "settings", [{"image_size": "Huge"}, {"per_category": 0}, {"api": "ftp://x"}, {"api": "x"}]
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ConfigError):
        ShopStyleSettings(**settings)


def test_an_empty_key_is_refused():
    with pytest.raises(ConfigError, match="--pid"):
        ShopStyle(" ")


def test_tasks_go_through_json_unchanged():
    task = page_task("jeans", ["p1"], offset=50, most=70)
    assert json.loads(json.dumps(task.data)) == task.data
