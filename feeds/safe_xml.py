"""XML from outside: no DOCTYPE, no entities, no network, no endless document."""

from __future__ import annotations

from lxml import etree

from feeds.contract import Garbled


def root_of(payload: bytes, max_bytes: int, name: str) -> etree._Element:
    """The root element. `name` is the format, for the message. Raises Garbled."""
    if len(payload) > max_bytes:
        raise Garbled(f"{name}: more than {max_bytes} bytes")
    if not payload.strip():
        raise Garbled(f"{name}: the document is empty")
    if b"<!DOCTYPE" in payload:
        raise Garbled(f"{name}: a DOCTYPE is refused")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(payload, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise Garbled(f"{name}: no whole XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding where its letters look different
        raise Garbled(f"{name}: a DOCTYPE is refused")
    return root
