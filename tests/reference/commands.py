"""The pages of both command lines: what each command does, an example, its options."""

import inspect
from collections.abc import Mapping

import click

from crawler.__main__ import main as crawler_main
from prodcat.cli.commands import main

NUMBERS = (click.types.FloatParamType, click.types.IntParamType)

HEAD = """\
# Commands

Written by `python -m tests.reference` from the commands themselves; `prodcat COMMAND --help`
says the same. `python -m prodcat` is another name for `prodcat`.

Answers go to standard output; progress, warnings and errors go to standard error. The exit code
is 0 when all went well, 1 after an error, which is told in one line, and 2 when the command was
not understood. It is 4 where a table was read and nothing came of it: no product came in, or there
was no row to answer. An abstention is an answer, no error. Where pictures are fetched by
`prodcat import` it is 3 when some failed that the same command asks for again, and 130 after an
interruption, from which it goes on.
"""

CRAWLER_HEAD = """\
# Commands of the crawler

Written by `python -m tests.reference` from the commands themselves;
`python -m crawler COMMAND --help` says the same. Each `python -m crawler SOURCE` crawls one shop
into a corpus; run again, it goes on, or fetches what has changed.
"""


def prodcat_page() -> str:
    """Return the page of ``prodcat``."""
    return page(HEAD, main.commands, "prodcat")


def crawler_page() -> str:
    """Return the page of ``python -m crawler``."""
    return page(CRAWLER_HEAD, crawler_main.commands, "python -m crawler")


def page(head: str, group: Mapping[str, click.Command], program: str) -> str:
    """Return the head, and a section for each command."""
    return "\n".join([head, *(describe(name, group[name], program) for name in group)])


def describe(name: str, command: click.Command, program: str) -> str:
    """Return one command's section: what it does, an example, its options."""
    text, _, example = inspect.cleandoc(command.help or "").partition("\b\n")
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    words = [
        f"[{a.human_readable_name}]" if not a.required else a.human_readable_name for a in arguments
    ]
    rows = [row(p) for p in command.params if isinstance(p, click.Option)]
    usage = " ".join([program, name, *words])
    parts = [f"## {program} {name}", f"`{usage}`", text.strip()]
    if example.strip():
        parts.append(f"```bash\n{commands(example)}\n```")
    if rows:
        parts.append("\n".join(["| option | does |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def commands(example: str) -> str:
    """Return an example's lines with their remarks as those of a shell."""
    lines = []
    for line in example.strip().splitlines():
        command, gap, remark = line.partition("   ")
        lines.append(f"{command}{gap}# {remark.strip()}" if remark.strip() else line)
    return "\n".join(lines)


def row(option: click.Option) -> str:
    """Return one option's line of the table."""
    kind = "NUMBER" if isinstance(option.type, NUMBERS) else option.type.name.upper()
    value = "" if option.is_flag else f" {option.metavar or kind}"
    names = ", ".join(f"`{flag}{value}`" for flag in (*option.opts, *option.secondary_opts))
    text = (option.help or "").replace("|", "\\|").replace("  [default", " [default")
    required = " Required." if option.required else ""
    default = f" [default: `{option.default}`]" if option.show_default else ""
    return f"| {names} | {text}{required}{default} |"
