"""Regional keys. ARS: Land 2, Bezirk 1, Kreis 2, Verband 4, Gemeinde 3 digits; AGS leaves the Verband out."""

from __future__ import annotations

import re

_KEY = re.compile(r"[0-9]{2,12}")

NRW = "05"

DISTRICTS_NRW = {
    "05111": "Düsseldorf",
    "05112": "Duisburg",
    "05113": "Essen",
    "05114": "Krefeld",
    "05116": "Mönchengladbach",
    "05117": "Mülheim an der Ruhr",
    "05119": "Oberhausen",
    "05120": "Remscheid",
    "05122": "Solingen",
    "05124": "Wuppertal",
    "05154": "Kleve",
    "05158": "Mettmann",
    "05162": "Rhein-Kreis Neuss",
    "05166": "Viersen",
    "05170": "Wesel",
    "05314": "Bonn",
    "05315": "Köln",
    "05316": "Leverkusen",
    "05334": "Städteregion Aachen",
    "05358": "Düren",
    "05362": "Rhein-Erft-Kreis",
    "05366": "Euskirchen",
    "05370": "Heinsberg",
    "05374": "Oberbergischer Kreis",
    "05378": "Rheinisch-Bergischer Kreis",
    "05382": "Rhein-Sieg-Kreis",
    "05512": "Bottrop",
    "05513": "Gelsenkirchen",
    "05515": "Münster",
    "05554": "Borken",
    "05558": "Coesfeld",
    "05562": "Recklinghausen",
    "05566": "Steinfurt",
    "05570": "Warendorf",
    "05711": "Bielefeld",
    "05754": "Gütersloh",
    "05758": "Herford",
    "05762": "Höxter",
    "05766": "Lippe",
    "05770": "Minden-Lübbecke",
    "05774": "Paderborn",
    "05911": "Bochum",
    "05913": "Dortmund",
    "05914": "Hagen",
    "05915": "Hamm",
    "05916": "Herne",
    "05954": "Ennepe-Ruhr-Kreis",
    "05958": "Hochsauerlandkreis",
    "05962": "Märkischer Kreis",
    "05966": "Olpe",
    "05970": "Siegen-Wittgenstein",
    "05974": "Soest",
    "05978": "Unna",
}
"""The 53 districts and district-free cities of NRW by the first five digits of their keys."""


def padded(prefix: str) -> str:
    """A prefix as the twelve digits that sources such as NINA ask for: 05315 -> 053150000000."""
    return prefix.ljust(12, "0")


def significant(ars: str) -> str:
    """A key without the zeros that only fill it up, cut at a level border: 053150000000 -> 05315."""
    for length in (2, 3, 5, 9):
        if ars[length:].strip("0") == "":
            return ars[:length]
    return ars


def prefix(key: str) -> str | None:
    """What the keys of the areas inside begin with; "" for a key of zeros only, by which sources mean all of Germany.
    None for what is no key: an empty text must never come to mean everywhere.
    """
    if not _KEY.fullmatch(key):
        return None
    return significant(key) if key.strip("0") else ""


def covers(area: str, ars: str) -> bool:
    """Whether the area of one key (any level, padded or not) contains the other."""
    return ars.startswith(significant(area))
