from brandsync.brand import batched


def test_values_are_cut_into_parts_of_one_size_each_value_once_in_order():
    values = [str(number) for number in range(1_100)]
    parts = [list(part) for part in batched(values, 500)]
    assert [len(part) for part in parts] == [500, 500, 100]
    assert [value for part in parts for value in part] == values
    assert list(batched([], 500)) == []
