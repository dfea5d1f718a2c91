import pytest

from prodcat.errors import ConfigError
from prodcat.serve.keys import Keys, read_keys

FIRST, SECOND = "0123456789abcdef", "fedcba9876543210"


def test_keys_with_and_without_a_name_are_read(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"# of the shop\nshop: {FIRST}\n\n{SECOND}\n")
    keys = read_keys(file)
    assert (keys.name_of(FIRST), keys.name_of(SECOND), len(keys)) == ("shop", "key-4", 2)


@pytest.mark.parametrize("given", ["", FIRST[:-1], FIRST + " ", FIRST.upper(), "é", "\udc80"])
def test_no_other_text_is_a_key(given):
    assert Keys([("shop", FIRST)]).name_of(given) is None


@pytest.mark.parametrize("content", ["", "# nothing\n", "short\n", "with a space in the midst\n"])
def test_a_file_without_a_good_key_is_refused(tmp_path, content):
    file = tmp_path / "keys"
    file.write_text(content)
    with pytest.raises(ConfigError):
        read_keys(file)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_keys(tmp_path / "keys")


def test_without_a_file_there_are_none():
    assert len(read_keys(None)) == 0
