"""Writes docs/reference/cli.md from the commands themselves.

python -m tests.cli_reference
"""

import inspect
from pathlib import Path

import click

from prodcat.cli.commands import main

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "cli.md"

NUMBERS = (click.types.FloatParamType, click.types.IntParamType)

HEAD = """\
# Commands

Written by `python -m tests.cli_reference` from the commands themselves; `prodcat COMMAND --help`
says the same. `python -m prodcat` is another name for `prodcat`.

Answers go to standard output; progress, warnings and errors go to standard error. The exit code
is 0 when all went well, 1 after an error, which is told in one line, and 2 when the command was
not understood. An abstention is an answer, no error.
"""


def reference() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *(describe(name, main.commands[name]) for name in main.commands)])


def describe(name: str, command: click.Command) -> str:
    """Return one command's section: what it does, an example, its options."""
    text, _, example = inspect.cleandoc(command.help or "").partition("\b\n")
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    words = [
        f"[{a.human_readable_name}]" if not a.required else a.human_readable_name for a in arguments
    ]
    rows = [row(p) for p in command.params if isinstance(p, click.Option)]
    usage = " ".join(["prodcat", name, *words])
    parts = [f"## prodcat {name}", f"`{usage}`", text.strip(), f"```bash\n{commands(example)}\n```"]
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
    told = (option.help or "").replace("|", "\\|").replace("  [default", " [default")
    required = " Required." if option.required else ""
    default = f" [default: `{option.default}`]" if option.show_default else ""
    return f"| {names} | {told}{required}{default} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(reference(), encoding="utf-8")
