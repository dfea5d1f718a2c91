"""Names of categories in another language, by a tree that is there in both."""

from dataclasses import replace

from prodcat.errors import InputError
from prodcat.taxonomy.tree import Category, Taxonomy


def translate_tree(tree: Taxonomy, source: Taxonomy, target: Taxonomy) -> tuple[Taxonomy, int]:
    """Put the names of a tree into the language of another, where a pair of trees has them.

    Args:
        tree: Whose names to translate; its ids stay.
        source: A tree in its language, such as Google's in German.
        target: The same tree, with the same ids, in the other language.

    Returns:
        The tree, and how many of its categories have a translated name. A category whose whole
        path is in *source* takes the name of that one; else that of any of the same name.

    Raises:
        InputError: If the two trees have no ids in common.

    >>> german = Taxonomy([Category("1", "Schuhe"), Category("2", "Stiefel", "1")])
    >>> english = Taxonomy([Category("1", "Shoes"), Category("2", "Boots", "1")])
    >>> ours = Taxonomy.from_paths([("Mode", "Stiefel")])
    >>> tree, count = translate_tree(ours, german, english)
    >>> tree.path("Mode > Stiefel"), count
    (('Mode', 'Boots'), 1)
    """
    shared = [category for category in source.categories if category in target]
    if not shared:
        raise InputError(
            "The two trees of a translation have no ids in common. They are one tree in two"
            " languages, such as Google's of two countries."
        )
    by_path = {source.path(c): target.categories[c].name for c in shared}
    by_name = {
        source.categories[c].name.casefold(): target.categories[c].name for c in reversed(shared)
    }
    translated: list[Category] = []
    count = 0
    for category in tree:
        name = by_path.get(tree.path(category.id)) or by_name.get(category.name.casefold())
        count += name is not None
        translated.append(replace(category, name=name or category.name))
    return Taxonomy(translated, tree.version), count
