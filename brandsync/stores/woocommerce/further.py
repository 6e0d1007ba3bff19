"""The further fields of a brand: its parent, how its page looks, its place among the others, and its picture.

``WC_REST_Product_Categories_Controller``, whose heir the brands' controller is, writes all but the parent as term meta.
The items of a batch pass none of the checks of its schema: what isn't refused here would be kept as it is.
"""

from collections.abc import Mapping
from typing import Any, Final

from brandsync.brand import Fields
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean
from brandsync.observing.excerpt import excerpt
from brandsync.stores.id_form import COUNTED
from brandsync.stores.woocommerce import picture

KINDS: Final = {"parent": Kind.INTEGER, "display": Kind.TEXT, "menu_order": Kind.INTEGER, picture.FIELD: Kind.IMAGE}
DISPLAYS: Final = ("default", "products", "subcategories", "both")
_NOTHING: Final[Mapping[str, Any]] = {"parent": 0, "display": "default", "menu_order": 0}
"""What WooCommerce holds where nothing was set. A null would change nothing (PHP's ``isset``)."""


def kinds(declared: Mapping[str, Kind | None]) -> dict[str, Kind]:
    """The kinds of these fields. ``declared``: what the settings say of them.

    Raises:
        ConfigError: WooCommerce has no such field, or it is of another kind.
    """
    for name, kind in declared.items():
        if name not in KINDS:
            raise ConfigError(
                f"a WooCommerce brand has no field {name!r} that its REST API writes{did_you_mean(name, KINDS)}",
                hint=f"call the picture `{picture.FIELD}` in [cms.fields]"
                if kind is Kind.IMAGE
                else f"take it out of [cms.fields]; it has {', '.join(KINDS)}",
            )
        if name == picture.FIELD and kind is not Kind.IMAGE:
            hint = f'say `{name} = {{ value = "...", type = "image" }}` in [cms.fields]'
            raise ConfigError(f"the field {name} is a brand's picture in WooCommerce, and not its address", hint=hint)
        if kind not in {None, KINDS[name]}:
            raise ConfigError(
                f"the field {name} is {kind}, and WooCommerce's {name} holds {KINDS[name]}",
                hint="leave out its `type` in [cms.fields]",
            )
    return {name: KINDS[name] for name in declared}


def sent(fields: Fields) -> dict[str, Any]:
    """The further ones among these fields, as WooCommerce takes them. Of a picture, its attachment alone."""
    found = {name: fields[name] or nothing for name, nothing in _NOTHING.items() if name in fields}
    if picture.FIELD in fields:
        found[picture.FIELD] = {"id": picture.attachment(fields[picture.FIELD])}
    return found


def read(name: str, value: Any) -> Any:
    """A value that came back. Only a brand without a parent has none."""
    if name == picture.FIELD:
        return picture.shown(value)
    return value or (None if name == "parent" else _NOTHING[name])


def problem(fields: Fields) -> str | None:
    """Why no shop could hold the further ones among these fields, or none."""
    parent, display = fields.get("parent"), fields.get("display")
    if parent and not COUNTED.fits(str(parent)):
        return f"the parent {parent} is no brand's id: WooCommerce counts them from 1"
    if display and display not in DISPLAYS:
        told = f"the display {excerpt(str(display))!r} is none of {', '.join(DISPLAYS)}"
        return f"{told}{did_you_mean(str(display), DISPLAYS)}"
    return None
