"""Vehicle plates of North Rhine-Westphalia and the district or city that is called so on the air."""

from __future__ import annotations

from collections.abc import Mapping

NRW_PLATES: Mapping[str, str] = {
    "AC": "Aachen", "BI": "Bielefeld", "BM": "Rhein-Erft", "BN": "Bonn", "BO": "Bochum", "BOR": "Borken",
    "BOT": "Bottrop", "COE": "Coesfeld", "D": "Düsseldorf", "DN": "Düren", "DO": "Dortmund", "DU": "Duisburg",
    "E": "Essen", "EN": "Ennepe-Ruhr", "EU": "Euskirchen", "GE": "Gelsenkirchen", "GL": "Rhein-Berg",
    "GM": "Oberberg", "GT": "Gütersloh", "HA": "Hagen", "HAM": "Hamm", "HER": "Herne", "HF": "Herford",
    "HS": "Heinsberg", "HSK": "Hochsauerland", "HX": "Höxter", "K": "Köln", "KLE": "Kleve", "KR": "Krefeld",
    "LEV": "Leverkusen", "LIP": "Lippe", "ME": "Mettmann", "MG": "Mönchengladbach", "MH": "Mülheim",
    "MI": "Minden-Lübbecke", "MK": "Märkischer Kreis", "MS": "Münster", "NE": "Neuss", "OB": "Oberhausen",
    "OE": "Olpe", "PB": "Paderborn", "RE": "Recklinghausen", "RS": "Remscheid", "SG": "Solingen",
    "SI": "Siegen-Wittgenstein", "SO": "Soest", "ST": "Steinfurt", "SU": "Rhein-Sieg", "UN": "Unna",
    "VIE": "Viersen", "W": "Wuppertal", "WAF": "Warendorf", "WES": "Wesel",
}  # fmt: skip
