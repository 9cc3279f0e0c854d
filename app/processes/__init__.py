"""Everything on one machine: the supervisor, the Procfile it reads and the bundled Valkey it starts."""

from app.processes.launch import up

__all__ = ["up"]
