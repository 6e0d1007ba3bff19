"""What the BigCommerce store says of itself: its check, what it declares, and what it refuses."""

from contextlib import closing

import pytest
from fake_bigcommerce import READ_ONLY, open_bigcommerce
from fake_server import Answer

from brandsync.errors import CredentialsRefused
from brandsync.stores.bigcommerce.store import MOST, NOBODY


def test_check_tells_what_the_store_has_and_that_the_token_may_write(fake, bigcommerce):
    fake.quota = 150
    fake.add("A")
    told = [finding.what for finding in bigcommerce.check()]
    assert told[0].endswith("answers: it holds 1 of at most 30,000 brands")
    assert told[-1].startswith("the store takes 150 requests in 30 s")
    assert fake.names() == ["A"]


def test_check_writes_nothing_even_where_the_id_of_nobody_is_somebodys(fake, bigcommerce):
    fake.made = int(NOBODY) - 1
    fake.add("A")
    assert all(finding.ok for finding in bigcommerce.check())
    assert fake.requests("PUT") == []


def test_check_names_the_scope_that_a_token_lacks(fake):
    with closing(open_bigcommerce(fake, access_token=READ_ONLY)) as store:
        with pytest.raises(CredentialsRefused, match="may read brands and not write them") as refused:
            list(store.check())
        assert "Products: modify (store_v2_products)" in str(refused.value.hint)
    with closing(open_bigcommerce(fake, access_token="wrong")) as store:
        with pytest.raises(CredentialsRefused) as refused:
            list(store.check())
        assert "access_token" in str(refused.value.hint)
        assert "Products: modify" in str(refused.value.hint)


def test_a_write_that_is_refused_for_what_it_sends_shows_that_the_token_may_write(fake, bigcommerce):
    fake.instead.extend([None, None, Answer(422, {"status": 422, "title": "Invalid", "type": "", "errors": {}})])
    assert [finding.ok for finding in bigcommerce.check()] == [True, True]


def test_what_it_declares_is_what_the_documents_say(bigcommerce):
    can = bigcommerce.capabilities
    assert (can.fields, can.most_brands, MOST) == ({"name", "description"}, 30_000, 30_000)
    assert not can.chooses_ids
    assert not can.compare_and_set
    assert "new id" in can.inexact["delete"]
