"""The page's files, as they lie in the package: its own, and the example products to click.

They are read once and kept, a few hundred kilobytes: a first look asks for some thirty of them.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from prodcat.examples import FOLDER as EXAMPLES

PAGE = Path(__file__).parent / "page"
OF_EXAMPLES = (".jpg", ".jsonl")
MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
}
"""By us, since a machine's own list may have something else for a script, which then is not run."""


@dataclass(frozen=True)
class PageFile:
    """One of them."""

    data: bytes
    media: str
    tag: str
    """Changes with what is in it."""

    def response(self, request: Request) -> Response:
        """Return it, or 304 where the browser has it already."""
        # A browser keeps it, and asks whether it is still the same: a new version is seen at once.
        headers = {"Cache-Control": "no-cache", "ETag": self.tag}
        if self.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(self.data, media_type=self.media, headers=headers)


def read_page() -> dict[str, PageFile]:
    """Return all files by their path below ``/page``."""
    files = {
        path.relative_to(PAGE).as_posix(): path
        for path in PAGE.rglob("*")
        if path.suffix in MEDIA and path.is_file()
    }
    files |= {
        f"examples/{path.name}": path for path in EXAMPLES.iterdir() if path.suffix in OF_EXAMPLES
    }
    return {name: _read(path) for name, path in files.items()}


def page_routes() -> list[BaseRoute]:
    """Return the routes of the page, which need no key: there is nothing of the shop in them."""
    files = read_page()

    async def index(request: Request) -> Response:
        return files["index.html"].response(request)

    async def review(request: Request) -> Response:
        return files["review.html"].response(request)

    async def file(request: Request) -> Response:
        found = files.get(request.path_params["path"])
        if found is None:
            raise HTTPException(404)
        return found.response(request)

    return [
        Route("/", index, methods=["GET"], include_in_schema=False),
        Route("/review", review, methods=["GET"], include_in_schema=False),
        Route("/page/{path:path}", file, methods=["GET"], include_in_schema=False),
    ]


def _read(path: Path) -> PageFile:
    data = path.read_bytes()
    return PageFile(data, MEDIA[path.suffix], f'"{sha256(data).hexdigest()[:32]}"')
