"""What a word list of two trees is worth: German names to a tree in English.

python -m experiments.mapping.word_list ../shared/taxonomies
"""

from pathlib import Path

import click

from experiments.mapping.gold import TREES, load_tasks
from prodcat.trees.mapping_trees import map_trees

GERMAN_SHOPIFY = "shopify-2025-01.de.txt"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Map German trees of FOLDER to English ones, with Google's in both languages as word list."""
    tasks = load_tasks(folder)
    words = (folder / TREES["google-de"], folder / TREES["google"])
    for name, left, right in (
        ("google-de to shopify-2025", TREES["google-de"], TREES["shopify-2025"]),
        ("shopify-2025 to google", GERMAN_SHOPIFY, TREES["google"]),
    ):
        task = tasks[name]
        for translation in (words, None):
            mapped = map_trees(folder / left, folder / right, translation=translation)
            answers = [
                (mapped.mapping[task.left.ids[place]], {task.right.ids[each] for each in right_ids})
                for place, right_ids in task.half(1)
                if task.left.ids[place] in mapped.mapping.left
            ]
            first = [
                bool(found) and found[0].category in right_ids
                for row, right_ids in answers
                for found in [(*row.counterparts, *row.candidates)]
            ]
            click.echo(
                f"{left} to {right}, {'with' if translation else 'without'} the word list"
                f" {mapped.remarks}: {len(first):,} pairs, first {sum(first) / len(first):.3f}"
            )


if __name__ == "__main__":
    main()
