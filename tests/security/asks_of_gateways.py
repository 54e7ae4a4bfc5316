"""Asks about gateways. `asks` imports this. Providers have no session: without the gateway's secret nobody is heard."""

from __future__ import annotations

from tests.security.asks import plain

RECEIPT = {"call": "0197f3c1-nobody", "state": "DELIVERED"}
INBOUND = {"from": "+491700000000", "text": "1"}

plain("GET /api/gateways")
plain("GET /api/gateways/messages")
plain("POST /api/gateways/{name}/receipts", path={"name": "sms"}, json=RECEIPT, headers={"X-Lagebild-Key": "geraten"})
plain("POST /api/gateways/{name}/inbound", path={"name": "sms"}, json=INBOUND, headers={"X-Lagebild-Key": "geraten"})
