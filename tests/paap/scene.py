"""What the drills of waiting play on: two alliances and somebody who may act on both.

Prints the username and the two codes. Run as ``python -m tests.paap.scene`` in an installation.
"""

import django

PASSWORD = "una-clave-larga-de-prueba"


def main() -> None:
    django.setup()
    from tests.factories.alliances import make_alliance, make_membership, make_organisation

    producers = make_organisation()
    member = make_membership("organisation", organisation=producers)
    member.user.set_password(PASSWORD)
    member.user.save()
    alliances = [make_alliance(organisation=producers) for _ in range(2)]
    print(member.user.username, *(alliance.code for alliance in alliances))


if __name__ == "__main__":
    main()
