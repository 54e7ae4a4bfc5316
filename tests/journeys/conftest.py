"""Journeys through the browser borrow Chromium, its watched pages and fresh databases from the browser tests."""

from __future__ import annotations

from tests.browser.conftest import chromium, nrw_copy, visit

__all__ = ["chromium", "nrw_copy", "visit"]
