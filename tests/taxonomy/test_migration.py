from prodcat.taxonomy.migration import migrate
from prodcat.taxonomy.tree import Category, Taxonomy

OLD = Taxonomy(
    [Category("1", "Shoes"), Category("2", "Boots", "1"), Category("3", "Bags"), Category("4", "X")]
)
NEW = Taxonomy([Category("1", "Shoes"), Category("2", "Boots"), Category("5", "Handbags")])


def test_ids_that_both_trees_have_are_the_same_moved_or_not():
    migration = migrate(OLD, NEW)
    assert migration.same == {"1": "1", "2": "2"}
    assert (migration.moved, migration.gone) == (("2",), ("3", "4"))


def test_a_person_may_know_better():
    migration = migrate(OLD, NEW, renames={"3": "5", "4": "9"})
    assert migration.same["3"] == "5"
    assert (migration.moved, migration.gone) == (("2", "3"), ("4",))
