"""Who does what on each alliance, as the regime of its call wants it."""

from alliances.people.roles import Role
from demo.ground.chance import Dice
from demo.ground.plan import CallSheet, Crew, Hand
from demo.registers.bodies import Body
from demo.registers.cast import Cast
from demo.registers.places import Place
from demo.world import World

#: Share of profiles that an external consultant prepares.
BY_CONSULTANT = 0.35
#: Under the regime of phase 3 the OGR also directed, supervised and gave the no objection as often.
DIRECTED_BY_OGR = 0.5


def crew_of_demo(
    world: World, place: Place, cast: Cast, *, organisation: Body | None, ally: Body
) -> Crew:
    """The demo's people; ``organisation`` is given where it is not the federation.

    The OGR studies the federation's plans, the consultant those near it.
    """
    bodies = world.bodies
    ogr = bodies.ogr[place.department].staff[0]
    eip = bodies.eip.staff[0]
    return Crew(
        promoter=ogr,
        checker=ogr,
        verifier=bodies.scorers[0].staff[0],
        adviser=cast.consultant if organisation else ogr,
        scorer=bodies.scorers[0].staff[0],
        committee=bodies.cir[place.region].staff[0],
        director=eip,
        supervisor=eip,
        oga=bodies.ogas[0].staff[0],
        clearer=eip,
        approver=bodies.trustees[0].staff[0],
        payer=bodies.trustees[0].staff[1],
        organisation=organisation.staff[0] if organisation else cast.organisation,
        ally=ally.staff[0],
        manager=_manager(world, organisation) if organisation else cast.manager,
    )


def crew_of(
    world: World,
    place: Place,
    sheet: CallSheet,
    dice: Dice,
    *,
    organisation: Body,
    ally: Body,
    has_manager: bool,
) -> Crew:
    """Anybody who may, apart from the demo's people."""
    bodies = world.bodies
    ogr = bodies.ogr[place.department]
    adviser = dice.choice(ogr.staff[1:])
    if dice.happens(BY_CONSULTANT):
        adviser = dice.choice(bodies.consultants[place.department])
    by_ogr = not sheet.is_recommended and dice.happens(DIRECTED_BY_OGR)
    above = ogr.staff[1:] if by_ogr else bodies.eip.staff[1:]
    scorers = dice.choice(bodies.scorers) if sheet.is_recommended else ogr
    approver, payer = dice.sample(dice.choice(bodies.trustees).staff[2:], 2)
    promoter, checker = dice.choice(ogr.staff[1:]), dice.choice(ogr.staff[1:])
    scorer = dice.choice(scorers.staff[1:])
    return Crew(
        promoter=promoter,
        checker=checker,
        verifier=scorer if sheet.is_recommended else checker,
        adviser=adviser,
        scorer=scorer,
        committee=dice.choice(bodies.cir[place.region].staff[1:]),
        director=dice.choice(above),
        supervisor=dice.choice(above),
        oga=dice.choice(dice.choice(bodies.ogas[1:]).staff),
        clearer=dice.choice(above),
        approver=approver,
        payer=payer,
        organisation=organisation.staff[0],
        ally=ally.staff[0],
        manager=_manager(world, organisation) if has_manager else organisation.staff[0],
    )


def _manager(world: World, organisation: Body) -> Hand:
    """The apprentice manager, hired the first time that the organisation needs one."""
    if len(organisation.staff) < 2:
        organisation.staff.append(world.bodies.hire(organisation, Role.MANAGER))
    return organisation.staff[1]
