"""One of everything a workspace can have, and how each parameter of an address is filled from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from app.accounts.models import Role, User
from app.accounts.workspaces import save_member
from app.core.database import db, new_id, transaction
from app.generation.models import Job
from app.publishing.create_page import create_page
from app.publishing.models import Page, Tag
from app.publishing.name_pictures import name_pictures
from app.publishing.public_names import live_files
from app.publishing.publish import publish_kept
from app.publishing.tags import ensure_tags
from tests.services.application import Team
from tests.services.completed import complete

MakeJob = Callable[..., Job]


@dataclass(frozen=True)
class Belongings:
    """What is filled into addresses. The picture belongs to the job, the page shows the picture."""

    workspace_id: UUID
    job_id: UUID
    image_id: UUID
    asset_id: UUID
    page_id: UUID
    tag_id: UUID
    slug: str
    filename: str
    """The public name of a picture; one that nobody has when the page is not public."""
    user_id: UUID
    """A member who is neither of the three of the team."""


OBJECTS: Mapping[str, Callable[[Belongings], object]] = {
    "job_id": lambda own: own.job_id,
    "image_id": lambda own: own.image_id,
    "asset_id": lambda own: own.asset_id,
    "page_id": lambda own: own.page_id,
    "user_id": lambda own: own.user_id,
    "tag_id": lambda own: own.tag_id,
    "site.prompt_page:slug": lambda own: own.slug,
    "pictures.picture:filename": lambda own: own.filename,
}
"""Parameters that name something of one workspace: for everybody else it does not exist."""

WORDS: Mapping[str, str] = {
    "variant": "thumb",
    "site.author:handle": "owner-studio",
    "site.generator:slug": "other",
    "site.tag:slug": "lighthouse",
    "static:filename": "css/tokens.css",
}
"""Parameters that are the same for everybody."""

BODIES: Mapping[str, Callable[[Belongings], dict[str, Any]]] = {
    "accounts.switch_workspace": lambda own: {"workspace_id": str(own.workspace_id)},
    "accounts.add_member": lambda own: {"email": "nobody@example.com", "role": "viewer"},
    "accounts.change_role": lambda own: {"role": "editor"},
    "trash.restore_images": lambda own: {"images": [str(own.image_id)]},
    "curation.mark": lambda own: {"images": [str(own.image_id)], "mark": "reject"},
    "curation.run_again": lambda own: {"images": [str(own.image_id)]},
}
"""Forms that are looked at before the object is. The others are sent empty."""


def kind_of(rule: Rule, parameter: str) -> str:
    """The key of a parameter in the tables above; fails for one that they do not know."""
    for key in (f"{rule.endpoint}:{parameter}", parameter):
        if key in OBJECTS or key in WORDS:
            return key
    pytest.fail(
        f"{rule.rule} has the parameter “{parameter}”, which tests/web/belongings.py does not know: "
        "say there whether it names something of one workspace, and how to make one."
    )


def object_parameters(rule: Rule) -> list[str]:
    """The parameters of an address that name something of one workspace."""
    return sorted(each for each in rule.arguments if kind_of(rule, each) in OBJECTS)


def address(app: Flask, rule: Rule, of: Mapping[str, Belongings]) -> str:
    """The address of a route. of: whose belonging is filled in, by parameter."""
    values = {
        each: OBJECTS[kind](of[each]) if (kind := kind_of(rule, each)) in OBJECTS else WORDS[kind]
        for each in rule.arguments
    }
    return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def make_belongings(make_job: MakeJob, team: Team, *, visibility: str) -> Belongings:
    """A completed job with one kept picture and its page: published if `public`, a draft if `private`."""
    job = make_job(1, of=team)
    ensure_tags()
    [image] = complete(job)
    publish_kept(job.id, workspace_id=team.workspace_id, actor=team.actor, user_id=team.owner, visibility=visibility)
    create_page(db.session.scalars(select(Page.id).where(Page.job_id == job.id)).one())
    page = db.session.scalars(select(Page).where(Page.job_id == job.id)).one()
    assert (page.state == "published") == (visibility == "public")
    name_pictures(page.id)
    files = live_files(page.asset_id)
    return Belongings(
        workspace_id=team.workspace_id,
        job_id=job.id,
        image_id=image.id,
        asset_id=page.asset_id,
        page_id=page.id,
        tag_id=_add_tag(),
        slug=str(page.slug),
        filename=str(files["thumb"]["key"]).removeprefix("public/") if files else f"nobody-{new_id().hex}-thumb.jpg",
        user_id=_add_member(team),
    )


def _add_tag() -> UUID:
    """Tags are the site's, so only staff get to the routes that name one."""
    with transaction() as session:
        tag = Tag(id=new_id(), slug=new_id().hex, name=new_id().hex)
        session.add(tag)
    return tag.id


def _add_member(team: Team) -> UUID:
    name = new_id().hex
    with transaction() as session:
        user = User(email=f"{name}@example.com", display_name="Somebody", handle=name, password_hash="none")
        session.add(user)
        session.flush()
        save_member(team.workspace_id, user, Role.VIEWER, team.actor)
    return user.id
