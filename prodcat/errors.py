"""Everything that prodcat raises on purpose.

ProdcatError
├── InputError              a product, picture or table that we were given
│   ├── ImageError          a picture that cannot or must not be decoded
│   └── TableError          a file of products that cannot be read as one
├── ConfigError             a setting that does not exist or does not fit
├── TaxonomyError           a category tree that is none
├── CorpusError             a corpus that cannot be opened, read or written
├── DecidedError            a product that somebody decided on meanwhile
├── ModelError              a model directory that cannot be trusted or run
│   └── ModelNotFoundError  a model directory, or a file of it, that is not there
├── RunError                a run directory that cannot be continued
├── AnalyzeError            runs that cannot be reported, or not side by side
├── SearchError             an index that cannot be opened, searched or written
└── MissingDependencyError  an optional library that is not installed
"""

import importlib
from types import ModuleType


class ProdcatError(Exception):
    """Base of all errors that a caller of prodcat can act on."""


class InputError(ProdcatError, ValueError):
    """A product that cannot be categorized as it was given."""


class ImageError(InputError):
    """A picture that cannot, or for safety must not, be decoded."""


class TableError(InputError):
    """A file of products that cannot be read as one."""


class ConfigError(ProdcatError, ValueError):
    """A setting that does not exist, or whose value does not fit."""


class TaxonomyError(ProdcatError, ValueError):
    """A category tree with a cycle, a missing parent or a repeated id."""


class CorpusError(ProdcatError):
    """A corpus that cannot be opened, read or written."""


class DecidedError(ProdcatError):
    """A product that somebody decided on meanwhile, whose decision is not overwritten."""


class ModelError(ProdcatError):
    """A model directory that cannot be trusted or run."""


class ModelNotFoundError(ModelError, FileNotFoundError):
    """A model directory, or a file of it, that is not there."""


class RunError(ProdcatError):
    """A run directory that cannot be continued."""


class AnalyzeError(ProdcatError):
    """Runs that cannot be reported, or not side by side."""


class SearchError(ProdcatError):
    """An index of similar products that cannot be opened, searched or written."""


class MissingDependencyError(ProdcatError, ImportError):
    """An optional library that is not installed."""


def one_line(error: BaseException, length: int = 300) -> str:
    """Return the beginning of what an error of another library says, or else its class."""
    return " ".join(str(error).split())[:length] or type(error).__name__


def require(module: str, *, extra: str) -> ModuleType:
    """Import an optional library where it is used.

    Args:
        module: Name to import, such as ``"pyarrow.parquet"``.
        extra: The extra of prodcat that installs it.

    Raises:
        MissingDependencyError: If it is not installed.

    >>> require("math", extra="train").sqrt(4.0)
    2.0
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.split(".")[0]
        # The library is there, but one that it needs is not: our advice would not help.
        if error.name != top and not (error.name or "").startswith(f"{top}."):
            raise
        raise MissingDependencyError(
            f"This needs {top}. Install it with: pip install 'prodcat[{extra}]'"
        ) from error
