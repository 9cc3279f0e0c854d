"""Each role may do all that the one before it may."""

from itertools import product

import pytest

from app.accounts.models import Role

ORDER = [Role.VIEWER, Role.EDITOR, Role.OWNER]


@pytest.mark.parametrize(("has", "needs"), list(product(ORDER, ORDER)))
def test_a_role_includes_itself_and_the_lower_ones(has: Role, needs: Role) -> None:
    assert has.includes(needs) == (ORDER.index(has) >= ORDER.index(needs))
