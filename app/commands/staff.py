"""What the commands of the site's staff share: they act on the whole site, as the operator of the server."""

import click

from app.audit.record import Actor

OPERATOR = Actor(user_id=None, address="cli")

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
