"""How a drawing of the page begins; its lines and texts follow the page's theme."""

from html import escape


def open_svg(width: float, height: float, title: str) -> str:
    """Return the opening tag of a drawing, with its title for those who cannot see it."""
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"'
        f' font-size="12" aria-label="{escape(title)}">'
    )
