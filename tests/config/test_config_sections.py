import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from brandsync.config.sections import FileSize, Limit, SafetyLimit, Size


def limit(value: object) -> Limit:
    return TypeAdapter(SafetyLimit).validate_python(value)


@given(st.integers(0, 999_999_999))
def test_a_limit_is_a_number_or_its_text(count: int):
    assert limit(count) == limit(f" {count} ") == Limit(count=count)
    assert limit(str(limit(count))) == limit(count)


@given(st.integers(0, 10_000))
def test_a_limit_is_a_percentage(tenths: int):
    found = limit(f"{tenths / 10} %")
    assert found == Limit(percent=tenths / 10)
    assert limit(str(found)) == found
    assert limit(found) is found


@pytest.mark.parametrize("value", [-1, "-1", 0.3, True, None, "", "%", "1e3", "ten", "30 percent", "+5", [], {}])
def test_anything_else_is_no_limit(value: object):
    with pytest.raises(ValidationError, match="must be a number of brands"):
        limit(value)


@pytest.mark.parametrize(
    ("written", "count"), [("20MB", 20_000_000), (" 500 KB ", 500_000), ("7", 7), (1_500, 1_500), (Size(3), 3)]
)
def test_a_size_is_a_number_of_bytes_with_or_without_a_unit(written: object, count: int) -> None:
    size = TypeAdapter(FileSize).validate_python(written)
    assert size.bytes == count
    assert TypeAdapter(FileSize).validate_python(str(size)) == size


@pytest.mark.parametrize("wrong", ["", "MB", "0", "-1MB", "1GB", "1.5MB", True, 2.5, None, ["1MB"]])
def test_anything_else_is_no_size(wrong: object) -> None:
    with pytest.raises(ValidationError, match='must be a size, such as "20MB"'):
        TypeAdapter(FileSize).validate_python(wrong)
