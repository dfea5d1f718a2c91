from prodcat.data.groups import Groups


def test_groups_do_not_chain_beyond_their_size():
    groups = Groups(10, most=4)
    groups.join((i, i + 1) for i in range(9))
    assert [len(members) for members in groups.members()] == [4, 4, 2]
    assert groups.chained == 2


def test_what_is_near_makes_smaller_groups_and_is_not_told_as_left_out():
    groups = Groups(6, most=6)
    groups.join([(0, 1), (2, 3)])
    groups.join([(1, 2), (3, 4)], most=3)
    assert groups.members() == [[0, 1], [2, 3, 4]]
    assert groups.chained == 0
