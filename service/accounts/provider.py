"""An OpenID Connect provider: discovery, the authorisation code with PKCE, and the ID token it is exchanged for."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from service.settings import OidcSettings

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
_KEEP = 3600.0
_TIMEOUT = httpx.Timeout(10.0)


class ProviderFailed(Exception):
    """The identity provider does not answer as it should."""


class Refused(Exception):
    """The identity provider did not sign this person in."""


@dataclass(frozen=True, slots=True)
class Identity:
    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What must be kept until the browser comes back; `state` goes with it."""

    nonce: str
    verifier: str


class Provider:
    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at = 0.0

    def begin(self) -> Begun:
        return Begun(secrets.token_urlsafe(24), secrets.token_urlsafe(48))

    async def address(self, begun: Begun, *, state: str, redirect: str) -> str:
        """Where the browser goes to sign in. Raises ProviderFailed."""
        metadata = await self._discovered()
        return str(
            prepare_grant_uri(
                metadata["authorization_endpoint"],
                client_id=self.settings.client_id,
                response_type="code",
                redirect_uri=redirect,
                scope=self.settings.scope,
                state=state,
                nonce=begun.nonce,
                code_challenge=create_s256_code_challenge(begun.verifier),
                code_challenge_method="S256",
            )
        )

    async def identity(self, begun: Begun, *, code: str, redirect: str) -> Identity:
        """Who the provider says it was. Raises ProviderFailed, Refused."""
        metadata = await self._discovered()
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect,
            "code_verifier": begun.verifier,
        }  # fmt: skip
        auth: httpx.Auth | None = httpx.BasicAuth(self.settings.client_id, self.settings.client_secret)
        if "client_secret_basic" not in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            form |= {"client_id": self.settings.client_id, "client_secret": self.settings.client_secret}
            auth = None
        token = await self._json("POST", metadata["token_endpoint"], data=form, auth=auth)
        if not isinstance(token.get("id_token"), str):
            raise ProviderFailed("the provider gave no ID token; is openid in the scope?")
        claims = await self._verified(token, begun.nonce)
        name = claims.get(self.settings.name_claim)
        if not name and metadata.get("userinfo_endpoint") and isinstance(token.get("access_token"), str):
            bearer = {"Authorization": f"Bearer {token['access_token']}"}
            more = await self._json("GET", metadata["userinfo_endpoint"], headers=bearer)
            if more.get("sub") == claims["sub"]:
                name = more.get(self.settings.name_claim)
        return Identity(str(claims["sub"])[:255], str(name or claims.get("preferred_username") or "Ohne Namen"))

    async def _verified(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        try:
            try:
                decoded = jwt.decode(token["id_token"], await self._key_set(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # perhaps signed with a key that is newer than those we hold
                decoded = jwt.decode(token["id_token"], await self._key_set(anew=True), algorithms=ALGORITHMS)
            expected = {
                "iss": {"essential": True, "value": self._metadata["issuer"]},
                "aud": {"essential": True, "value": self.settings.client_id},
                "sub": {"essential": True},
            }
            asked = {"nonce": nonce, "client_id": self.settings.client_id, "access_token": token.get("access_token")}
            claims = CodeIDToken(decoded.claims, decoded.header, expected, asked)
            claims.validate(leeway=LEEWAY)
            if claims.get("nonce") != nonce:
                raise Refused("the ID token is not the answer to our question (nonce)")
        except (JoseError, ValueError) as error:
            raise Refused(f"the ID token is not valid: {error}") from error
        return dict(decoded.claims)

    async def _discovered(self) -> dict[str, Any]:
        if not self._metadata or time.monotonic() - self._read_at > _KEEP:
            metadata = await self._json("GET", f"{self.settings.issuer}/.well-known/openid-configuration")
            if str(metadata.get("issuer", "")).rstrip("/") != self.settings.issuer:
                raise ProviderFailed(f"the provider calls itself {str(metadata.get('issuer'))[:200]!r}")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                self._demand_safe(name, metadata.get(name))
            if metadata.get("userinfo_endpoint"):
                self._demand_safe("userinfo_endpoint", metadata["userinfo_endpoint"])
            self._metadata, self._keys, self._read_at = metadata, None, time.monotonic()
        return self._metadata

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        if self._keys is None or anew:
            try:
                self._keys = KeySet.import_key_set(await self._json("GET", self._metadata["jwks_uri"]))  # type: ignore[arg-type]
            except (JoseError, KeyError, TypeError) as error:
                raise ProviderFailed(f"the provider's keys cannot be read: {error}") from error
        return self._keys

    def _demand_safe(self, name: str, address: Any) -> None:
        """Whatever the issuer is reached by, so is the rest."""
        scheme = urlsplit(address).scheme if isinstance(address, str) else ""
        if scheme != "https" and scheme != urlsplit(self.settings.issuer).scheme:
            raise ProviderFailed(f"the provider's {name} is not an https address")

    async def _json(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as client:
                answer = await client.request(method, address, **more)
                content = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderFailed(f"the provider does not answer: {error!r}") from error
        if answer.status_code == 400 and isinstance(content, dict) and content.get("error") == "invalid_grant":
            raise Refused("the provider does not know this code any more")
        if answer.status_code != 200 or not isinstance(content, dict):
            raise ProviderFailed(f"the provider answered {answer.status_code}")
        return content
