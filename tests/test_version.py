"""Old names of modules still lead to what they had, with a warning that says where it is now."""

import importlib

import pytest

MOVED = [
    ("prodcat.inference.batch", "categorize", "prodcat.bulk"),
    ("prodcat.inference.batch", "CategorizeOptions", "prodcat.bulk"),
    ("prodcat.inference.ray", "categorize", "prodcat.bulk.ray"),
    ("prodcat.inference.ray_engine", "on_ray", "prodcat.bulk.ray"),
    ("prodcat.corpus_report", "describe_corpus", "prodcat.corpus.describe"),
    ("prodcat.decoding", "walk_down", "prodcat.decision.decoding"),
]


@pytest.mark.parametrize(("old", "name", "new"), MOVED)
def test_an_old_name_warns_and_gives_what_is_at_the_new_one(old, name, new):
    module = importlib.import_module(old)
    with pytest.warns(DeprecationWarning, match=f"{old} is called {new} now") as warned:
        found = getattr(module, name)
    assert found is getattr(importlib.import_module(new), name)
    assert warned[0].filename == __file__


def test_an_old_module_has_no_more_than_the_new_one():
    module = importlib.import_module("prodcat.decoding")
    with pytest.raises(AttributeError, match="walk_up"):
        module.walk_up  # noqa: B018


@pytest.mark.parametrize(
    ("face", "name"),
    [
        ("prodcat.bulk", "categorize"),
        ("prodcat.cli", "main"),
        ("prodcat.corpus", "Corpus"),
        ("prodcat.tables", "open_table"),
        ("prodcat.taxonomy", "Taxonomy"),
    ],
)
def test_a_room_shows_what_users_need_of_it(face, name):
    module = importlib.import_module(face)
    assert hasattr(module, name)
    assert sorted(module.__all__) == list(module.__all__)
