"""The page's files, as they lie in the package: its own, and the example products to click."""

from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from prodcat.examples import FOLDER as EXAMPLES

PAGE = Path(__file__).parent / "page"
OF_THE_PAGE = (".css", ".html", ".js", ".json")
OF_EXAMPLES = (".jpg", ".jsonl")
MEDIA = {".js": "text/javascript", ".json": "application/json", ".jsonl": "application/x-ndjson"}
"""By us, since a machine's own list may have something else for a script, which then is not run."""
LOOK_AGAIN = {"Cache-Control": "no-cache"}
"""A browser keeps it, and asks whether it is still the same: a new version is seen at once."""


class PageFiles(StaticFiles):
    """Files of a folder, of these kinds alone.

    Args:
        directory: The folder.
        suffixes: Of the files that are given out.
    """

    def __init__(self, directory: Path, suffixes: tuple[str, ...]) -> None:
        super().__init__(directory=directory)
        self._suffixes = suffixes

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file; 404 for what is of another kind."""
        if Path(path).suffix not in self._suffixes:
            raise HTTPException(404)
        return await super().get_response(path, scope)

    def file_response(self, full_path: Any, *args: Any, **kwargs: Any) -> Response:
        """Return a file with its type, and how long it is good for."""
        response = super().file_response(full_path, *args, **kwargs)
        response.headers.update(LOOK_AGAIN)
        if media := MEDIA.get(Path(full_path).suffix):
            response.headers["Content-Type"] = f"{media}; charset=utf-8"
        return response


def page_routes() -> list[BaseRoute]:
    """Return the routes of the page, which need no key: there is nothing of the shop in them."""
    return [
        Route("/", _index, methods=["GET"], include_in_schema=False),
        Mount("/page/examples", PageFiles(EXAMPLES, OF_EXAMPLES)),
        Mount("/page", PageFiles(PAGE, OF_THE_PAGE)),
    ]


async def _index(_: Any) -> Response:
    return FileResponse(PAGE / "index.html", headers=LOOK_AGAIN)
