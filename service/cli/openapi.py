"""The interface's own description, for generated clients."""

from __future__ import annotations

import typer


def openapi() -> None:
    """Print the OpenAPI description as JSON; needs neither database nor network."""
    import orjson

    from service.app import create_app
    from service.settings import Settings

    app = create_app(Settings.model_construct(**_defaults()), "postgresql://nobody@localhost/none")
    typer.echo(orjson.dumps(app.openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


def _defaults() -> dict[str, object]:
    """As published: the description must not depend on how this machine is configured."""
    from service.settings import Settings

    return {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
