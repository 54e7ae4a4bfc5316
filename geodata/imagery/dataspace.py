"""Speaking with the Copernicus Data Space: sentinelhub's client with limits of time and size, and our own errors.

sentinelhub as it comes waits without limit for a token, repeats 429 for ever, takes Retry-After for milliseconds, and
reads answers of any size. What it knows of requests and paging is used as it is. Everything here blocks: worker
threads only. Tokens and secrets appear in no message and no log line.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3
from sentinelhub.config import SHConfig
from sentinelhub.download.models import DownloadRequest
from sentinelhub.download.sentinelhub_client import SentinelHubDownloadClient
from sentinelhub.download.session import SentinelHubSession

from geodata.imagery.credentials import Access
from geodata.imagery.failures import (
    BadCredentials,
    BrokenImage,
    Forbidden,
    ImageryError,
    QuotaUsedUp,
    Refused,
    Stopped,
    Throttled,
    TooSlow,
    Unreachable,
)

# Their debug lines name the form that was posted for a token.
for _name in ("requests_oauthlib", "oauthlib"):
    logging.getLogger(_name).setLevel(logging.WARNING)

CONNECT_SECONDS = 10.0
MOST_TOKEN_BYTES = 100_000
_CHUNK = 65_536
_RENEW_BEFORE = 30


def configured(access: Access) -> SHConfig:
    """use_defaults: nothing is read from files or variables of the machine."""
    return SHConfig(
        use_defaults=True,
        sh_client_id=access.client_id,
        sh_client_secret=access.client_secret,
        sh_base_url=access.base_url,
        sh_token_url=access.token_url,
        max_download_attempts=1,
        download_timeout_seconds=access.seconds,
    )


class Session(SentinelHubSession):
    """A token that is fetched when first needed and renewed before it ends."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        super().__init__(configured(access), _RENEW_BEFORE, _token={"access_token": "", "expires_at": 0.0})

    @property
    def session_headers(self) -> dict[str, str]:
        with self._lock:
            headers: dict[str, str] = super().session_headers
        return headers

    def expire(self, authorization: str | bytes | None) -> None:
        """The service no longer takes this token: the next request fetches another."""
        with self._lock:
            if authorization == f"Bearer {self._token['access_token']}":
                self._token = {"access_token": "", "expires_at": 0.0}

    def _collect_new_token(self) -> dict[str, Any]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._access.client_id,
            "client_secret": self._access.client_secret,
        }
        answer = exchange("POST", self._access.token_url, self._access, most=MOST_TOKEN_BYTES, data=form)
        if answer.status_code in (400, 401, 403):
            raise BadCredentials(str(BadCredentials.__doc__))
        raise_for(answer)
        try:
            given = answer.json()
            token, lifetime = given["access_token"], float(given.get("expires_in", 300))
        except (ValueError, KeyError, TypeError) as error:
            raise Unreachable("The token service of the Copernicus Data Space gave no token.") from error
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or len(token) > 20_000:
            raise Unreachable("The token service of the Copernicus Data Space gave no usable token.")
        return {"access_token": token, "expires_at": time.time() + max(lifetime, 1.0)}


class Client(SentinelHubDownloadClient):
    """Sends what sentinelhub prepares. `spent` adds up the processing units that the service says it took."""

    def __init__(self, access: Access, session: Session, *, stop: threading.Event | None = None) -> None:
        super().__init__(session=session, config=configured(access))
        self._access, self._ours, self._stop = access, session, stop
        self.spent = 0.0
        self.heard: Callable[[int], None] | None = None
        """Told how many bytes of an answer are here."""

    def _do_download(self, request: DownloadRequest) -> requests.Response:
        answer = self._once(request)
        if answer.status_code == 401:  # withdrawn or ended early: once more with a fresh token
            self._ours.expire(answer.request.headers.get("Authorization"))
            answer = self._once(request)
        raise_for(answer)
        with contextlib.suppress(ValueError):  # not a number: then the estimate counts
            self.spent += max(float(answer.headers.get("x-processingunits-spent", 0)), 0.0)
        return answer

    def _once(self, request: DownloadRequest) -> requests.Response:
        return exchange(
            request.request_type.value,
            str(request.url),
            self._access,
            most=self._access.bytes,
            stop=self._stop,
            heard=self.heard,
            json=request.post_values,
            headers=self._prepare_headers(request),
        )


def exchange(
    method: str,
    url: str,
    access: Access,
    *,
    most: int,
    stop: threading.Event | None = None,
    heard: Callable[[int], None] | None = None,
    **sent: Any,
) -> requests.Response:
    """One request with its whole answer, within the time and size allowed. Raises ImageryError."""
    end = time.monotonic() + access.seconds
    body = bytearray()
    try:
        with requests.request(
            method, url, stream=True, allow_redirects=False, timeout=(CONNECT_SECONDS, access.seconds), **sent
        ) as answer:
            # Not iter_content: it waits for whole chunks, and a server that drips bytes would hold us without limit.
            while chunk := answer.raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if heard:
                    heard(len(body))
                if len(body) > most:
                    raise BrokenImage(f"The answer is larger than {most // 1_000_000} MB.")
                if time.monotonic() > end:
                    raise TooSlow(f"The answer took longer than {access.seconds:.0f} s.")
                if stop and stop.is_set():
                    raise Stopped(str(Stopped.__doc__))
            answer._content = bytes(body)
            return answer
    except requests.Timeout as error:
        raise TooSlow(f"No answer within {access.seconds:.0f} s.") from error
    except urllib3.exceptions.ReadTimeoutError as error:
        raise TooSlow(f"The answer stopped for {access.seconds:.0f} s.") from error
    except urllib3.exceptions.HTTPError as error:
        raise BrokenImage("The answer was cut off.") from error
    except requests.RequestException as error:
        raise Unreachable(f"{Unreachable.__doc__} ({type(error).__name__})") from error


def raise_for(answer: requests.Response) -> None:
    """Raises the ImageryError that the status and the service's words stand for."""
    status = answer.status_code
    if 200 <= status < 300:
        return
    said = _said(answer)
    wait = _retry_after(answer.headers.get("Retry-After"))
    about_units = any(word in said.upper() for word in ("PROCESSING_UNIT", "PROCESSING UNIT", "QUOTA", "OUT_OF_PU"))
    if (status in (402, 403) and about_units) or (status == 429 and "INSUFFICIENT" in said.upper()):
        raise QuotaUsedUp(f"{QuotaUsedUp.__doc__} ({said})", retry_after=wait)
    if status == 401:
        raise BadCredentials(str(BadCredentials.__doc__))
    if status == 403:
        raise Forbidden(f"{Forbidden.__doc__} ({said})")
    if status == 429:
        raise Throttled(str(Throttled.__doc__), retry_after=wait if wait is not None else 30.0)
    if status in (408, 504):
        raise TooSlow(f"{TooSlow.__doc__} (HTTP {status})")
    if status >= 500 or status < 400:
        raise Unreachable(f"{Unreachable.__doc__} (HTTP {status})", retry_after=wait)
    raise Refused(f"{Refused.__doc__} (HTTP {status}: {said})")


def translated(error: Exception) -> ImageryError:
    """Ours for whatever sentinelhub raised."""
    if isinstance(error, ImageryError):
        return error
    cause = getattr(error, "request_exception", None)
    if isinstance(cause, requests.Timeout):
        return TooSlow(str(TooSlow.__doc__))
    return BrokenImage(f"The answer of the Copernicus Data Space cannot be read ({type(error).__name__}).")


def _said(answer: requests.Response) -> str:
    """The service's own words, short and plain."""
    try:
        given = answer.json()
        error = given.get("error", given)
        if isinstance(error, dict):
            parts = [str(error[key]) for key in ("code", "reason", "message") if error.get(key)]
        else:
            parts = [str(error)]
        text = ": ".join(dict.fromkeys(parts))
    except (ValueError, AttributeError):
        text = str(answer.reason or "")
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable() and sign not in "<>")[:200]


def _retry_after(value: str | None) -> float | None:
    """Seconds, from a number of them or a date. Not below one second nor above an hour."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 1.0), 3600.0) if seconds == seconds else None
