"""Options that several commands share."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce, wraps
from pathlib import Path
from typing import Any

import click

from prodcat.screen import PATH


def _read_pairs(ctx: click.Context, param: Any, pairs: Sequence[str]) -> dict[str, str]:
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise click.BadParameter(f"{wrong[0]!r} is not of the form FIELD=COLUMN.", ctx, param)
    # At the first sign: the name of a column may hold another one.
    split = (pair.partition("=") for pair in pairs)
    return {field.strip(): column.strip() for field, _, column in split}


def with_category(columns: Mapping[str, str], category: str | None) -> dict[str, str]:
    """Add what is short for one more ``--column``; where both name it, this one counts."""
    return {**columns} | ({} if category is None else {"category": category})


def together(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one decorator that adds all these options, the first one first."""
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


model_option = click.option(
    "--model",
    type=PATH,
    metavar="FOLDER",
    help="A run, or its model directory.  [default: the bundled model]",
)
answer_options = together(
    model_option,
    click.option(
        "--accuracy",
        type=float,
        metavar="SHARE",
        help="How often answers shall be right, such as 0.98.  [default: the model's]",
    ),
    click.option(
        "--confidence",
        type=float,
        metavar="SHARE",
        help="How sure that is to hold for the products to come.  [default: the model's, 0.95]",
    ),
    click.option(
        "--threshold",
        type=float,
        help="Least probability to answer with, instead of --accuracy.",
    ),
)
device_option = click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="What to compute with; cuda needs onnxruntime-gpu.",
)
engine_options = together(
    click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        show_default=True,
        metavar="ENGINE",
        help="Where to work: local, in this process, or ray, on a Ray cluster.",
    ),
    click.option(
        "--address",
        metavar="HOST:PORT",
        help="The Ray cluster to use.  [default: $RAY_ADDRESS, or one on this machine]",
    ),
)
threads_option = click.option(
    "--threads", type=click.IntRange(min=1), help="Threads to compute with.  [default: all cores]"
)


def check_address(engine: str, address: str | None) -> None:
    """Refuse the address of a cluster that is not used.

    Passed over, it would leave the work on this machine, and nobody would know.
    """
    if address is not None and engine != "ray":
        raise click.UsageError("--address is of a Ray cluster; give --engine ray with it.")


def _as_read_as(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command what is said of a file in one value."""

    @wraps(command)
    def with_read_as(
        *, delimiter: str | None, encoding: str | None, sheet: str | None, **options: Any
    ) -> Any:
        from prodcat.tables.read_as import ReadAs

        return command(**options, read_as=ReadAs(delimiter, encoding, sheet))

    return with_read_as


def _as_in_tree(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command what is said of the tree to answer in as one function."""

    @wraps(command)
    def with_in_tree(
        *args: Any, as_tree: str | None, mapping: Path | None, trees: Path | None, **options: Any
    ) -> Any:
        if as_tree is None and (mapping is not None or trees is not None):
            raise click.UsageError("--mapping and --trees go with --as.")

        def in_tree(predictor: Any, source: Path | None) -> Any:
            """Return a predictor that answers in the tree that is asked for."""
            if as_tree is None:
                return predictor
            from prodcat.migrating.reading import other_tree_of

            return predictor.in_tree(
                other_tree_of(predictor.model, as_tree, mapping, trees or source)
            )

        return command(*args, **options, in_tree=in_tree)

    return with_in_tree


tree_options = together(
    click.option(
        "--as",
        "as_tree",
        metavar="TREE",
        help="Answer in another tree: a file of any form, or the name of one of a corpus.",
    ),
    click.option(
        "--mapping",
        type=PATH,
        metavar="FILE",
        help="From the model's tree to that, of `prodcat map`.  [default: what both have]",
    ),
    click.option(
        "--trees",
        type=PATH,
        metavar="CORPUS",
        help="Which has the tree of that name.  [default: the products', if they are in one]",
    ),
    _as_in_tree,
)
table_options = together(
    click.option(
        "--column",
        "columns",
        callback=_read_pairs,
        multiple=True,
        metavar="FIELD=COLUMN",
        help="Which column holds a field, where it is not found by its name; repeatable.",
    ),
    click.option(
        "--images",
        "image_root",
        type=PATH,
        metavar="FOLDER",
        help="Where the paths of pictures start.  [default: where the table is]",
    ),
    click.option(
        "--delimiter",
        metavar="SIGN",
        help="Between the cells of a text table, such as ';' or tab.  [default: found out]",
    ),
    click.option(
        "--encoding",
        metavar="NAME",
        help="Of a text table, such as utf-8 or windows-1252.  [default: found out]",
    ),
    click.option(
        "--sheet", metavar="NAME", help="Of a workbook.  [default: the first that holds a table]"
    ),
    _as_read_as,
)
path_options = together(
    click.option(
        "--category",
        metavar="COLUMNS",
        help="Column of the category's path, or columns of its levels with commas between.",
    ),
    click.option(
        "--separator", help="What stands between the levels of a path.  [default: it is found out]"
    ),
)
category_options = together(
    path_options,
    click.option(
        "--keep-null-words",
        is_flag=True,
        help="Read NULL, None, nan, N/A and the like as words, not as nothing.",
    ),
    click.option("--source-name", metavar="NAME", help="The shop's name.  [default: the file's]"),
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")


promise_options = together(
    click.option(
        "--confidence",
        type=float,
        default=0.95,
        show_default=True,
        metavar="SHARE",
        help="How sure each promise is to hold for the products to come.",
    ),
    click.option(
        "--set",
        "changes",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a setting of the split, such as data.split=grouped; repeatable.",
    ),
)
"""Those of commands that fit promises on the validation products of a corpus."""
