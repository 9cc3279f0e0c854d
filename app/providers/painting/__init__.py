"""Draws pictures from the words of a prompt, on this machine alone. The demo provider's hand."""
