"""A meeting of forty: they sign, receive and give back, on one sheet each."""

import pytest

from fiduciary.fund.models import Commitment
from tests.factories.alliances import make_cast, make_producer
from tests.factories.fiduciary import make_rules


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_forty_sign_and_three_give_back(visitor, size: str, scheme: str) -> None:
    cast = make_cast("executing")
    make_rules(cast)
    people = [make_producer(cast.alliance) for _ in range(40)]
    someone = visitor(cast["organisation"], size, scheme)
    page = someone.page
    someone.go(f"/alianzas/{cast.alliance.code}/fondo/")
    someone.press("Firmar compromisos de varios")
    someone.look("sheet-commitments")
    page.get_by_label("Para cada uno").fill("800.000")
    page.get_by_label("Condiciones").fill("Después de la cosecha")
    page.locator(f"#id_take_{people[3].pk}").uncheck()
    someone.press("Firmar los compromisos")
    assert Commitment.objects.count() >= 39

    someone.press("Reintegros de una reunión")
    first, *others = Commitment.objects.filter(producer__in=people[:3]).order_by("pk")
    for row, amount in ((first, "900.000"), *((row, "100.000") for row in others)):
        page.locator(f"#id_take_{row.pk}").check()
        page.locator(f"#id_value_{row.pk}").fill(amount)
    someone.press("Registrar los reintegros")
    someone.look("sheet-repayments-refused")
    someone.faults.clear()  # the refusal answers 422
    page.locator(f"#id_value_{first.pk}").fill("800.000")
    someone.press("Registrar los reintegros")
    assert page.url.endswith("/fondo/")
    someone.look("fund-after-the-meeting")
