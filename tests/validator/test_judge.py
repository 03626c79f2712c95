"""The judge's attack list: who gets in, who does not, and what is said first."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.evening import (
    CATALOGUE,
    ELSEWHERE,
    EXIT,
    GATE,
    NOW,
    PASS,
    RETURN,
    STUDENT,
    TOMORROW,
    facts,
    listed,
    opaque,
    revocation,
    token,
    use,
)
from validator.clock import HOUR_MS, Instant
from validator.errors import TokenError
from validator.judge import judge
from validator.model import (
    Assurance,
    Decision,
    Direction,
    KeyState,
    LastScan,
    Next,
    Numbered,
    Reason,
    Reentry,
    RevocationKind,
    StalePolicy,
    Status,
    UseState,
    Verdict,
)


def said(verdict: Verdict) -> tuple[Decision, Reason, Next]:
    return verdict.decision, verdict.reason, verdict.next


def test_a_genuine_unlisted_ticket_enters() -> None:
    verdict = judge(facts(), token(), GATE, NOW)
    assert said(verdict) == (Decision.ADMIT, Reason.OK, Next.LET_IN)
    assert verdict.count == 1
    assert verdict.assurance is Assurance.PROVISIONAL
    assert verdict.age_s == 1.0


@pytest.mark.parametrize("reason", ["malformed", "unknown_key", "bad_signature"])
def test_a_text_that_is_no_token_is_a_refusal_not_a_fault(reason: str) -> None:
    verdict = judge(facts(), TokenError(reason, "x"), GATE, NOW)
    assert (verdict.decision, verdict.reason.value) == (Decision.REFUSE, reason)


def test_a_key_may_not_sign_for_another_organisers_scope() -> None:
    assert judge(facts(), token(scope=77), GATE, NOW).reason is Reason.UNKNOWN_KEY


def test_a_compromised_key_passes_listed_tickets_only() -> None:
    key = replace(CATALOGUE.keys[1], state=KeyState.COMPROMISED)
    plan = replace(CATALOGUE, keys={1: key})
    assert judge(facts(catalogue=plan), token(), GATE, NOW).reason is Reason.UNKNOWN_KEY
    row = (listed(token()),)
    assert judge(facts(catalogue=plan, tickets=row), token(), GATE, NOW).passes


def test_a_code_of_two_tickets_is_ambiguous() -> None:
    rows = (listed(opaque()), listed(opaque(), id="box:2"))
    assert judge(facts(tickets=rows), opaque(), GATE, NOW).reason is Reason.AMBIGUOUS


@pytest.mark.parametrize(
    ("kind", "todo"),
    [
        (RevocationKind.CANCELLED, Next.HELP_DESK),
        (RevocationKind.EXCHANGED, Next.NEW_TICKET),
        (RevocationKind.SUSPENDED, Next.HELP_DESK),
        (RevocationKind.BLOCKED, Next.CALL_SUPERVISOR),
    ],
)
def test_a_revoked_ticket_is_refused(kind: RevocationKind, todo: Next) -> None:
    verdict = judge(facts(revocations=(revocation(token(), kind),)), token(), GATE, NOW)
    assert said(verdict) == (Decision.REFUSE, Reason(kind.value), todo)


def test_peers_fault_1_a_cancellation_wins_over_a_cached_good_row() -> None:
    known = facts(tickets=(listed(token()),), revocations=(revocation(token()),))
    assert judge(known, token(), GATE, NOW).reason is Reason.CANCELLED


def test_peers_fault_12_used_and_cancelled_is_cancelled_and_calls_the_supervisor() -> None:
    known = facts(revocations=(revocation(token()),), uses=(use(token()),))
    verdict = judge(known, token(), GATE, NOW)
    assert said(verdict) == (Decision.REFUSE, Reason.CANCELLED, Next.CALL_SUPERVISOR)
    assert verdict.first_use is not None


def test_an_exchanged_ticket_names_the_new_one() -> None:
    known = facts(revocations=(revocation(token(), RevocationKind.EXCHANGED),))
    assert judge(known, token(), GATE, NOW).replacement == "1043-5-T9WX"


def test_another_date_and_another_event_are_told_apart() -> None:
    assert said(judge(facts(), token(scope=TOMORROW), GATE, NOW)) == (
        Decision.REFUSE,
        Reason.WRONG_DATE,
        Next.COME_BACK,
    )
    assert judge(facts(), token(scope=ELSEWHERE), GATE, NOW).reason is Reason.WRONG_EVENT


def test_a_gate_without_performances_is_the_wrong_gate() -> None:
    gate = replace(GATE, performances=())
    assert judge(facts(), token(), gate, NOW).reason is Reason.WRONG_GATE


def test_validity_comes_before_use() -> None:
    known = facts(uses=(use(token(scope=TOMORROW), performance=TOMORROW),))
    assert judge(known, token(scope=TOMORROW), GATE, NOW).reason is Reason.WRONG_DATE


def test_the_window_opens_and_its_end_is_exclusive() -> None:
    later = token(valid_from=Instant(NOW + 1))
    assert judge(facts(), later, GATE, NOW).reason is Reason.TOO_EARLY
    assert judge(facts(), later, GATE, Instant(NOW + 1)).passes
    over = token(valid_until=NOW)
    assert judge(facts(), over, GATE, NOW).reason is Reason.TOO_LATE
    assert judge(facts(), over, GATE, Instant(NOW - 1)).passes


def test_doors_closed_before_and_after() -> None:
    assert judge(facts(), token(), GATE, Instant(NOW - 2 * HOUR_MS)).reason is Reason.TOO_EARLY
    assert judge(facts(), token(), GATE, Instant(NOW + 3 * HOUR_MS)).reason is Reason.TOO_LATE


def test_zones_and_tariffs_of_the_gate() -> None:
    balcony = replace(GATE, zones=0b10)
    assert judge(facts(), token(zones=0b01), balcony, NOW).reason is Reason.WRONG_ZONE
    assert judge(facts(), token(zones=0b11), balcony, NOW).passes
    assert judge(facts(), token(), balcony, NOW).passes
    students = replace(GATE, tariffs=(STUDENT,))
    assert judge(facts(), token(), students, NOW).reason is Reason.WRONG_TARIFF


def test_unpaid_and_unapproved_are_refused() -> None:
    for status in (Status.UNPAID, Status.UNAPPROVED):
        row = (listed(token(), status=status),)
        assert judge(facts(tickets=row), token(), GATE, NOW).reason.value == status.value


def test_a_row_overrides_what_the_token_says() -> None:
    row = (listed(token(), admits=4, tariff=STUDENT),)
    verdict = judge(facts(tickets=row), token(), GATE, NOW)
    assert (verdict.reason, verdict.count) == (Reason.ATTENTION, 4)


def test_a_used_ticket_names_the_first_use() -> None:
    verdict = judge(facts(uses=(use(token(), 10), use(token(), 5))), token(), GATE, NOW)
    assert said(verdict) == (Decision.REFUSE, Reason.ALREADY_USED, Next.OTHER_TICKET)
    assert verdict.first_use is not None
    assert verdict.first_use.at == NOW - 600_000


def test_an_entry_being_made_elsewhere_calls_the_supervisor() -> None:
    verdict = judge(facts(uses=(use(token(), state=UseState.CLAIMED),)), token(), GATE, NOW)
    assert said(verdict) == (Decision.REFUSE, Reason.ALREADY_USED, Next.CALL_SUPERVISOR)


def test_a_group_enters_in_parts_and_never_more_than_it_paid_for() -> None:
    group = token(admits=4)
    assert judge(facts(), group, GATE, NOW).count == 4
    half = facts(uses=(use(group, count=2),))
    assert judge(half, group, GATE, NOW).count == 2
    assert judge(half, group, GATE, NOW, count=1).count == 1
    verdict = judge(half, group, GATE, NOW, count=3)
    assert (verdict.reason, verdict.remaining, verdict.count) == (Reason.LIMIT_REACHED, 2, 0)


def test_out_and_back_in_but_not_in_twice() -> None:
    inside = facts(uses=(use(token(), 30),))
    assert judge(inside, token(), RETURN, NOW).reason is Reason.PASSBACK
    left = facts(uses=(use(token(), 30), use(token(), 10, Direction.EXIT)))
    assert judge(left, token(), RETURN, NOW).passes
    assert judge(left, token(), GATE, NOW).reason is Reason.ALREADY_USED
    silent = replace(inside, silent_exits=True)
    verdict = judge(silent, token(), RETURN, NOW)
    assert (verdict.decision, verdict.reason) == (Decision.CHECK, Reason.PASSBACK)
    always = replace(GATE, reentry=Reentry.ALWAYS)
    assert judge(inside, token(), always, NOW).passes


def test_anybody_genuine_may_leave_with_all_who_are_inside() -> None:
    group = token(admits=4)
    known = facts(uses=(use(group, count=3),), revocations=(revocation(group),))
    verdict = judge(known, group, EXIT, NOW)
    assert said(verdict) == (Decision.ADMIT, Reason.OK, Next.LET_OUT)
    assert verdict.count == 3


def test_the_same_ticket_seconds_later_is_a_calm_repeat() -> None:
    last = LastScan(token().code, Direction.ENTRY, Instant(NOW - 5000), passed=True)
    known = facts(last=last, uses=(use(token(), 0),))
    assert judge(known, token(), GATE, NOW).decision is Decision.REPEAT
    assert judge(known, token(), GATE, Instant(NOW + 1)).reason is Reason.ALREADY_USED
    undone = replace(known, last=replace(last, passed=False))
    assert judge(undone, token(), GATE, NOW).reason is Reason.ALREADY_USED
    other = replace(known, last=replace(last, code=token(2).code))
    assert judge(other, token(), GATE, NOW).reason is Reason.ALREADY_USED
    cancelled = replace(known, revocations=(revocation(token()),))
    assert judge(cancelled, token(), GATE, NOW).reason is Reason.CANCELLED


def test_a_pass_opens_its_performances_as_often_as_it_was_sold() -> None:
    season = token(scope=PASS)
    assert judge(facts(), season, GATE, NOW).passes
    once = facts(uses=(use(season),))
    assert judge(once, season, GATE, NOW).reason is Reason.ALREADY_USED
    plan = replace(CATALOGUE, passes={PASS: replace(CATALOGUE.passes[PASS], limit=1)})
    spent = facts(catalogue=plan, uses=(use(season, performance=TOMORROW),))
    assert judge(spent, season, GATE, NOW).reason is Reason.LIMIT_REACHED


def test_a_student_is_let_in_after_a_look() -> None:
    verdict = judge(facts(), token(tariff=STUDENT), GATE, NOW)
    assert said(verdict) == (Decision.CHECK, Reason.ATTENTION, Next.LOOK_THEN_LET_IN)
    assert verdict.count == 1


@pytest.mark.parametrize(
    ("policy", "decision", "reason"),
    [
        (StalePolicy.ALLOW, Decision.ADMIT, Reason.OK),
        (StalePolicy.CHECK, Decision.CHECK, Reason.STALE_DATA),
        (StalePolicy.REFUSE, Decision.REFUSE, Reason.STALE_DATA),
    ],
)
@pytest.mark.parametrize("ages", [(), (("box", 61.0),)])
def test_old_or_unknown_data_weakens_a_good_ticket_by_the_gates_policy(
    policy: StalePolicy, decision: Decision, reason: Reason, ages: tuple[tuple[str, float], ...]
) -> None:
    verdict = judge(facts(ages_s=ages), token(), replace(GATE, stale=policy), NOW)
    assert (verdict.decision, verdict.reason) == (decision, reason)


def test_staleness_never_hides_a_refusal() -> None:
    known = facts(ages_s=(), revocations=(revocation(token()),))
    assert judge(known, token(), GATE, NOW).reason is Reason.CANCELLED


def test_a_resellers_code_sold_a_moment_ago_is_stale_data_then_unknown() -> None:
    assert judge(facts(ages_s=()), opaque(), GATE, NOW).reason is Reason.STALE_DATA
    assert judge(facts(), opaque(), GATE, NOW).reason is Reason.UNKNOWN
    strange = opaque("hello", "qrcode")
    assert judge(facts(ages_s=()), strange, GATE, NOW).reason is Reason.UNKNOWN
    assert judge(facts(tickets=(listed(opaque()),)), opaque(), GATE, NOW).passes


def test_a_typed_number_that_nobody_knows_is_unknown() -> None:
    assert judge(facts(), Numbered("1-1-AAAA"), GATE, NOW).reason is Reason.UNKNOWN


@given(
    st.sampled_from([GATE, RETURN, EXIT]),
    st.integers(0, 3),
    st.integers(0, 3),
    st.booleans(),
    st.one_of(st.none(), st.integers(1, 6)),
    st.integers(-5 * HOUR_MS, 5 * HOUR_MS),
    st.integers(1, 4),
)
def test_the_judge_is_total_and_never_lets_more_in_than_admitted(
    gate: object,
    entered: int,
    left: int,
    cancelled: bool,
    count: int | None,
    shift: int,
    admits: int,
) -> None:
    ticket = token(admits=admits)
    uses = tuple(use(ticket, 60 - n) for n in range(entered)) + tuple(
        use(ticket, 20 - n, Direction.EXIT) for n in range(left)
    )
    known = facts(uses=uses, revocations=(revocation(ticket),) if cancelled else ())
    verdict = judge(known, ticket, gate, Instant(NOW + shift), count)  # type: ignore[arg-type]
    if verdict.passes and gate is not EXIT:
        assert not cancelled
        assert verdict.count + max(entered - left, 0) <= admits
    assert verdict.passes or verdict.count == 0
