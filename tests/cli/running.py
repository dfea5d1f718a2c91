"""Commands, run in this process as from a terminal."""

from click.testing import CliRunner

from prodcat.cli.commands import main


def run(*words, command=main, status=0):
    result = CliRunner().invoke(command, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result
