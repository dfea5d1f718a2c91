import pytest

from prodcat.errors import ConfigError
from prodcat.serve.settings import Limits, ServeSettings


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "shop.example", "::"])
def test_beyond_loopback_keys_are_needed(host, tmp_path):
    with pytest.raises(ConfigError, match="no keys"):
        ServeSettings(host=host)
    assert ServeSettings(host=host, key_file=tmp_path / "keys").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_on_loopback_they_are_not(host):
    assert ServeSettings(host=host).is_loopback


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"port": 70000}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ConfigError):
        ServeSettings(**wrong)


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(ConfigError, match=r"limits\.waiting is 0"):
        Limits(waiting=0)


def test_a_corpus_need_not_have_an_index(tmp_path):
    assert ServeSettings(corpus=tmp_path / "shop.db").index_folder is None


def test_the_index_beside_the_corpus_is_found(tmp_path):
    (tmp_path / "shop.index").mkdir()
    assert ServeSettings(corpus=tmp_path / "shop.db").index_folder == tmp_path / "shop.index"
