"""What the page must know before anything else."""

from __future__ import annotations

from fastapi import APIRouter

from service.routes.shapes import SettingsOut


def routes(page: SettingsOut) -> APIRouter:
    router = APIRouter(tags=["page"])

    @router.get("/api/settings", summary="What the page needs to start")
    async def get_settings() -> SettingsOut:
        return page

    return router
