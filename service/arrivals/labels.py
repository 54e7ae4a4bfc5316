"""QR labels for vehicles: what a tablet at a Meldekopf reads, and a sheet of them to print."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import lxml.etree
import lxml.html
import segno
from lxml.builder import E
from weasyprint import HTML
from weasyprint.document import Document
from weasyprint.urls import URLFetcher

from geodata.model.ref import Ref

PREFIX = "LAGEBILD:"
_STYLE = """
@page { size: A4; margin: 10mm 8mm; @bottom-center { content: counter(page) "/" counter(pages); font-size: 8pt; } }
body { margin: 0; font-family: "Fira Sans", "Noto Sans", sans-serif; }
.label { display: inline-block; box-sizing: border-box; width: 64mm; height: 44mm; padding: 2mm; overflow: hidden;
         border: 0.2mm dashed #888; break-inside: avoid; text-align: center; font-size: 9pt; vertical-align: top; }
.label svg { width: 28mm; height: 28mm; } .label b { display: block; line-height: 1.15; }
"""


@dataclass(frozen=True, slots=True)
class Label:
    ref: Ref
    callsign: str
    type: str


def content(ref: Ref, callsign: str) -> str:
    """`LAGEBILD:origin/resource/id callsign`, stable for as long as labels hang in vehicles. The call sign is there for
    those who do not know the ref."""
    return f"{PREFIX}{ref} {' '.join(callsign.split())}"


def qr(label: Label) -> bytes:
    """The code as SVG, error correction M: a scratched label still reads. It says that it is UTF-8: readers guess."""
    out = io.BytesIO()
    segno.make(content(label.ref, label.callsign), error="m", micro=False, encoding="utf-8", eci=True).save(
        out, kind="svg", scale=4, border=4, xmldecl=False, svgclass=None, lineclass=None
    )
    return out.getvalue()


def sheet(labels: Sequence[Label]) -> bytes:
    """A4 pages of three by six labels as PDF. Takes seconds for hundreds: call it in a thread."""
    written: bytes = rendered(labels).write_pdf()
    return written


def rendered(labels: Sequence[Label]) -> Document:
    """The pages, laid out."""
    shown = []
    for label in labels:
        code = lxml.etree.fromstring(_sized(qr(label)))
        shown.append(E.div({"class": "label"}, code, E.b(_plain(label.callsign)), E.span(_plain(label.type))))
    page = E.html(E.head(E.style(_STYLE)), E.body(*shown))
    string = lxml.html.tostring(page, encoding="unicode", doctype="<!DOCTYPE html>")
    return HTML(string=string, url_fetcher=_Nothing(), base_url=None).render()


class _Nothing(URLFetcher):  # type: ignore[misc]
    def fetch(self, url: str, headers: object = None) -> NoReturn:
        raise ValueError(f"nothing is fetched for labels, not {url[:80]}")


def _sized(svg: bytes) -> bytes:
    """With a view box, so that the sheet sets its size."""
    root: Any = lxml.etree.fromstring(svg)
    root.set("viewBox", f"0 0 {root.attrib.pop('width')} {root.attrib.pop('height')}")
    written: bytes = lxml.etree.tostring(root)
    return written


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())
