"""Names that are the same to people are matched; names that only resemble each other are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandsync.plan.matching_key import match_key

SAME = {
    "case": ["Nike", "NIKE", "nike"],
    "blanks around it": ["Nike", "  Nike\t", "\u00a0Nike\u3000", "\r\nNike\n"],
    "blanks within it": ["New Balance", "New  Balance", "New\u00a0Balance", "New\u2009Balance", "New\n Balance"],
    "accents, composed or not": ["Café", "Cafe\u0301", "CAFÉ", "CAFE\u0301"],
    "accents in another order": ["q\u0307\u0323", "q\u0323\u0307"],
    "marks without a width": ["Nike", "\u200bNike", "Ni\u200dke", "Nike\ufeff", "Ni\u00adke", "Nike\u200e"],
    "control characters": ["Nike", "Ni\x00ke", "\x7fNike"],
    "a variation selector": ["Love ❤", "Love ❤\ufe0f"],
    "width": ["NIKE 2", "ＮＩＫＥ　２", "nike 2"],
    "half-width katakana": ["ガンダム", "ｶﾞﾝﾀﾞﾑ"],
    "ligatures": ["Fila Office", "Fila Oﬃce", "ﬁla office"],
    "a small hard s": ["Weiß", "WEISS", "weiss"],
    "final sigma": ["ΟΔΟΣ", "οδος"],
    "typographic apostrophes": ["Levi's", "Levi’s", "LEVIʼS"],
    "hyphens": ["Coca-Cola", "Coca\u2011Cola", "coca\u2010cola"],
    "precomposed hangul": ["삼성", unicodedata.normalize("NFD", "삼성")],
    "compatibility ideographs": ["金", "\uf90a"],
}
DIFFERENT = [
    ("Café", "Cafe"),
    ("H2", "H²"),
    ("H2", "H₂"),
    ("Brand", "Brand™"),
    ("1", "①"),
    ("½", "1/2"),
    ("NewBalance", "New Balance"),
    ("Nike", "Νike"),
    ("A-B", "AB"),
    ("ı", "i"),
    ("ば", "ぱ"),
]
"""The seventh begins with a Greek letter."""


@pytest.mark.parametrize("why", SAME)
def test_names_that_are_the_same_to_people_have_one_key(why):
    assert len({match_key(name) for name in SAME[why]}) == 1
    assert match_key(SAME[why][0])


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_that_people_tell_apart_have_two_keys(one, other):
    assert match_key(one) != match_key(other)


@pytest.mark.parametrize("blank", [None, "", "  ", "\u00a0", "\u200b", "\u200b \ufeff", "\x00"])
def test_a_name_in_which_nothing_is_to_be_seen_has_no_key(blank):
    assert match_key(blank) is None


@given(st.text())
def test_a_key_has_no_blank_to_spare_and_is_its_own_key(name):
    key = match_key(name)
    if key is not None:
        assert key == " ".join(key.split())
        assert match_key(key) == key


@given(st.text(), st.sampled_from(["NFC", "NFD"]))
def test_no_form_of_a_name_changes_its_key(name, form):
    assert match_key(unicodedata.normalize(form, name)) == match_key(name)


@given(st.text(st.characters(max_codepoint=127)))
def test_a_plain_name_has_the_key_that_any_name_has(name):
    assert match_key(name) == match_key(name + "\u200b")
