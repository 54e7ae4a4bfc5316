"""What goes wrong on the way to an image, each with a text for whoever asked. Light: importing it loads no library."""

from __future__ import annotations


class ImageryError(Exception):
    """No image. `code` names the kind for the page's own words, `retry_after` how many seconds to wait, if known."""

    code = "FAILED"

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class NotConfigured(ImageryError):
    """No access to the Copernicus Data Space is configured: set copernicus.client_id and copernicus.client_secret."""

    code = "NOT_CONFIGURED"


class BadCredentials(ImageryError):
    """The Copernicus Data Space does not accept the credentials: check copernicus.client_id and client_secret."""

    code = "CREDENTIALS"


class Forbidden(ImageryError):
    """The Copernicus Data Space does not allow this with our credentials."""

    code = "FORBIDDEN"


class QuotaUsedUp(ImageryError):
    """The processing units of this month are used up."""

    code = "QUOTA"


class Throttled(ImageryError):
    """The Copernicus Data Space has too many requests of ours at the moment."""

    code = "THROTTLED"


class Unreachable(ImageryError):
    """The Copernicus Data Space does not answer, or answers with a fault of its own."""

    code = "UNREACHABLE"


class TooSlow(ImageryError):
    """The Copernicus Data Space took longer than we wait."""

    code = "SLOW"


class BrokenImage(ImageryError):
    """What came is no image as asked for: cut off, too large, or something else."""

    code = "BROKEN"


class Refused(ImageryError):
    """The Copernicus Data Space refused the request as wrong."""

    code = "REFUSED"


class NoSuchScene(ImageryError):
    """The Copernicus Data Space does not know this scene."""

    code = "NO_SCENE"


class NothingThere(ImageryError):
    """The scene holds no values in this area."""

    code = "EMPTY"


class AnalysisFailed(ImageryError):
    """The image could not be evaluated."""

    code = "ANALYSIS"


class Stopped(ImageryError):
    """Taken back while it was running."""

    code = "CANCELLED"


class BadOrder(ValueError):
    """The job cannot be done as asked. `field` names the place."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class TooMany(Exception):
    """Too many jobs wait already. Cancel one, or wait until some are done."""


class OutOfUnits(Exception):
    """The processing units that the settings allow in a month do not suffice."""


class NoSuchImage(Exception):
    """There is no such image here, or you may not see it."""
