"""When an answer of the ShopStyle-compatible server is faulty."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tests.shopstyle.calls import Answer
from tests.shopstyle.fault_kinds import KINDS, SPOILED, WITHOUT_BODY, FaultSettings, fits
from tests.shopstyle.listings import Listing


@dataclass(frozen=True)
class Faults:
    """How often answers are faulty, and in which ways.

    What happens to a request follows from the seed, its URL and how often that URL was asked
    for before, so it is the same every time, and a retry is answered rightly in the end.
    """

    share: float = 0.0
    """Share of the answers with any fault, spread evenly over all kinds that fit the answer."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Kind → share of the answers that have this one, which is then not among the others."""
    pinned: Mapping[str, str] = field(default_factory=dict)
    """What has a fault every time → the fault. It is the id of a product (its page and its
    picture; one of `SPOILED` is in its object wherever that stands), of a picture or of a
    category, or a kind of request: ``image``, ``robots``, ``categories``, ..."""
    seed: int = 0
    longest_run: int = 2
    """After so many faulty answers in a row, a URL is answered rightly."""
    settings: FaultSettings = field(default_factory=FaultSettings)

    def __post_init__(self) -> None:
        unknown = sorted({*self.shares} - {*KINDS})
        unknown += sorted({*self.pinned.values()} - {*KINDS, *SPOILED})
        if unknown:
            kinds = ", ".join([*KINDS, *SPOILED])
            raise ValueError(f"Unknown fault {unknown[0]!r}. Choose from: {kinds}.")

    def choose(self, key: str, attempt: int, answer: Answer, *, head_only: bool = False) -> str:
        """Return the fault of an answer; empty for none.

        Args:
            key: The URL, as faults know it.
            attempt: The how many-th request of it this is, from 1.
            answer: What would be said.
            head_only: It has no body, so nothing can be wrong with that.
        """
        kind = next((self.pinned[name] for name in answer.names if name in self.pinned), "")
        if kind not in KINDS or not fits(kind, answer):
            kind = self._chosen(key, attempt, answer)
        return "" if head_only and kind not in WITHOUT_BODY else kind

    def _chosen(self, key: str, attempt: int, answer: Answer) -> str:
        is_spared = answer.status != 200 or answer.kind in ("robots", "other")
        if is_spared or not (self.share or self.shares):
            return ""
        before = range(max(1, attempt - self.longest_run), attempt)
        if len(before) == self.longest_run and all(self._draw(key, n, answer) for n in before):
            return ""
        return self._draw(key, attempt, answer)

    def _draw(self, key: str, attempt: int, answer: Answer) -> str:
        digest = sha256(f"{self.seed} {attempt} {key}".encode()).digest()
        chance = int.from_bytes(digest[:6], "big") / 2**48
        fitting = [kind for kind in KINDS if fits(kind, answer)]
        unset = sum(kind not in self.shares for kind in fitting)
        for kind in fitting:
            chance -= self.shares[kind] if kind in self.shares else self.share / unset
            if chance < 0:
                return kind
        return ""

    def spoil(self, listing: Listing, product: dict[str, Any]) -> dict[str, Any]:
        """Make the object of a product malformed, if that is pinned to it."""
        kind = self.pinned.get(str(listing.id), "")
        return SPOILED[kind](product) if kind in SPOILED else product
