"""What all checks of hosted CMSes share: what they say about the listing and about external ids."""

from collections.abc import Mapping
from typing import Final

from brandsync.backend import Finding
from brandsync.cms.interface import Cms, CmsLinks, CmsPage
from brandsync.errors import ConfigError
from brandsync.errors.plural import plural

IN_JOURNAL: Final = 'or keep links in the journal alone: link = "journal" in [sync]'
_START: Final = "external ids cannot be written: "


def page_finding(cms: Cms, page: CmsPage, entry: str = "entry") -> Finding:
    """That the listing can be read. ``entry``: the CMS's word for one."""
    total = page.total or 0
    what = f"GET {cms.where()}: the first page holds {len(page.entries)} of {total} published {plural(total, entry)}"
    return Finding(ok=True, what=what)


def link_finding(links: CmsLinks, may: str, fix: str = IN_JOURNAL, start: str = _START) -> Finding:
    """Whether external ids may be written. ``may`` says that they may; ``start`` begins the text where they may not."""
    try:
        refusal = links.refusal()
    except ConfigError as error:
        return Finding(ok=False, what=error.message, fix=error.hint, links=True)
    if refusal:
        return Finding(ok=False, what=f"{start}{refusal}", fix=fix, links=True)
    return Finding(ok=True, what=may, links=True)


def require_field(of: str, name: str, is_text: bool | None, flaws: Mapping[str, object], needed: str) -> None:
    """See that a content type has a field that can hold external ids. ``needed`` describes it.

    ``is_text``: none where there is no such field. ``flaws``: what the field must not be, with whether it is.

    Raises:
        ConfigError: it has none.
    """
    flaw = next((flaw for flaw, is_so in flaws.items() if is_so), None)
    if is_text is None:
        problem = f"no field `{name}` to hold external ids"
    elif not is_text:
        problem = f"a field `{name}` that holds no text"
    elif flaw:
        problem = f"a field `{name}` that is {flaw}"
    else:
        return
    hint = f"let it have a field {needed}, or name the field in `external_id` in [cms], {IN_JOURNAL}"
    raise ConfigError(f"{of} has {problem}", hint=hint)
