"""What a page does besides what it shows: requests, console, policy violations, dialogs, crashes."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Page, Request, WebError, WebSocket

LISTENER = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  console.error(`policy violation: ${event.violatedDirective} blocked ${event.blockedURI} ${event.sample}`);
});
"""


class Watch:
    """Collects from the moment a context is there. `unwelcome` lists what no page of ours may do."""

    def __init__(self, context: BrowserContext, host: str) -> None:
        self.host = host
        self.requests: list[str] = []
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.network: list[str] = []
        self.dialogs: list[str] = []
        context.on("request", self._request)
        context.on("weberror", self._crash)
        context.on("console", self._console)
        context.on("dialog", self._dialog)
        context.on("page", self._page)

    async def listen(self, context: BrowserContext) -> None:
        await context.add_init_script(LISTENER)

    def unwelcome(self) -> list[str]:
        """Errors of the network itself (a server that is gone) are not among them: some tests cause them."""
        return [*(f"foreign request {u}" for u in self.foreign), *self.errors, *(f"dialog {d}" for d in self.dialogs)]

    def _visit(self, url: str) -> None:
        self.requests.append(url)
        parts = urlsplit(url)
        if parts.scheme not in ("blob", "data") and parts.netloc != self.host:
            self.foreign.append(url)

    def _request(self, request: Request) -> None:
        self._visit(request.url)

    def _page(self, page: Page) -> None:
        page.on("websocket", self._socket)

    def _socket(self, socket: WebSocket) -> None:
        self._visit(socket.url)

    def _crash(self, error: WebError) -> None:
        self.errors.append(f"uncaught: {getattr(error.error, 'stack', None) or error.error}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if "Failed to load resource" in message.text or "WebSocket connection to" in message.text:
            self.network.append(message.text)
        elif "GPU stall due to ReadPixels" not in message.text and "GL Driver Message" not in message.text:
            self.errors.append(f"console {message.type}: {message.text}")

    async def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()
