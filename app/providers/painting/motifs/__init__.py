"""One function per motif; each paints a whole Scene. `registry.py` says which words ask for which."""
