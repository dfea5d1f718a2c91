import os

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


@pytest.mark.skipif(os.name != "posix", reason="Windows has other rights")
@pytest.mark.parametrize(("mode", "told"), [(0o600, 0), (0o640, 0), (0o644, 1)])
def test_keys_that_everybody_can_read_are_told_and_never_shown(tmp_path, caplog, mode, told):
    file = tmp_path / "keys"
    file.write_text(f"shop: {FIRST}\n")
    file.chmod(mode)
    assert len(read_keys(file)) == 1
    assert len(caplog.records) == told
    assert FIRST not in caplog.text


def test_without_a_file_there_are_none():
    assert len(read_keys(None)) == 0
