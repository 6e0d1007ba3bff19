"""What a server says of an error, in one line."""

import json

import pytest

from brandsync.http.server_message import server_message


def told(body: object) -> str:
    return server_message(json.dumps(body).encode(), "application/json", lambda text: text)


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ({"name": "is required", "custom_url": ["is taken"]}, "Invalid (name: is required; custom_url: is taken)"),
        ({"name": {"message": "is required"}}, "Invalid (name: is required)"),
        ({"name": ""}, "Invalid"),
        ({}, "Invalid"),
        ([{"message": "a list"}], "Invalid"),
        (None, "Invalid"),
    ],
)
def test_fields_that_are_wrong_are_named(errors, said):
    assert told({"title": "Invalid", "errors": errors}) == said
