import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_distribution import make_distribution

from brandsync.cms.file import FileCms
from brandsync.cms.rest import RestCms
from brandsync.errors import ConfigError
from brandsync.registry import Backend, describe, installed, load_cms, load_store
from brandsync.stores.sql import SqlStore

Install = Callable[..., None]

GOOD = '''
    from datetime import timedelta
    from pathlib import Path
    from typing import Annotated, Any, ClassVar, Literal

    from pydantic import Field, SecretStr

    from brandsync.cms.interface import Cms, CmsPage, CmsSettings
    from brandsync.settings import Duration

    class AcmeSettings(CmsSettings):
        url: str = Field(description="Where it is.")
        token: SecretStr | None = None
        paging: Literal["page", "offset"] = "page"
        patience: Duration = timedelta(seconds=90)
        size: int | str = 10
        strict: bool = True
        headers: dict[str, str] = Field(default_factory=dict)
        folder: Path = Path("brands")
        shape: Annotated[str, "a note"] | complex = "round"

    class AcmeCms(Cms):
        """Brands from Acme.

        It has more to say.
        """

        Settings: ClassVar[type[CmsSettings]] = AcmeSettings

        def retrieve_brands(self, cursor=None, since=None):
            return CmsPage([])
'''


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    monkeypatch.syspath_prepend(tmp_path)

    def install(name: str, source: str, *, entry: str = "acme", cls: str = "AcmeCms", group: str = "brandsync.cms"):
        module = name.replace("-", "_")
        make_distribution(tmp_path, name, {group: {entry: f"{module}:{cls}"}}, {module: source})

    before = set(sys.modules)
    yield install
    for module in set(sys.modules) - before:
        del sys.modules[module]


CMSES = "contentful, datocms, directus, file, payload, rest, sanity, storyblok, strapi, wordpress"


def refusal(name: str, load: Callable[[str], object] = load_cms) -> ConfigError:
    with pytest.raises(ConfigError) as refused:
        load(name)
    assert refused.value.hint
    return refused.value


def test_the_built_in_backends_load_by_name():
    assert load_cms("file") is FileCms
    assert load_cms("rest") is RestCms
    assert load_store("sql") is SqlStore


def test_an_installed_distribution_adds_a_backend(install: Install):
    install("acme-cms", GOOD)
    assert load_cms("acme").__name__ == "AcmeCms"


def test_what_is_installed_is_listed_without_importing_it(install: Install):
    install("acme-cms", "raise RuntimeError")
    assert Backend("cms", "acme", "acme-cms", "1.0", "acme_cms:AcmeCms") in list(installed())
    names = {kind: [found.name for found in installed() if found.kind == kind] for kind in ("cms", "store")}
    assert names["cms"] == [
        "acme",
        "contentful",
        "datocms",
        "directus",
        "file",
        "payload",
        "rest",
        "sanity",
        "storyblok",
        "strapi",
        "wordpress",
    ]
    assert names["store"] == ["bigcommerce", "medusa", "shopify", "shopware", "sql", "woocommerce"]


def test_importing_the_registry_imports_no_backend_and_no_pydantic():
    code = (
        "import sys, brandsync.registry as r; list(r.installed());"
        "print([m for m in sys.modules if m.startswith(('pydantic', 'brandsync.cms', 'brandsync.stores'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_misspelt_name_gets_a_suggestion_and_the_list_of_what_is_installed():
    refused = refusal("rset")
    assert str(refused) == f'there is no CMS backend "rset"; did you mean `rest`? (installed: {CMSES})'
    assert "brandsync backends" in str(refused.hint)


def test_a_name_like_no_other_gets_the_list_alone():
    assert (
        str(refusal("contentful", load_store)) == 'there is no store backend "contentful"'
        " (installed: bigcommerce, medusa, shopify, shopware, sql, woocommerce)"
    )


def test_a_backend_that_cannot_be_imported_is_told_with_its_distribution_and_reason_in_one_line(install: Install):
    install("acme-cms", "import acme_driver_that_is_not_there")
    refused = refusal("acme")
    assert str(refused) == (
        'the CMS backend "acme" of acme-cms 1.0 (acme_cms:AcmeCms) cannot be imported:'
        " ModuleNotFoundError: No module named 'acme_driver_that_is_not_there'"
    )
    assert "reinstall acme-cms" in str(refused.hint)


def test_a_reason_of_several_lines_is_told_in_one(install: Install):
    install("acme-cms", "raise RuntimeError('first\\nsecond')")
    assert "RuntimeError: first second" in str(refusal("acme"))


def test_a_class_that_the_module_lacks_is_told(install: Install):
    install("acme-cms", GOOD, cls="AcmeCsm")
    assert "AttributeError" in str(refusal("acme"))


@pytest.mark.parametrize("source", ["class AcmeCms: pass", "def AcmeCms(settings): pass"])
def test_a_backend_of_another_kind_is_refused(install: Install, source: str):
    install("acme-cms", source)
    assert "it is not a subclass of brandsync.cms.interface.Cms" in str(refusal("acme"))


def test_a_store_that_lacks_methods_is_refused_with_their_names(install: Install):
    source = """
        from brandsync.stores.interface import BrandStore

        class AcmeStore(BrandStore):
            def list_brands(self, fields, cursor=None): ...
            def get_brands(self, fields, ids): ...
            def create_brands(self, brands): ...
    """
    install("acme-shop", source, cls="AcmeStore", group="brandsync.stores")
    refused = refusal("acme", load_store)
    assert "doesn't fit this version of brandsync: it lacks delete_brands, update_brands" in str(refused)
    assert "upgrade acme-shop" in str(refused.hint)


@pytest.mark.parametrize("settings", ["None", "dict", "object()"])
def test_a_backend_without_a_settings_model_is_refused(install: Install, settings: str):
    install("acme-cms", f"{GOOD}\n    AcmeCms.Settings = {settings}")
    assert "its Settings is not a subclass of brandsync.cms.interface.CmsSettings" in str(refusal("acme"))


def test_two_distributions_with_one_name_are_both_told(install: Install):
    install("acme-cms", GOOD)
    install("other-cms", GOOD)
    refused = refusal("acme")
    assert "registered more than once" in str(refused)
    assert "acme-cms 1.0" in str(refused)
    assert "other-cms 1.0" in str(refused)


def test_a_backend_describes_itself_and_its_settings(install: Install):
    install("acme-cms", GOOD)
    found = describe(next(installed()))
    assert found.summary == "Brands from Acme."
    settings = {setting.key: (setting.kind, setting.required, setting.default) for setting in found.settings}
    assert settings["url"] == ("text", True, None)
    assert settings["token"] == ("secret", False, None)
    assert settings["paging"] == ('"page" or "offset"', False, '"page"')
    assert settings["patience"] == ("duration", False, '"90s"')
    assert settings["size"] == ("whole number or text", False, "10")
    assert settings["strict"] == ("true or false", False, "true")
    assert settings["headers"] == ("table", False, "{}")
    assert settings["folder"] == ("path", False, '"brands"')
    assert settings["shape"] == ("text", False, '"round"')
    assert settings["fields.name"] == ("text", False, '"name"')
    assert next(setting.description for setting in found.settings if setting.key == "url") == "Where it is."


def test_a_store_describes_itself_too():
    store = next(backend for backend in installed() if backend.name == "sql")
    keys = [setting.key for setting in describe(store).settings]
    assert keys[0] == "backend"
    assert {"url", "table", "columns.cms_id"} <= set(keys)


def test_a_backend_without_a_docstring_has_an_empty_summary(install: Install):
    install("acme-cms", f"{GOOD}\n    AcmeCms.__doc__ = None")
    assert describe(next(installed())).summary == ""
