"""What the Shopware store says of itself: its check, what it declares, and what it refuses."""

from contextlib import closing

import pytest
from fake_shopware import ALL, ENTITY, Answer, kind, open_shopware

from brandsync.errors import CredentialsRefused


def told(store):
    return [finding.what for finding in store.check()]


def test_check_tells_which_shopware_it_is_and_what_shows_only_later(ware, shopware):
    ware.add("A")
    said = told(shopware)
    assert said[:2] == [f"{ware.url} answers: it is Shopware 6.6.7.1", "it holds 1 brand"]
    assert "may read and create brands" in said[2]
    assert "integration:read, acl_role:read" in said[2]
    assert [kind(asked) for asked in ware.log] == ["login", "version", "list", "role", "clone"]
    assert (ware.names(), ware.manufacturers.syncs) == (["A"], 0)


def test_check_tells_what_an_integration_may_do_that_may_read_its_own_role(ware, shopware):
    seen = {"integration:read", "acl_role:read"}
    ware.privileges = ALL | seen
    assert told(shopware)[2] == "the integration may read, create, update and delete brands"
    ware.privileges = frozenset({f"{ENTITY}:read", f"{ENTITY}:create", *seen})
    problem = [*shopware.check()][-1]
    assert (problem.ok, problem.what) == (False, f"the integration lacks {ENTITY}:update, {ENTITY}:delete")
    assert "edit, create and delete manufacturers" in str(problem.fix)
    assert not ware.asked("clone")


def test_check_takes_an_administrator_as_one(ware, shopware):
    ware.is_admin = True
    assert told(shopware)[2] == "the integration may read, create, update and delete brands"


@pytest.mark.parametrize(
    "answer", [Answer(400, {}), Answer(200, {"data": []}), Answer(200, {"data": [{"admin": False}]})]
)
def test_check_goes_on_where_a_role_cannot_be_read(ware, shopware, answer):
    ware.instead.extend([None, None, answer])
    assert "may read and create brands" in told(shopware)[2]


@pytest.mark.parametrize(("version", "ok"), [("6.4.20.2", False), ("6.5.0.0", True), ("6.7.1.0", True), ("", True)])
def test_check_finds_fault_with_a_shopware_that_may_write_a_part_of_a_batch(ware, shopware, version, ok):
    ware.version = version
    first = next(iter(shopware.check()))
    assert first.ok == ok
    assert "6.5" in str(first.fix)


def test_check_names_what_the_integration_lacks(ware, shopware):
    ware.privileges = frozenset({f"{ENTITY}:read"})
    with pytest.raises(CredentialsRefused, match=f"not create them: .*{ENTITY}:create") as refused:
        told(shopware)
    assert "create and delete manufacturers" in str(refused.value.hint)
    ware.privileges = frozenset()
    with pytest.raises(CredentialsRefused, match=f"{ENTITY}:read") as refused:
        told(shopware)
    assert "`client_id`" in str(refused.value.hint)


def test_keys_that_are_refused_name_their_settings(ware):
    for wrong in ({"client_id": "SWIAWRONG"}, {"client_secret": "wrong-secret"}):
        with closing(open_shopware(ware, **wrong)) as store:
            with pytest.raises(CredentialsRefused, match="Client authentication failed") as refused:
                told(store)
            assert "`client_id` and `client_secret`" in str(refused.value.hint)
            assert "wrong-secret" not in str(refused.value)


def test_what_it_declares_is_what_the_source_says(ware, shopware):
    can = shopware.capabilities
    assert (can.fields, can.batch) == ({"name", "description", "website_url"}, 500)
    assert can.chooses_ids
    assert can.all_or_nothing
    assert not can.compare_and_set
    assert not can.unique_names
    assert can.inexact.keys() == {"delete"}
    assert shopware.where() == ware.url
    assert "not a real shop" in shopware.verified
