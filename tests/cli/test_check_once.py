"""``check`` asks once: a person waits for it."""

from bad_server import BadServer, raw
from ran import Command
from shop import Shop


def test_a_request_of_check_that_fails_is_not_repeated(shop: Shop, brandsync: Command) -> None:
    with BadServer(lambda _method, _path: raw(b"{}", "503 Service Unavailable")) as cms:
        ran = brandsync("check", "--config", str(shop.set("cms", url=cms.url).config))
        assert cms.came == ["GET"]
    assert ran.code == 75
    assert "answers 503 Service Unavailable" in ran.out
    assert "tried again" not in ran.err


def test_a_run_after_a_check_in_the_same_process_repeats_again(shop: Shop, brandsync: Command) -> None:
    with BadServer(
        lambda _method, _path: raw(b"{}", "503 Service Unavailable") if len(cms.came) < 3 else raw(b"[]")
    ) as cms:
        config = str(shop.set("cms", url=cms.url).config)
        brandsync("check", "--config", config)
        assert brandsync("sync", "--dry-run", "--config", config).code == 0
