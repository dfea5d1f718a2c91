"""Values that JSON can hold, for tests that no parser stumbles over one."""

from typing import Any

from hypothesis import strategies as st

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(alphabet=st.characters(), max_size=20),
    st.sampled_from(
        ["", "\ud800", "https://[", "//x", "A > B", "0", "1e999", 10**400, "\x00", "Shoes", "#a"]
    ),
)


def any_json(keys: list[str] | None = None) -> st.SearchStrategy[Any]:
    """Draw any value; objects prefer the given keys."""
    names = st.sampled_from(keys) if keys else st.text(max_size=5)
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
        max_leaves=12,
    )
