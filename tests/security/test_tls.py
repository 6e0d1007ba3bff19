"""TLS: a server must prove who it is, unless its authority is named; a database, as its URL says."""

import datetime as dt
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme
from connections import each_connection
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from evidence import SECRET, assert_silent, with_password
from pytest_httpserver import HTTPServer
from ran import Command, Ran
from shop import Shop

from brandsync.http.tls import trusting

pytestmark = pytest.mark.usefixtures("no_retries")

PAST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


def without_authority_key(authority: trustme.CA, host: str) -> trustme.LeafCert:
    """A certificate as older tools make it: without the identifier of its authority's key."""
    leaf = authority.issue_cert(host)
    full = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    builder = x509.CertificateBuilder(full.issuer, full.subject, full.public_key(), full.serial_number)
    builder = builder.not_valid_before(full.not_valid_before_utc).not_valid_after(full.not_valid_after_utc)
    for extension in full.extensions:
        if extension.oid != x509.ExtensionOID.AUTHORITY_KEY_IDENTIFIER:
            builder = builder.add_extension(extension.value, extension.critical)
    key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return trustme.LeafCert(leaf.private_key_pem.bytes(), certificate, [])


@contextmanager
def serving(certificate: trustme.LeafCert) -> Iterator[HTTPServer]:
    """A CMS with this certificate, that notes what it is told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with HTTPServer(host="localhost", ssl_context=context) as server:
        server.expect_request("/brands").respond_with_json([{"id": "a", "name": "A"}])
        yield server


def synced(brandsync: Command, shop: Shop, server: HTTPServer, **cms: str) -> Ran:
    shop.set("cms", url=server.url_for("").rstrip("/"), token=SECRET, **cms).set("sync", link="journal")
    ran = brandsync("sync", "--config", str(shop.config))
    assert_silent(ran)
    return ran


def assert_untrusted(ran: Ran, server: HTTPServer, reason: str, hint: str = "name its file in `ca_file`") -> None:
    assert ran.code == 78
    assert "certificate is not trusted" in ran.err
    assert reason in ran.err
    assert re.search(f"^hint: .*{hint}", ran.err, re.MULTILINE)
    assert ("ca_file" in ran.err) is ("ca_file" in hint)
    assert not server.log  # not one request, so no token


def test_a_certificate_of_an_unknown_authority_is_refused(
    brandsync: Command, shop: Shop, authority: trustme.CA
) -> None:
    with serving(authority.issue_cert("localhost")) as server:
        assert_untrusted(synced(brandsync, shop, server), server, "unable to get local issuer certificate")


def test_an_authority_that_ca_file_names_is_trusted(
    brandsync: Command, shop: Shop, authority: trustme.CA, ca_file: Path
) -> None:
    with serving(authority.issue_cert("localhost")) as server:
        assert synced(brandsync, shop, server, ca_file=str(ca_file)).code == 0
    assert list(shop.names().values()) == ["A"]


def test_an_authority_that_the_environment_names_is_trusted(
    brandsync: Command, shop: Shop, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    with serving(authority.issue_cert("localhost")) as server:
        assert synced(brandsync, shop, server).code == 0


def test_another_authority_is_not(brandsync: Command, shop: Shop, ca_file: Path) -> None:
    with serving(trustme.CA().issue_cert("localhost")) as server:
        assert_untrusted(synced(brandsync, shop, server, ca_file=str(ca_file)), server, "certificate")


def test_a_certificate_of_another_host_is_refused(
    brandsync: Command, shop: Shop, authority: trustme.CA, ca_file: Path
) -> None:
    with serving(authority.issue_cert("cms.example.com")) as server:
        ran = synced(brandsync, shop, server, ca_file=str(ca_file))
        assert_untrusted(ran, server, "localhost", "check the host in the URL")


def test_a_certificate_that_has_expired_is_refused(
    brandsync: Command, shop: Shop, authority: trustme.CA, ca_file: Path
) -> None:
    with serving(authority.issue_cert("localhost", not_before=PAST, not_after=PAST.replace(year=2021))) as server:
        ran = synced(brandsync, shop, server, ca_file=str(ca_file))
        assert_untrusted(ran, server, "expired", "renew the certificate")


def test_a_certificate_that_a_newer_python_refuses_is_not_blamed_on_its_authority(
    brandsync: Command, shop: Shop, authority: trustme.CA, ca_file: Path
) -> None:
    """From 3.13 on, Python refuses a certificate that doesn't say whose key has signed it."""
    trusting(ca_file).verify_flags |= ssl.VERIFY_X509_STRICT  # as those do
    with serving(without_authority_key(authority, "localhost")) as server:
        ran = synced(brandsync, shop, server, ca_file=str(ca_file))
        assert_untrusted(ran, server, "Missing Authority Key Identifier", "have the certificate issued anew")


def test_a_medusa_shop_is_held_to_the_same(
    brandsync: Command, shop: Shop, authority: trustme.CA, ca_file: Path
) -> None:
    shop.cms.add({"id": "a", "name": "A"})
    shop.set("sync", link="journal").sections["cms.fields"] = {"name": "name"}
    with serving(authority.issue_cert("localhost")) as server:
        shop.sections["store"] = {"backend": "medusa", "url": server.url_for(""), "api_key": f"sk_{SECRET}"}
        assert_untrusted(brandsync("sync", "--config", str(shop.config)), server, "unable to get local issuer")
        shop.set("store", ca_file=str(ca_file))
        brandsync("check", "--config", str(shop.config))
        assert server.log


@contextmanager
def database(certificate: trustme.LeafCert, *, mysql: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """What a database server does up to its certificate: its port, and what it is told after that."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        connection.sendall(GREETING if mysql else b"")
        connection.recv(36 if mysql else 8)
        connection.sendall(b"" if mysql else b"S")
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as safe:
            heard.append(safe.recv(4096))

    with each_connection(talk) as port:
        yield port, heard


_BODY = b"\x0a8.0.0\x00\x01\x00\x00\x00abcdefgh\x00\xff\xff\xff\x02\x00\xff\xff\x15" + b"\0" * 10 + b"abcdefghijkl\0"
_BODY += b"mysql_native_password\0"
GREETING = len(_BODY).to_bytes(3, "little") + b"\0" + _BODY
"""MySQL's first packet (protocol 10), which offers TLS."""


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_database_that_cannot_prove_itself_is_78_and_hears_no_password(
    brandsync: Command, shop: Shop, authority: trustme.CA, tmp_path: Path, kind: str
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    options = {
        "postgresql": f"sslmode=verify-full&sslrootcert={other}",
        "mysql": f"ssl_ca={other}&ssl_verify_cert=true&ssl_verify_identity=true",
    }
    with database(authority.issue_cert("127.0.0.1"), mysql=kind == "mysql") as (port, heard):
        shop.set("store", url=f"{with_password(f'{kind}://shop@127.0.0.1:{port}/shop')}?{options[kind]}")
        ran = brandsync("sync", "--config", str(shop.config))
    assert ran.code == 78, ran.err
    assert "certificate verify failed" in ran.err
    assert "hint: name your own authority's certificates in the URL" in ran.err
    assert_silent(ran)
    assert not any(heard)


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_database_that_proves_itself_is_talked_to_over_tls(
    brandsync: Command, shop: Shop, authority: trustme.CA, ca_file: Path, kind: str
) -> None:
    options = {
        "postgresql": f"sslmode=verify-full&sslrootcert={ca_file}",
        "mysql": f"ssl_ca={ca_file}&ssl_verify_cert=true&ssl_verify_identity=true",
    }
    with database(authority.issue_cert("127.0.0.1"), mysql=kind == "mysql") as (port, heard):
        shop.set("store", url=f"{with_password(f'{kind}://shop@127.0.0.1:{port}/shop')}?{options[kind]}")
        brandsync("check", "--config", str(shop.config))
    assert any(b"shop" in said for said in heard)


def test_a_link_over_http_to_the_server_that_is_reached_over_https_is_followed_over_https(
    brandsync: Command, shop: Shop, authority: trustme.CA, ca_file: Path
) -> None:
    with serving(authority.issue_cert("localhost")) as server:
        server.clear()
        behind_a_proxy = server.url_for("/brands?page=2").replace("https://", "http://")
        second = {"results": [{"id": "b", "name": "B"}], "next": None}
        server.expect_request("/brands", query_string="page=2").respond_with_json(second)
        server.expect_request("/brands").respond_with_json(
            {"results": [{"id": "a", "name": "A"}], "next": behind_a_proxy}
        )
        paging = {"paging": "link", "items": "results", "next_cursor": "next"}
        ran = synced(brandsync, shop, server, ca_file=str(ca_file), **paging)
        assert (ran.code, ran.last) == (0, "Synced brands from CMS: 2 brands created and 0 brands updated.")
        assert [request.headers["Authorization"] for request, _ in server.log] == [f"Bearer {SECRET}"] * 2
