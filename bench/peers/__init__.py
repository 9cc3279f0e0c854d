"""What one would write without an engine: each peer is a program of its own, one module each.

They get the provider's address, the number of pictures and the limit from the environment, ask for small pictures and
throw them away: no database, no storage, no variants.
"""
