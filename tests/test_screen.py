import click
import pytest
from click.testing import CliRunner

from prodcat.errors import InputError
from prodcat.screen import Cli, build_table


def run(error, **options):
    @click.group(cls=Cli, **options)
    def main():
        pass

    @main.command()
    def work():
        raise error

    return CliRunner().invoke(main, ["work"])


def test_our_errors_are_one_line():
    result = run(InputError("There is no name."))
    assert (result.exit_code, result.stderr) == (1, "Error: There is no name.\n")


def test_a_bug_keeps_its_traceback():
    assert isinstance(run(KeyError("name")).exception, KeyError)


def test_an_interruption_ends_as_click_ends_it():
    result = run(KeyboardInterrupt())
    assert (result.exit_code, result.stderr) == (1, "\nAborted!\n")


def test_an_interruption_has_an_exit_code_of_its_own_where_one_is_given():
    result = run(KeyboardInterrupt(), interrupted=130)
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")


@pytest.mark.parametrize(
    ("headings", "rows", "justify"),
    [
        (("name", "count"), [("a", 1), ("b", None)], ["left", "right"]),
        (("name", "count"), [("a", 1), ("b", "2 s")], ["left", "left"]),
        (("name", "count"), [], ["left", "left"]),
        (("", ""), [("a", 1)], ["left", "left"]),
    ],
)
def test_columns_of_numbers_stand_to_the_right(headings, rows, justify):
    assert [column.justify for column in build_table(headings, rows).columns] == justify
