"""The master's books: who is ready, who is active, and what the janitor forgets."""

import pytest
from unstall.master.kernel import Endpoints, Kind, Message
from unstall.master.settings import Service
from unstall.master.table import ECHO_TIME, ChildTable, Crew

BOB = 1001


@pytest.fixture
def crew() -> Crew:
    return Crew(Service("mail", desired=2, maximum=3), Endpoints(listener=3, status=4))


@pytest.fixture
def table(crew: Crew) -> ChildTable:
    table = ChildTable()
    table.forked(BOB, crew)
    return table


def tell(table: ChildTable, *kinds: Kind) -> None:
    for kind in kinds:
        table.told(Message(BOB, kind))


def test_a_forked_worker_counts_as_ready_until_it_says_otherwise(table: ChildTable, crew: Crew) -> None:
    assert (crew.ready, crew.active) == (1, 1)
    tell(table, Kind.UNAVAILABLE, Kind.CONNECTION)
    assert (crew.ready, crew.active) == (0, 1)
    tell(table, Kind.AVAILABLE)
    assert (crew.ready, crew.active) == (1, 1)


@pytest.mark.parametrize("kind", [Kind.UNAVAILABLE, Kind.CONNECTION])
def test_a_message_said_twice_is_counted_once(table: ChildTable, crew: Crew, kind: Kind) -> None:
    tell(table, kind, kind)
    assert crew.ready == 0
    tell(table, Kind.AVAILABLE, Kind.AVAILABLE)
    assert crew.ready == 1


def test_a_worker_whose_messages_go_unread_stays_ready_in_the_books_until_it_is_reaped(
    table: ChildTable, crew: Crew
) -> None:
    # it is long busy, but nobody has read that
    assert crew.ready == 1
    table.died(BOB, at=10.0)
    assert (crew.ready, crew.active) == (0, 0)


def test_a_dead_workers_last_messages_do_not_make_it_ready(table: ChildTable, crew: Crew) -> None:
    tell(table, Kind.UNAVAILABLE)
    table.died(BOB, at=10.0)
    tell(table, Kind.CONNECTION, Kind.AVAILABLE)
    assert (crew.ready, crew.active) == (0, 0)


def test_a_death_counts_once(table: ChildTable, crew: Crew) -> None:
    table.died(BOB, at=10.0)
    table.died(BOB, at=11.0)
    assert (crew.ready, crew.active) == (0, 0)


def test_the_janitor_keeps_the_dead_until_their_messages_must_have_come(table: ChildTable, crew: Crew) -> None:
    table.died(BOB, at=10.0)
    table.sweep(10.0 + ECHO_TIME - 0.1)
    assert BOB in table.children
    table.sweep(10.0 + ECHO_TIME)
    assert BOB not in table.children
    tell(table, Kind.CONNECTION)
    assert (crew.ready, crew.active) == (0, 0)


def test_the_janitor_spares_a_younger_child_of_the_same_pid(table: ChildTable, crew: Crew) -> None:
    table.died(BOB, at=10.0)
    table.forked(BOB, crew)
    table.sweep(100.0)
    assert list(table.living()) == [BOB]


def test_missing_workers_are_bounded_by_the_maximum(crew: Crew) -> None:
    assert crew.missing == 2
    crew.active, crew.ready = 2, 0
    assert crew.missing == 1
    crew.active, crew.ready = 3, 0
    assert crew.missing == 0
    assert not crew.wants_demand


def test_the_listening_socket_is_watched_only_while_nobody_is_ready(crew: Crew) -> None:
    assert crew.wants_demand
    crew.ready = crew.active = 1
    assert not crew.wants_demand
