"""Keys that are never shown, whichever way an address writes them."""

import re
from collections.abc import Iterable


class Secrets:
    """Keys to take out of what is logged, stored or told.

    >>> Secrets(["my key/1"]).hide("in /?pid=my%20key%2f1, /?pid=my+key/1 and ?u=my%2520key%252F1")
    'in /?pid=***, /?pid=*** and ?u=***'
    """

    def __init__(self, keys: Iterable[str]) -> None:
        # The longest first: a key may hold another, whose removal would leave the rest of it.
        longest_first = sorted(filter(None, keys), key=len, reverse=True)
        self._any_form = (
            re.compile("|".join(map(any_form, longest_first))) if longest_first else None
        )

    def hide(self, text: str) -> str:
        """Take the keys out of a text."""
        return text if self._any_form is None else self._any_form.sub("***", text)


def any_form(key: str) -> str:
    """Return an expression for a key in every form that an address may have it in.

    Each character may stand as it is or escaped, and be escaped again in an address that is part
    of another one; which of them are is for every library to choose.
    """
    return "".join(map(_any_form_of_one, key))


def _any_form_of_one(character: str) -> str:
    escaped = "".join(
        f"%(?:25)*(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass")
    )
    as_space = r"|\+|%(?:25)*(?i:2b)" if character == " " else ""
    return f"(?:{re.escape(character)}|{escaped}{as_space})"
