from hypothesis import given
from hypothesis import strategies as st

from prodcat.taxonomy.paths import join_path, split_path

names = st.text(st.sampled_from("ab >\\"), min_size=1).map(str.strip)


@given(st.lists(names, min_size=1).map(tuple))
def test_a_path_is_read_as_it_was_written(path):
    assert split_path(join_path(path)) == path


@given(st.lists(names, min_size=1), st.lists(names, min_size=1))
def test_different_paths_are_written_differently(one, two):
    assert (join_path(one) == join_path(two)) == (one == two)


def test_white_space_around_a_separator_does_not_count():
    assert split_path("Women>Shoes >  Boots") == ("Women", "Shoes", "Boots")
