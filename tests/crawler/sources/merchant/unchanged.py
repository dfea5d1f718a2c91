"""Feeds on this disk, and a shop that says of its own that it has not changed."""

from crawler.http.messages import Response


def write(tmp_path, content, name="feed.xml"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


class UnchangedShop:
    """Says that its feed has not changed, unless it is asked for the whole."""

    def __init__(self, content=b""):
        self.content = content

    def download(self, url, path, *, max_bytes, conditional=True):
        if not conditional:
            path.write_bytes(self.content)
        return Response(url, 304 if conditional else 200, {}, b"", not_modified=conditional)
