"""A passkey authenticator in software: real keys, real CBOR, real signatures, as the specification asks for them."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


class Authenticator:
    """Holds one passkey. `flags` says whether it has asked for a finger."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(24)
        self.count = 0
        self.flags = PRESENT | VERIFIED

    def create(self, options: dict[str, Any], origin: str) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        held = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(cose)
        said = self._said("webauthn.create", options["challenge"], origin)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._state(options["rp"]["id"], WITH_KEY) + held}
        response = {"clientDataJSON": _b64(said), "attestationObject": _b64(cbor2.dumps(attestation))}
        return self._credential(response)

    def get(self, options: dict[str, Any], origin: str) -> dict[str, Any]:
        self.count += 1
        said = self._said("webauthn.get", options["challenge"], origin)
        state = self._state(options["rpId"], 0)
        signature = self.key.sign(state + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": _b64(said), "authenticatorData": _b64(state), "signature": _b64(signature)}
        return self._credential(response)

    def _state(self, rp_id: str, more: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", self.flags | more, self.count)

    def _said(self, kind: str, challenge: str, origin: str) -> bytes:
        asked = bytes_to_base64url(base64url_to_bytes(challenge))
        return json.dumps({"type": kind, "challenge": asked, "origin": origin, "crossOrigin": False}).encode()

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        named = {"id": _b64(self.id), "rawId": _b64(self.id), "type": "public-key"}
        return {**named, "response": response, "clientExtensionResults": {}, "authenticatorAttachment": "platform"}


def _b64(content: bytes) -> str:
    return bytes_to_base64url(content)
