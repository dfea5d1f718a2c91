"""Pictures: fetched, verified as whole and decodable, and kept by the hash of their content."""

from crawler.errors import FetchError
from crawler.http.fetcher import Fetcher
from prodcat.errors import ImageError
from prodcat.inputs.image_store import ImageStore
from prodcat.inputs.images import DEFAULT_LIMITS, open_image

ACCEPT = "image/jpeg, image/png, image/webp, image/*;q=0.8"
# A JPEG is decoded at the least scale: every byte is read, few pixels are made.
VERIFY_SIZE = (8, 8)
# Markers of a JPEG: of the data of a scan, of which a progressive one has several, and of its end.
SCAN, END = b"\xff\xda", b"\xff\xd9"


def fetch_picture(url: str, fetcher: Fetcher, images: ImageStore) -> str:
    """Fetch a picture and keep it; asked for once, as its thread has others to fetch meanwhile.

    Returns:
        The SHA-256 of its content.

    Raises:
        FetchError: If it cannot be fetched, or is no whole picture; the reason is then
            ``unreadable``.
        CorpusError: If it cannot be kept.
    """
    return images.put(fetch_whole(url, fetcher, tries=1))


def fetch_whole(url: str, fetcher: Fetcher, *, tries: int | None = None) -> bytes:
    """Fetch a picture, and make sure that all of it is there.

    Args:
        url: Its address.
        fetcher: What to ask with.
        tries: How often to ask; None for the fetcher's default.

    Raises:
        FetchError: As `fetch_picture`.
    """
    response = fetcher.get(
        url, accept=ACCEPT, max_bytes=DEFAULT_LIMITS.max_bytes, conditional=False, tries=tries
    )
    try:
        verify_picture(response.content)
    except ImageError as error:
        # Retryable: half of a picture, or a page of an overloaded shop, may be a picture next time.
        raise FetchError(f"{error} ({url:.300})", reason="unreadable", retryable=True) from error
    return response.content


def verify_picture(data: bytes) -> None:
    """Make sure that a picture can be decoded to its end.

    Raises:
        ImageError: If it cannot.
    """
    open_image(data, size_hint=VERIFY_SIZE)
    # Decoders fill in what is missing of a JPEG after its last full row of blocks.
    if data[:2] == b"\xff\xd8" and data.rfind(END) < data.rfind(SCAN):
        raise ImageError(f"Picture of {len(data):,} bytes is cut off before its end.")
