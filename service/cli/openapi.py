"""The interface's own description, for generated clients."""

from __future__ import annotations

import typer


def openapi() -> None:
    """Print the OpenAPI description as JSON; needs neither database nor network."""
    import orjson

    from service.app import create_app
    from service.settings import Settings

    # As published: the description must not depend on how this machine is configured.
    settings = Settings.model_construct(None)
    app = create_app(settings, "postgresql://nobody@localhost/none")
    typer.echo(orjson.dumps(app.openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
