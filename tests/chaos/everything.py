"""`pytest -p tests.chaos.everything tests/chaos` plays every cell of the matrix."""
