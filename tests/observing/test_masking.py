"""Secrets are hidden however a server may write them, and nothing else is."""

import base64
import html
import json
import textwrap
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandsync.observing.excerpt import excerpt
from brandsync.observing.masking import HIDDEN, Mask, hidden_in, hide

SECRET = "ab/cd'ef+C4N4RY é\"&<1"
CORE = "C4N4RY"

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON, not in ASCII": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON in JSON in JSON": lambda text: json.dumps(json.dumps(json.dumps(text))),
    "JSON of PHP": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON that hides every sign": lambda text: "".join(f"\\u{ord(char):04X}" for char in text),
    "HTML": html.escape,
    "HTML of PHP": lambda text: html.escape(text).replace("&#x27;", "&#039;"),
    "HTML of Jinja": lambda text: html.escape(text).replace("&#x27;", "&#39;").replace("/", "&#x2F;"),
    "HTML of JSON": lambda text: html.escape(json.dumps(text)),
    "HTML, twice": lambda text: html.escape(html.escape(text)),
    "HTML in numbers": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "an address": lambda text: quote(text, safe=""),
    "an address, slashes kept": quote,
    "a form": quote_plus,
    "an address, small digits": lambda text: quote(text, safe="").replace("%2F", "%2f").replace("%C3%A9", "%c3%a9"),
    "an address in an address": lambda text: quote(quote(text, safe=""), safe=""),
    "Python": repr,
    "wrapped lines": lambda text: "\n".join(textwrap.wrap(text, 7, break_on_hyphens=False)),
    "wrapped lines in JSON": lambda text: json.dumps("\n".join(textwrap.wrap(text, 7))),
    "Base64": lambda text: base64.b64encode(text.encode()).decode(),
    "Base64 of addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "Base64 of more": lambda text: base64.b64encode(f"a{text}bc".encode()).decode(),
    "Base64, wrapped": lambda text: base64.encodebytes((text * 4).encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_hidden_however_it_is_written(form: str) -> None:
    written = FORMS[form](SECRET)
    shown = Mask((SECRET,))(f"your key, {written}, is wrong")
    assert HIDDEN in shown
    assert CORE not in shown
    assert written[:20] not in shown
    assert shown.startswith("your key, ")
    assert shown.endswith(", is wrong")


@given(
    secret=st.text(min_size=9).filter(lambda text: len("".join(text.split())) > 8),
    forms=st.lists(st.sampled_from(list(FORMS.values())[:14]), max_size=2),
    before=st.text(),
    after=st.text(),
)
def test_any_secret_is_hidden_in_any_text(
    secret: str, forms: list[Callable[[str], str]], before: str, after: str
) -> None:
    written = secret
    for form in forms:
        written = form(written)
    assert "".join(secret.split()) not in "".join(Mask((secret,))(f"{before} {written} {after}").split())


@pytest.mark.parametrize("form", ["as it is", "JSON in JSON", "an address", "HTML of Jinja"])
@pytest.mark.parametrize("missing", [1, 4])
def test_a_text_that_breaks_off_within_a_secret_does_not_show_what_came_of_it(form: str, missing: int) -> None:
    written = FORMS[form](SECRET[:-missing])
    assert CORE not in Mask((SECRET,))(f"your key is {written}".rstrip('\\"'))


@pytest.mark.parametrize("form", FORMS)
def test_wherever_a_text_breaks_off_it_shows_nothing_of_a_secret(form: str) -> None:
    written = FORMS[form](SECRET)
    shown = [Mask((SECRET,))(f"your key is {written[:end]}") for end in range(len(written) + 1)]
    assert [text for text in shown if CORE in text] == []


@pytest.mark.parametrize("text", ["Forbidden", "The entry has no `locale`", "<enGB/>enough", "10% & more \\ of it"])
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert Mask(("en", "a-long-secret"))(text) == text


@pytest.mark.parametrize("text", ["p@ss", "your key p@ss is wrong", '{"key":"p@ss"}', "key=p%40ss", "<b>p@ss</b>"])
def test_a_short_secret_is_hidden_where_it_stands_alone(text: str) -> None:
    assert "ss" not in Mask(("p@ss",))(text).replace("is", "")


def test_a_login_is_hidden_as_it_is_sent() -> None:
    sent = base64.b64encode(b"me:pw").decode()
    assert sent not in Mask((), ("me", "pw"))(f"Authorization: Basic {sent}")


def test_an_excerpt_shows_no_part_of_a_long_secret_at_its_end() -> None:
    hide(Mask(("k3y-of-the-excerpt-test",)))
    assert excerpt("The key is k3y-of-the-excerpt-test, and more", 20) == "The key is ***, and …"


def test_a_json_value_keeps_its_shape() -> None:
    hide(Mask(("k3y-of-the-json-test",)))
    found = hidden_in({"k3y-of-the-json-test": [1, None, "a k3y-of-the-json-test", {"b": True}]})
    assert found == {HIDDEN: [1, None, "a ***", {"b": True}]}


def test_a_secret_that_is_a_word_is_hidden_in_what_its_own_server_says_alone() -> None:
    weak = Mask(("brandsync",))
    hide(weak)
    assert excerpt("see brandsync check") == "see brandsync check"
    assert weak("the key brandsync is wrong") == "the key *** is wrong"
