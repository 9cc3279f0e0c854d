"""`proofsheet storage …`: compare the store with the rows, and do the night's work now."""

import sys

import click

from app.commands.acting import application
from app.core.filters import plural
from app.publishing.nightly import run_now
from app.publishing.orphans import MOST_NAMED, Found, compare, remove_orphans

PROBLEMS = 1
DONE = {
    "jobs": "pictures of deleted jobs",
    "pages": "pages of the trash",
    "images": "pictures of the trash",
    "objects": "objects of the store",
}


@click.group()
def storage() -> None:
    """Files of pictures, and the rows that speak of them."""


@storage.command()
@click.option("--remove", is_flag=True, help="Remove the orphans that are older than 24 hours.")
def check(*, remove: bool) -> None:
    """Find objects without a row and rows without an object. Changes nothing unless told to."""
    with application():
        found = remove_orphans() if remove else compare()
    _tell(found)
    if not found.is_well and not (remove and found.removed == len(found.orphans) and not found.missing):
        sys.exit(PROBLEMS)


@storage.command()
def purge() -> None:
    """Empty the trash of what is past its time, as every night at 03:00 UTC."""
    with application():
        report = run_now()
    for what, words in DONE.items():
        click.echo(f"{report[what]:6} {words}")


def _tell(found: Found) -> None:
    click.echo(f"{plural(found.objects, 'object')} seen.")
    for each in found.orphans[:MOST_NAMED]:
        click.echo(f"without a row: {each.key} ({each.bytes} bytes, {each.modified_at:%Y-%m-%d %H:%M} UTC)")
    for key in found.missing[:MOST_NAMED]:
        click.echo(f"missing: {key}")
    for key in found.foreign[:MOST_NAMED]:
        click.echo(f"not ours, left alone: {key}")
    click.echo(
        f"{plural(len(found.orphans), 'orphan')}, {found.young} of them younger than a day; {found.removed} removed; "
        f"{plural(len(found.missing), 'missing object')}."
    )
