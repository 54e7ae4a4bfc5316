"""WebAuthn: adding a passkey and signing in with one. Each challenge is kept here and counts once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import webauthn
from starlette.requests import Request
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from geodata.store.database import Database, Transaction
from service.access.visitor import NotSignedIn
from service.accounts.proofs import store
from service.errors import Invalid

LIFETIME = timedelta(minutes=5)
ADD, SIGN_IN = "passkey-add", "passkey-sign-in"
_REFUSED = "This passkey was not accepted. Try again or sign in another way."
_BROKEN = (WebAuthnException, ValueError, KeyError, TypeError)


def page_of(request: Request) -> tuple[str, str]:
    """Origin of the page and its host, which is the relying party. The guard has made sure that the page is ours."""
    origin = request.headers.get("origin", "")
    host = urlsplit(origin).hostname
    if not host:
        raise Invalid("Origin", "passkeys work in browsers only: the request needs an Origin")
    return origin, host


async def begin_adding(database: Database, request: Request, *, person: str, name: str, title: str) -> dict[str, Any]:
    """A ceremony for the browser: `options` as navigator.credentials.create takes them."""
    _, host = page_of(request)
    known = await store.passkeys(database, person)
    options = webauthn.generate_registration_options(
        rp_id=host,
        rp_name=title,
        user_id=person.encode(),
        user_name=name,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(key["credential"])) for key in known],
    )
    return await _ceremony(database, ADD, options.challenge, webauthn.options_to_json(options), person)


async def finish_adding(
    tx: Transaction, request: Request, challenge: bytes, *, person: str, credential: Any, name: str
) -> str:
    """The id of the new passkey. Raises Invalid."""
    origin, host = page_of(request)
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except _BROKEN as error:
        raise Invalid("credential", f"this passkey was not accepted: {error}") from error
    added = await store.add_passkey(
        tx,
        person,
        credential=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name,
    )
    if not added:
        raise Invalid("credential", "this passkey is known already")
    return bytes_to_base64url(verified.credential_id)


async def begin_sign_in(database: Database, request: Request) -> dict[str, Any]:
    """A ceremony for anybody: the authenticator itself knows whose passkeys it holds."""
    _, host = page_of(request)
    options = webauthn.generate_authentication_options(
        rp_id=host, user_verification=UserVerificationRequirement.REQUIRED
    )
    return await _ceremony(database, SIGN_IN, options.challenge, webauthn.options_to_json(options), None)


async def finish_sign_in(tx: Transaction, request: Request, challenge: bytes, credential: Any) -> str:
    """The id of the person whose passkey it is. Raises NotSignedIn."""
    origin, host = page_of(request)
    try:
        found = await store.passkey(tx, base64url_to_bytes(str(credential["rawId"])))
        if found is None:
            raise NotSignedIn(_REFUSED)
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=bytes(found.public_key),
            credential_current_sign_count=found.sign_count,
            require_user_verification=True,
        )
    except _BROKEN as error:
        raise NotSignedIn(_REFUSED) from error
    await store.passkey_used(tx, bytes(found.credential), verified.new_sign_count)
    return str(found.person)


async def challenge_of(database: Database, purpose: str, ceremony: str, person: str | None = None) -> bytes:
    """What was asked when this ceremony began; nobody learns it twice. Raises Invalid."""
    taken = await store.take_challenge(database, purpose, ceremony)
    if taken is None or taken[0] != person:
        raise Invalid("ceremony", "this ceremony is over; begin again")
    return base64url_to_bytes(taken[1]["challenge"])


async def _ceremony(
    database: Database, purpose: str, challenge: bytes, options: str, person: str | None
) -> dict[str, Any]:
    kept = {"challenge": bytes_to_base64url(challenge)}
    secret = await store.challenge(database, purpose, kept, person=person, lifetime=LIFETIME)
    return {"ceremony": secret, "options": json.loads(options)}
