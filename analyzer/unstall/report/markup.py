"""Building markup as trees, so that text can't be taken for markup."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

from unstall.report.screen import printable


def element(tag: str, *children: "Element | str | None", **attributes: str) -> Element:
    """An element; None among the children is left out. ``class_`` is class, and an underscore in a name a hyphen."""
    names = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    made = Element(tag, names)
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            made.append(child)
            last = child
        elif child and last is None:
            made.text = (made.text or "") + child
        elif child and last is not None:
            last.tail = (last.tail or "") + child
    return made


def html(root: Element) -> str:
    """A document; ASCII, other characters as references, so that no encoding can go wrong on its way."""
    document: bytes = tostring(root, "us-ascii", method="html")
    return "<!doctype html>\n" + document.decode("ascii")


def prose(text: str) -> Iterator[Element | str]:
    """A sentence with its code, which stands between backticks, as such."""
    for at, part in enumerate(printable(text).split("`")):
        yield element("code", part) if at % 2 else part


def scrolling(content: Element, label: str) -> Element:
    """A region that scrolls by itself: reachable by keyboard, and named."""
    return element("div", content, class_="scroll", tabindex="0", role="region", aria_label=label)
