"""What happens around every message, one class a file."""
