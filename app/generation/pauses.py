"""The accounts of providers with which no call is started now, as the database knows them."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from app.generation.provider_models import ProviderPause


def read_pauses(connection: Connection) -> Mapping[str, str]:
    """Reasons by account."""
    rows = connection.execute(select(ProviderPause.account, ProviderPause.reason))
    return {row.account: row.reason for row in rows}
