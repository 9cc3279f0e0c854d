"""Proofsheet: a self-hosted studio for making AI images in bulk."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.core.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application of one process: settings, extensions, blueprints, error handlers.

    Raises ConfigurationError when a setting is missing or wrong. The database must be migrated. The imports stand in
    here so that importing one room does not load all the others.
    """
    from flask import Flask

    from app.accounts.access import init_access
    from app.accounts.secrets import secret_key
    from app.accounts.throttle import init_throttle
    from app.core.assets import install_assets
    from app.core.database import db, engine_options
    from app.core.fail_points import arm
    from app.core.filters import install_filters
    from app.core.logs import configure_logging
    from app.core.settings import load_settings
    from app.core.web import init_web
    from app.core.web_security import init_web_security
    from app.generation.studio import make_studio

    settings = settings or load_settings()
    configure_logging(settings.log_format)
    arm(settings.fail_points, settings.data_dir)
    app = Flask(__name__, static_folder=None, template_folder="../templates")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.database, threads=settings.generate_threads)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    app.extensions["studio"] = studio = make_studio(settings)
    with app.app_context():
        app.secret_key = secret_key(settings)
    init_web(app)
    init_web_security(app, settings, picture_origins=studio.storage.origins)
    init_throttle(app, settings)
    init_access(app)
    install_assets(app)
    install_filters(app)
    _register_blueprints(app)
    return app


def _register_blueprints(app: "Flask") -> None:
    from app.accounts import views as accounts
    from app.curation import rerun_views as rerun
    from app.curation import standing_views as standing
    from app.curation import views as curation
    from app.generation import control_views as control
    from app.generation import fallback_views as fallbacks
    from app.generation import views as generation
    from app.notifications import views as notifications
    from app.operations import board_views as board
    from app.operations import views as operations
    from app.publishing import picture_views as pictures
    from app.publishing import tag_views as tags
    from app.publishing import trash_views as trash
    from app.publishing import views as publishing
    from app.publishing import workspace_views as page_choices
    from app.site import views as site

    for room in (
        accounts,
        notifications,
        generation,
        control,
        fallbacks,
        publishing,
        pictures,
        trash,
        tags,
        page_choices,
        curation,
        rerun,
        standing,
        operations,
        board,
        site,
    ):
        app.register_blueprint(room.blueprint)
