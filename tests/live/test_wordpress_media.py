"""The media library of a real WordPress, as the woocommerce store uses it. Its brands need a shop of one's own."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from live_fixtures import emptied
from pictures import png, svg
from wordpress import WordPress

from brandsync.brand.image import PNG, SVG, ImageFile, ImageType, file_name
from brandsync.errors import CredentialsRefused, Rejected
from brandsync.http import RefusedByServer
from brandsync.stores.woocommerce import WooCommerceStore
from brandsync.stores.woocommerce.media import Media

pytestmark = pytest.mark.live

site = emptied(WordPress)


def opened(site: WordPress, user: str, **others: Any) -> Media:
    login = {"username": user, "application_password": site.facts["passwords"][user], **others}
    key = {"consumer_key": "ck", "consumer_secret": "cs"}
    return Media(WooCommerceStore.Settings.model_validate({"backend": "woocommerce", "url": site.url, **key, **login}))


@pytest.fixture
def media(site: WordPress) -> Iterator[Media]:
    media = opened(site, "admin")
    with closing(media.http):
        yield media


def a_file(content: bytes, kind: ImageType = PNG) -> ImageFile:
    fingerprint = hashlib.sha256(content).hexdigest()
    return ImageFile(
        file_name("Acme & Co", fingerprint, kind.extension), kind, fingerprint, len(content), lambda: content
    )


def test_a_picture_is_uploaded_once_found_by_its_name_and_removed(media):
    file = a_file(png(1))
    assert media.find(file.name) is None
    reference = media.upload(file)
    number = int(reference.partition(" ")[0])
    assert reference.endswith(f" {file.name}")
    assert media.upload(file) == media.find(file.name) == reference
    assert media.images([1, number, number + 1]) == {number}
    assert (media.attachment(number) or {})["post"] is None
    media.remove(number)
    media.remove(number)
    assert (media.attachment(number), media.images([number]), media.find(file.name)) == (None, set(), None)


@pytest.mark.parametrize("file", [a_file(svg(1), SVG), a_file(b"no picture")])
def test_what_wordpress_does_not_take_is_refused_for_good(media, file):
    with pytest.raises(Rejected, match="not allowed to upload this file type"):
        media.upload(file)
    assert media.find(file.name) is None


@pytest.mark.parametrize(("user", "may"), [("admin", True), ("editor", True), ("reader", False)])
def test_rights_tell_who_may_upload(site, user, may):
    media = opened(site, user)
    assert ({"upload_files", "delete_posts"} <= media.rights()) is may
    file = a_file(png(2))
    if may:
        media.remove(int(media.upload(file).partition(" ")[0]))
    else:
        with pytest.raises(RefusedByServer, match="403"):
            media.upload(file)
    media.http.close()


def test_a_wrong_password_is_told(site):
    media = opened(site, "admin", application_password="wrong")
    with pytest.raises(CredentialsRefused, match="401"):
        media.rights()
    media.http.close()
