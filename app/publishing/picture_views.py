"""Public pictures by their names, which are made for people and search engines."""

from flask import Blueprint, Response

from app.accounts.access import public
from app.publishing.media import picture_address, serve_named

blueprint = Blueprint("pictures", __name__)
blueprint.add_app_template_global(picture_address)


@blueprint.get("/pictures/<filename>")
@public
def picture(filename: str) -> Response:
    return serve_named(filename)
