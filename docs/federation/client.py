"""A partner of a Lagebild node in one file: keys, handshake, sending things, reading things. See docs/federation.md.

    pip install httpx cryptography http-message-signatures
    python client.py INVITATION      # then both sides compare the words, and the node's staff confirms

Not for production: keys and places are kept in memory only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(value: Any) -> bytes:
    """RFC 8785 for what has no fractions."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def kid_of(x: str) -> str:
    return b64(hashlib.sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": x})).digest())[:16]


def fingerprint(x: str, seal_x: str) -> bytes:
    return hashlib.sha256(f"lagebild keys 1\n{x}\n{seal_x}".encode()).digest()


class Message:
    """What the signature library wants to see of a request or an answer."""

    def __init__(self, method: str, url: str, headers: Any, status: int | None = None, asked: Message | None = None):
        self.method, self.url, self.headers = method, url, headers
        if status is not None:
            self.status_code, self.request = status, asked


class Partner:
    """We, as the node sees us; `mode` must be that of the node."""

    def __init__(self, origin: str, name: str, mode: str = "ACTUAL") -> None:
        self.origin, self.name, self.mode = origin, name, mode
        self.key, self.seal = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.x = b64(self.key.public_key().public_bytes_raw())
        self.seal_x = b64(self.seal.public_key().public_bytes_raw())
        self.sent = {"epoch": int(time.time() * 1_000_000), "number": 0, "token": ""}  # what the node has of ours
        self.have = {"epoch": 0, "number": 0, "token": ""}  # what we have of the node's
        self.http = httpx.Client(timeout=20)

    def document(self) -> dict[str, Any]:
        said = {
            "version": 1, "origin": self.origin, "name": self.name, "ars": "", "level": "MUNICIPALITY",
            "mode": self.mode, "endpoints": {}, "schema": {"envelope": 1}, "software": "reference client",
            "keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid_of(self.x), "x": self.x},
                     {"kty": "OKP", "crv": "X25519", "use": "enc", "kid": kid_of(self.seal_x), "x": self.seal_x}],
        }  # fmt: skip
        head = b64(canonical({"alg": "Ed25519", "kid": kid_of(self.x), "typ": "lagebild-document"}))
        signature = self.key.sign(f"{head}.{b64(canonical(said))}".encode())
        return {**said, "signature": f"{head}..{b64(signature)}"}

    def hello(self, invitation: str) -> str:
        """The node's origin. From now on its keys are believed, once both humans have compared the words."""
        self.url = invitation.partition("/.well-known/lagebild")[0]
        given = {name: value[0] for name, value in parse_qs(urlsplit(invitation).fragment).items()}
        self.node = self.http.get(f"{self.url}/.well-known/lagebild").json()
        self.node_x, self.node_seal = (key["x"] for key in self.node["keys"])
        if b64(fingerprint(self.node_x, self.node_seal)) != given["keys"]:
            raise SystemExit("The keys are not those of the invitation: somebody stands in between.")
        body = {"version": 1, "secret": given["secret"], "document": self.document()}
        answer = self.post("/federation/v1/hello", body)
        if answer.status_code != 200:
            raise SystemExit(answer.text)
        return str(self.node["origin"])

    def words(self) -> str:
        """The same eight words stand on the node's screen, unless somebody stands in between."""
        both = sorted((fingerprint(self.x, self.seal_x), fingerprint(self.node_x, self.node_seal)))
        stretched = hashlib.pbkdf2_hmac("sha256", b"".join(both), b"lagebild words 1", 50_000, 16)
        numbers = (int.from_bytes(stretched[at : at + 2]) for at in range(0, 16, 2))
        con, vow = "bdfghjklmnprstvz", "aiou"
        return " ".join(
            con[n >> 12] + vow[n >> 10 & 3] + con[n >> 6 & 15] + vow[n >> 4 & 3] + con[n & 15] for n in numbers
        )

    def post(self, path: str, body: Any) -> httpx.Response:
        """Signed, and the answer's signature checked (RFC 9421)."""
        content = json.dumps(body).encode()
        request = self.http.build_request(
            "POST", self.url + path, content=content, headers={"Content-Type": "application/json"}
        )
        kid = kid_of(self.x)
        signer = HTTPMessageSigner(
            signature_algorithm=ED25519,
            key_resolver=MappingKeyResolver(public_keys={}, private_keys={kid: self.key}),
        )
        asked = Message("POST", str(request.url), request.headers)
        signer.sign(
            asked, key_id=kid, created=datetime.now(UTC), nonce=secrets.token_urlsafe(18), label="lagebild",
            tag="lagebild", covered_component_ids=("@method", "@target-uri", "@authority", "content-type"),
            body=content,
        )  # fmt: skip
        answer = self.http.send(request, stream=True)
        received = b"".join(answer.iter_raw())
        node_key = Ed25519PublicKey.from_public_bytes(raw(self.node_x))
        verifier = HTTPMessageVerifier(
            signature_algorithm=ED25519,
            key_resolver=MappingKeyResolver(public_keys={kid_of(self.node_x): node_key}, private_keys={}),
        )
        told = Message("POST", str(request.url), answer.headers, answer.status_code, asked)
        verifier.verify(
            told, expect_tag="lagebild", expect_label="lagebild", body=received,
            require_components=("@status", "content-digest", '"signature";req'),
        )  # fmt: skip
        return httpx.Response(answer.status_code, headers=answer.headers, content=received)

    def send(self, *items: dict[str, Any]) -> int:
        """One envelope; the status of the answer. What the node says it has is where we go on."""
        number = self.sent["number"] + 1
        envelope = {
            "version": 1, "sender": self.origin, "recipient": self.node["origin"], "mode": self.mode,
            "epoch": self.sent["epoch"], "number": number, "after": self.sent["token"] if number > 1 else "",
            "upto": f"place {number}", "at": datetime.now(UTC).isoformat(), "items": list(items), "ack": self.have,
        }  # fmt: skip
        answer = self.post("/federation/v1/inbox", envelope)
        if answer.status_code in (200, 409):
            self.sent = {"epoch": 0, "number": 0, "token": "", **answer.json()}
        return answer.status_code

    def fetch(self) -> list[dict[str, Any]]:
        """The next items that the node has for us; empty if there is nothing new."""
        answer = self.post("/federation/v1/outbox", self.have)
        if answer.status_code == 204:
            return []
        envelope = answer.json()
        if envelope.get("items"):
            self.have = {"epoch": envelope["epoch"], "number": envelope["number"], "token": envelope["upto"]}
        return list(envelope.get("items", []))


if __name__ == "__main__":
    we = Partner("reference", "Reference client")
    print("partner of", we.hello(sys.argv[1]))
    print("compare:", we.words())
    input("Press Enter when the other side has confirmed. ")
    print("share begins:", we.send({"type": "share", "share": "s", "version": 1, "state": "OPEN", "title": "Example"}))
    for item in we.fetch():
        print(item)
