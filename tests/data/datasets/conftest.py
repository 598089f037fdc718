"""A cache for every test, and no network."""

import socket

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own, no data folder, and a network that must not be asked."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CONTRASTLAB_CACHE", str(folder))
    monkeypatch.delenv("CONTRASTLAB_DATA", raising=False)

    def refuse(*arguments, **options):
        raise ConnectionRefusedError("no network in this test")

    monkeypatch.setattr(socket, "create_connection", refuse)
    return folder
