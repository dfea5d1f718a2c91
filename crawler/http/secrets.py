"""Keys that are never shown, whichever way an address writes them."""

from collections.abc import Iterable
from urllib.parse import quote, quote_plus


class Secrets:
    """Keys to take out of what is logged, stored or told.

    >>> Secrets(["my key"]).hide("my key is in /?pid=my%20key and in /?pid=my+key")
    '*** is in /?pid=*** and in /?pid=***'
    """

    def __init__(self, keys: Iterable[str]) -> None:
        forms = {form(key) for key in keys if key for form in (str, quote, quote_plus)}
        # The longest first: a key may hold another, whose removal would leave the rest of it.
        self._forms = sorted(forms, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """Take the keys out of a text."""
        for form in self._forms:
            text = text.replace(form, "***")
        return text
