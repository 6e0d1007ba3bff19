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


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"external_id": ["This field is required."]}, "external_id: This field is required."),
        ({"error": {"base": ["is locked"]}}, "is locked"),
        ({"errors": {"base": ["is locked"], "name": ["can't be blank"]}}, "is locked; name: can't be blank"),
        ({"error": {"external_id": ["is taken"]}}, "external_id: is taken"),
        ({"message": "Invalid", "errors": {"external_id": ["is taken"]}}, "Invalid (external_id: is taken)"),
        ({"non_field_errors": ["Not now."]}, "Not now."),
        ({"brand": {"external_id": [{"message": "is taken", "code": "unique"}]}}, "brand: external_id: is taken"),
        ({"detail": [{"loc": ["body", "external_id"], "msg": "field required"}]}, "body.external_id: field required"),
        ({"errors": [{"field": "external_id", "message": "is taken"}]}, "external_id: is taken"),
        ({f"f{number}": ["no"] for number in range(9)}, "f0: no; f1: no; f2: no; f3: no; f4: no"),
        ({"errors": {}}, ""),
        ({"error": {}, "ok": False}, ""),
    ],
)
def test_errors_that_are_keyed_by_their_fields_are_told(body, said):
    assert told(body) == said


def test_a_deep_error_without_a_message_is_read_once():
    body: dict = {}
    for _ in range(100):
        body = {"error": body, "other": {}}
    assert told(body) == ""


def test_errors_of_storybloks_are_told_in_words():
    """Those of github.com/storyblok/monoblok, packages/cli (api-error.test.ts, 2026-08: "Real MAPI … shape")."""
    assert told({"error": {"base": ["This asset folder is not valid"]}}) == "This asset folder is not valid"
    assert told({"error": {"tag_ids": ["are unknown"], "name": ["is long"]}}) == "tag_ids: are unknown; name: is long"
    assert told({"slug": ["has already been taken"]}) == "slug: has already been taken"
    both = {"name": ["has already been taken"], "error": "Validation failed", "code": 7, "links": [], "trace": [{}]}
    assert told(both) == "Validation failed (name: has already been taken)"
    assert told(["This record could not be found"]) == "This record could not be found"


def test_of_an_error_of_sanitys_the_mutations_that_failed_are_told():
    """Those of the vendor's own client (github.com/sanity-io/client, test/client/http.test.ts, 2026-08)."""
    failed = {"error": {"description": "Insufficient permissions", "type": "insufficientPermissionsError"}, "index": 0}
    error = {"type": "mutationError", "description": "Mutation(s) failed with 1 error(s)", "items": [failed]}
    assert told({"error": error}) == "Insufficient permissions"
    assert told({"error": {**error, "items": [{"not": {"the": {"expected": "type"}}}, failed]}}) == (
        "Insufficient permissions"
    )
    for items in ([], [{"not": {"the": {"expected": "type"}}}], None):
        assert told({"error": {**error, "items": items}}) == "Mutation(s) failed with 1 error(s)"
    others = [{"error": {"description": text}} for text in ("A is locked", "B is locked", "A is locked")]
    assert told({"error": {**error, "items": others}}) == "A is locked; B is locked"
    assert told({"error": {"type": "queryParseError", "description": "expected '}'", "items": []}}) == "expected '}'"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"message": "Validation error"}, "ValidationFailed, Validation error"),
        ({"message": "", "requestId": "r-1"}, "ValidationFailed, request r-1"),
        (
            {"details": {"errors": [{"name": "unique", "path": ["fields", "id", "en"]}]}},
            "ValidationFailed (fields.id.en: unique)",
        ),
        ({"details": {"errors": [{"name": "taken", "path": "url"}]}}, "ValidationFailed (url: taken)"),
        ({"details": {"errors": [{"details": "is too long"}, "odd"]}}, "ValidationFailed (is too long)"),
        ({"details": "odd"}, "ValidationFailed"),
    ],
)
def test_an_error_of_contentfuls_is_told_with_its_kind_its_request_and_its_fields(more, said):
    assert told({"sys": {"type": "Error", "id": "ValidationFailed"}, **more}) == said


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"code": "STALE_ITEM_VERSION", "details": {}}, "STALE_ITEM_VERSION"),
        (
            {"code": "INVALID_FIELD", "details": {"field": "name", "code": "VALIDATION_REQUIRED"}},
            "INVALID_FIELD (name: VALIDATION_REQUIRED)",
        ),
        (
            {"code": "INVALID_FORMAT", "details": {"messages": ["#/data: wrong", "more"]}},
            "INVALID_FORMAT (#/data: wrong)",
        ),
        ({"code": "NOT_FOUND", "details": "odd"}, "NOT_FOUND"),
    ],
)
def test_an_error_of_datocms_which_stands_in_its_data_is_told_with_its_code_and_details(attributes, said):
    assert told({"data": [{"id": "1", "type": "api_error", "attributes": attributes}, "odd"]}) == said
