from app.processes.warden import enrolled_groups


def test_groups_struck_off_are_not_enrolled_any_more() -> None:
    assert enrolled_groups([b"11", b"12", b"-11", b"13", b""]) == {12, 13}


def test_a_group_may_be_enrolled_twice() -> None:
    assert enrolled_groups([b"11", b"11", b"-11"]) == set()
