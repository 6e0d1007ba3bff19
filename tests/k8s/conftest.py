"""What the tests of the manifests need from the machine."""

import os

import pytest
from manifests import OVERLAYS, Manifests, has_kubectl


@pytest.fixture
def kubectl() -> None:
    """It renders and applies overlays. CI has it."""
    if not has_kubectl():
        reason = "kubectl is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    """The name of each overlay."""
    return str(request.param)


@pytest.fixture
def manifests(kubectl: None, overlay: str) -> Manifests:  # noqa: ARG001 - it has to be there
    """The objects of each overlay."""
    return Manifests.of(overlay)
