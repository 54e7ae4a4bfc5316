"""Telephone numbers in one form (E.164), so that a number that answers is the number that was called."""

from __future__ import annotations

import phonenumbers

HOME = "DE"
SHORTEST = 6
"""Digits without the country's: 110 and 112 are nobody's own number."""


class NoNumber(ValueError):
    """This is no telephone number: write +49 170 1234567."""


def e164(text: str, *, region: str = HOME) -> str:
    """`+491701234567`; numbers without a country are of `region`. Raises NoNumber, which does not repeat the text."""
    try:
        found = phonenumbers.parse(text[:60], region)
    except phonenumbers.NumberParseException:
        raise NoNumber(NoNumber.__doc__) from None
    if not phonenumbers.is_possible_number(found) or len(str(found.national_number)) < SHORTEST:
        raise NoNumber(NoNumber.__doc__)
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
