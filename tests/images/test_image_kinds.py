"""The kind of a picture is told by its content alone, and its file's name by the brand and the content."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pictures import gif, png, svg

from brandsync.brand.image import AVIF, BMP, GIF, HEX, ICO, JPEG, PNG, SVG, TIFF, WEBP, NoImage, file_name, type_of

SAMPLES = {
    "png": (png(1), PNG),
    "gif": (gif(1), GIF),
    "svg": (svg(1), SVG),
    "svg alone": (b'<svg viewBox="0 0 1 1"/>', SVG),
    "svg with a BOM": (b"\xef\xbb\xbf \n<svg><path/></svg>\n", SVG),
    "svg with a doctype": (
        b'<!DOCTYPE svg PUBLIC "-//W3C" "x.dtd" [<!ENTITY a "b">]>\n<svg:svg xmlns:svg="x"></svg:svg>',
        SVG,
    ),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(200) + b"\xff\xd9", JPEG),
    "jpeg with bytes after it": (b"\xff\xd8\xff\xe1" + bytes(200) + b"\xff\xd9\0\0\0", JPEG),
    "webp": (b"RIFF\x1a\0\0\0WEBPVP8L" + bytes(20), WEBP),
    "avif": (b"\0\0\0\x1cftypavif" + bytes(20), AVIF),
    "bmp": (b"BM" + bytes(60), BMP),
    "tiff": (b"II*\0" + bytes(20), TIFF),
    "tiff, big-endian": (b"MM\0*" + bytes(20), TIFF),
    "ico": (b"\0\0\x01\0\x01\0" + bytes(20), ICO),
}
OTHERS = {
    "nothing": (b"", "is empty"),
    "a web page": (b"<!DOCTYPE html>\n<html><body><svg></svg></body></html>", "is a web page"),
    "a page with an icon behind a comment": (
        b"<!-- a --><!DOCTYPE html><html><!-- b --><svg></svg></html>",
        "web page",
    ),
    "a page of comments": (b"<!---->\n" * 8_000 + b"<html>", "is a web page"),
    "comments alone": (b"<!-- x -->" * 6_000, "begins with"),
    "a doctype without an end": (b"<!DOCTYPE svg [" + b"<!-- -->]" * 7_000, "begins with"),
    "blanks alone": (b" \n" * 30_000, "begins with"),
    "html in capitals": (b"  <HTML>", "is a web page"),
    "json": (b'{"errors":[]}', 'begins with "{'),
    "pdf": (b"%PDF-1.7", "begins with"),
    "a script": (b"#!/bin/sh", "begins with"),
    "half a png": (png(1)[:-12], "is PNG that was cut off"),
    "half a gif": (gif(1)[:-1], "is GIF that was cut off"),
    "half a jpeg": (b"\xff\xd8\xff\xe0" + bytes(100), "is JPG that was cut off"),
    "half an svg": (b"<svg><text>", "is SVG that was cut off"),
    "xml": (b'<?xml version="1.0"?><rss></rss>', "begins with"),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_picture_is_known_by_its_content(sample):
    content, of = SAMPLES[sample]
    assert type_of(content, content) == of


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_no_whole_picture_is_told_from_one(other):
    content, problem = OTHERS[other]
    with pytest.raises(NoImage, match=re.escape(problem)):
        type_of(content, content)


@given(some.binary(max_size=200))
def test_any_bytes_are_a_picture_or_are_told_not_to_be(content):
    with suppress(NoImage):
        assert type_of(content, content).mime.startswith("image/")


@given(some.text(max_size=200), some.binary(min_size=32, max_size=32).map(bytes.hex))
def test_a_files_name_is_plain_and_holds_the_fingerprint(brand, fingerprint):
    name = file_name(brand, fingerprint, "png")
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?-[0-9a-f]{12}\.png", name)
    assert fingerprint[:HEX] in name


def test_a_brands_name_is_readable_in_its_files_name():
    assert file_name("Müller & Söhne GmbH", "ab" * 32, "svg") == "muller-sohne-gmbh-abababababab.svg"
    assert file_name("東京", "ab" * 32, "svg") == "brand-abababababab.svg"
