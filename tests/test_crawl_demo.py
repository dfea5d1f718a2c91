import pytest

from tests.crawl_demo import crawl_demo


@pytest.mark.slow
def test_the_demo_shows_a_crawl_and_its_status(tmp_path, capfd):
    assert crawl_demo(tmp_path, products=48) == 0
    shown = capfd.readouterr().out
    for words in (
        "Complete.",
        "pictures stored",
        "women-dresses",
        "unchanged since the last crawl",
    ):
        assert words in shown
