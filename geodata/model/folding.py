"""Names as people type them: Köln, Koeln, KOLN and koln are the same. `geodata.store.search` does it in SQL as well."""

from __future__ import annotations

_LETTERS = {"äáàâå": "a", "öóòôø": "o", "üúùû": "u", "éèêë": "e", "íìîï": "i", "ç": "c", "ñ": "n", "ý": "y"}
_PUNCTUATION = "-–_()[]{}./,;:'’\"!?*+&%|\\\t\n"

FROM = "".join(_LETTERS) + _PUNCTUATION
TO = "".join(plain * len(accented) for accented, plain in _LETTERS.items()) + " " * len(_PUNCTUATION)
"""Characters, and what each becomes; punctuation becomes a space."""

PAIRS = (("ß", "ss"), ("ae", "a"), ("oe", "o"), ("ue", "u"))
"""The spelling for keyboards without umlauts becomes what the umlauts became; both sides of a comparison do."""

_TABLE = str.maketrans(FROM, TO)


def fold(text: str) -> str:
    """Lower case, without accents, umlauts and punctuation, single spaces between words."""
    folded = text.lower().translate(_TABLE)
    for pair, one in PAIRS:
        folded = folded.replace(pair, one)
    return " ".join(folded.split())
