"""The work of the worker processes. Importing this package installs the broker and every actor (`dramatiq actors`)."""

from actors.broker import install_broker
from app.core.settings import load_settings

broker = install_broker(load_settings())

from actors import generation, publishing, sweeps  # noqa: E402 - actors register with the broker that exists by now

__all__ = ["broker", "generation", "publishing", "sweeps"]
