"""How Alembic reaches the database: over the connection that app.core.migrate has locked."""

from alembic import context

import app.accounts.models
import app.audit.models
import app.curation.models
import app.generation.models
import app.generation.process_models
import app.generation.provider_models
import app.notifications.models
import app.publishing.models  # noqa: F401 - the imports fill the metadata
from app.core.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=True,
)
context.run_migrations()
