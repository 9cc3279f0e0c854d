"""The work of the worker processes. Importing this package installs the broker and every actor (`dramatiq actors`)."""

import sys

from actors.broker import install_broker
from app.core.settings import load_settings

# A process of a hundred threads: with the interpreter's own 5 ms those that wait ask for its lock more often than is of
# use, and making a picture takes some 7 % more processor time.
sys.setswitchinterval(0.02)

broker = install_broker(load_settings())

from actors import generation, publishing, sweeps  # noqa: E402 - actors register with the broker that exists by now

__all__ = ["broker", "generation", "publishing", "sweeps"]
