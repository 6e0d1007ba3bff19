"""What a column is seen to take of a whole page, it takes of each brand."""

from hypothesis import given
from hypothesis import strategies as st

from brandsync.brand.kind import Kind
from brandsync.stores.sql.column_types import ColumnType

_SMALL = st.none() | st.integers(0, 6)
COLUMNS = st.builds(
    ColumnType,
    st.just("a column"),
    required=st.booleans(),
    length=_SMALL,
    octets=_SMALL,
    choices=st.just(()) | st.just(("a", "née")),
)


@given(column=COLUMNS, texts=st.lists(st.none() | st.text(max_size=8) | st.sampled_from(["a", "née"]), max_size=4))
def test_a_page_of_texts_is_taken_only_where_each_of_them_is(column: ColumnType, texts: list[str | None]) -> None:
    fit = [column.problem(Kind.TEXT, text) is None for text in texts]
    taken = column.takes_all(Kind.TEXT, texts)
    assert all(fit) or not taken
    assert taken or not all(fit) or column.octets is not None


@given(days=st.lists(st.none() | st.dates().map(str), max_size=3))
def test_a_column_of_days_is_looked_at_day_by_day(days: list[str | None]) -> None:
    column = ColumnType("date", (Kind.DATE,), native=True, span=("1000-01-01", "9999-12-31"))
    assert column.takes_all(Kind.DATE, days) is all(day is None or day >= "1000-01-01" for day in days)
