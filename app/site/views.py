"""The public site: one picture and its prompt, and walls of pictures."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from slugify import slugify
from sqlalchemy import ColumnElement

from app.accounts.access import current_role, current_workspace, may, public, visitor
from app.accounts.models import Role
from app.core.errors import NotThere
from app.generation.generators import generators
from app.generation.studio import studio
from app.publishing.media import picture_address
from app.publishing.models import Page
from app.publishing.snippet import alt_text
from app.site import queries
from app.site.cursor import Cursor
from app.site.metadata import Addresses, metadata_of, sources, wall_sources

PICTURES_SHOWN = 36

blueprint = Blueprint("site", __name__)


@blueprint.get("/")
@public
def home() -> str:
    return _wall("site/home.html")


@blueprint.get("/prompt/<slug>/")
@public
def prompt_page(slug: str) -> ResponseReturnValue:
    """A published page; an address it had before leads to its present one for good."""
    page = queries.published_page(slug)
    if page is None:
        return redirect(url_for("site.prompt_page", slug=_moved(slug)), 301)
    return render_template(
        "site/prompt_page.html",
        page=page,
        meta=metadata_of(page, _addresses(page)),
        sources=sources(page.asset),
        generator_slug=slugify(page.generator),
        can_edit=_can_edit(page),
    )


@blueprint.get("/authors/<handle>/")
@public
def author(handle: str) -> str:
    person = queries.author_called(handle)
    return _wall("site/author.html", queries.by_author(person.id), author=person)


@blueprint.get("/generators/<slug>/")
@public
def generator(slug: str) -> str:
    name = next((each for each in generators(studio().catalogue) if slugify(each) == slug), None)
    if name is None:
        raise NotThere("There is no such generator.")
    return _wall("site/generator.html", queries.made_with(name), generator=name)


@blueprint.get("/tags/<slug>/")
@public
def tag(slug: str) -> ResponseReturnValue:
    """The pages with a tag; the address of one that was merged leads to the other for good."""
    named = queries.tag_called(slug)
    if named.slug != slug:
        return redirect(url_for("site.tag", slug=named.slug), 301)
    return _wall("site/tag.html", queries.tagged(named.id), tag=named)


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    return Response(render_template("site/robots.txt"), mimetype="text/plain")


def _wall(template: str, *where: ColumnElement[bool], **context: object) -> str:
    after = Cursor.parse(request.args.get("after", ""))
    listing = queries.newest(*where, after=after, limit=PICTURES_SHOWN)
    canonical = _absolute(request.path if after is None else f"{request.path}?after={after}")
    return render_template(
        template,
        listing=listing,
        canonical=canonical,
        is_first=after is None,
        alt_text=alt_text,
        wall_sources=wall_sources,
        **context,
    )


def _moved(slug: str) -> str:
    address = queries.new_address(slug)
    if address is None:
        raise NotThere("There is no page at this address. It may have been withdrawn.")
    return address


def _can_edit(page: Page) -> bool:
    user = visitor()
    if user is None:
        return False
    if user.is_staff:
        return True
    return current_role() is not None and may(Role.EDITOR) and current_workspace().id == page.workspace_id


def _addresses(page: Page) -> Addresses:
    return Addresses(
        home=_absolute(url_for("site.home")),
        page=_absolute(url_for("site.prompt_page", slug=page.slug)),
        author=_absolute(url_for("site.author", handle=page.author.handle)),
        generator=_absolute(url_for("site.generator", slug=slugify(page.generator))),
        pictures={name: _absolute(picture_address(page, name)) for name in page.asset.variants},
    )


def _absolute(path: str) -> str:
    """With the address people know the site by: never with what the Host header says."""
    return studio().settings.site_url + path
