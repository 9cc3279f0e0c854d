"""Completed images and pages made of them."""

from tests.services.completed import publish, publish_pages, set_moderator, set_writer

__all__ = ["publish", "publish_pages", "set_moderator", "set_writer"]
