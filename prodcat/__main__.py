"""``python -m prodcat`` is the command ``prodcat``."""

from prodcat.cli.commands import main

if __name__ == "__main__":
    main()
