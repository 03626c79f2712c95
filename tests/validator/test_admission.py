"""One scan through the admission, driven by hand."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from doubles.evening import CATALOGUE, DEVICE, GATE, KEY, NOW, TONIGHT, facts, use
from validator.admission import (
    Answer,
    Answered,
    AppendNeeded,
    ClaimNeeded,
    FactsNeeded,
    GiveBackNeeded,
    Need,
    Reservation,
    Shown,
    admit,
    read_scan,
    reserve,
)
from validator.keys import KeyRing, SigningKey
from validator.model import (
    Assurance,
    CheckInId,
    Decision,
    Facts,
    Fault,
    Kind,
    Next,
    Reason,
    Scan,
    Token,
    Verdict,
)
from validator.token import Claims, issue


def token_read(scan: Scan) -> Token:
    reading = read_scan(scan, RING)
    assert isinstance(reading, Token)
    return reading


SIGNER = SigningKey.from_seed(b"s" * 32)
KEYS = {1: replace(KEY, public=SIGNER.public)}
RING = KeyRing(KEYS, b"c" * 32)
TEXT = issue(SIGNER, 1, Claims(TONIGHT, 1, 1))
SCAN = Scan(CheckInId("id-1"), TEXT, NOW)
KNOWN = facts(catalogue=replace(CATALOGUE, keys=KEYS))
READING = token_read(SCAN)
REFUSED = Verdict(Decision.REFUSE, Reason.ALREADY_USED, Next.OTHER_TICKET, Assurance.CONFIRMED)


def drive(
    known: Facts, claim: Answer, scan: Scan = SCAN, connected: bool = True
) -> tuple[Shown | Fault, list[Need]]:
    steps = admit(scan, GATE, RING, DEVICE, None, connected)
    needs: list[Need] = []
    answer: Answer = None
    try:
        while True:
            need = steps.send(answer)
            needs.append(need)
            answer = {FactsNeeded: known, ClaimNeeded: claim}.get(type(need))
    except StopIteration as stop:
        return stop.value, needs


def test_the_gateways_answer_is_shown_and_is_on_disk_first() -> None:
    confirmed = Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, Assurance.CONFIRMED, count=1)
    shown, needs = drive(KNOWN, Answered(confirmed))
    assert [type(need) for need in needs] == [FactsNeeded, ClaimNeeded, AppendNeeded]
    assert shown == Shown(SCAN.id, confirmed)


def test_alone_it_admits_provisionally() -> None:
    shown, _ = drive(KNOWN, Reservation.ALONE)
    assert isinstance(shown, Shown)
    assert (shown.verdict.decision, shown.verdict.assurance) == (
        Decision.ADMIT,
        Assurance.PROVISIONAL,
    )


def test_the_gateway_knows_better_than_a_lane_that_would_admit() -> None:
    shown, needs = drive(KNOWN, Answered(REFUSED))
    assert isinstance(shown, Shown)
    assert shown.verdict is REFUSED
    last = needs[-1]
    assert isinstance(last, AppendNeeded)
    assert last.check_in.decision is Decision.REFUSE


def test_a_refusal_decided_alone_gives_the_claim_back() -> None:
    shown, needs = drive(replace(KNOWN, uses=(use(READING),)), Reservation.ALONE)
    assert isinstance(shown, Shown)
    assert shown.verdict.reason is Reason.ALREADY_USED
    assert GiveBackNeeded(SCAN.id) in needs


def test_a_forged_code_is_refused_without_asking_and_is_in_the_journal() -> None:
    forged = replace(SCAN, text=TEXT[:-3] + ("00." if TEXT[-3:] != "00." else "11."))
    shown, needs = drive(KNOWN, None, forged)
    assert isinstance(shown, Shown)
    assert shown.verdict.reason in (Reason.BAD_SIGNATURE, Reason.MALFORMED)
    assert [type(need) for need in needs] == [FactsNeeded, AppendNeeded]


def test_a_refusal_known_for_certain_is_confirmed_while_connected_only() -> None:
    forged = replace(SCAN, text="E1:nonsense")
    for connected, assurance in ((True, Assurance.CONFIRMED), (False, Assurance.PROVISIONAL)):
        shown, _ = drive(KNOWN, None, forged, connected)
        assert isinstance(shown, Shown)
        assert shown.verdict.assurance is assurance


def test_an_admission_that_was_never_lit_is_shown_again_under_its_id() -> None:
    _, needs = drive(KNOWN, Reservation.ALONE)
    append = needs[-1]
    assert isinstance(append, AppendNeeded)
    after_crash = replace(KNOWN, open=append.check_in, uses=(use(READING, 0),))
    shown, needs = drive(after_crash, None, replace(SCAN, id=CheckInId("id-2")))
    assert isinstance(shown, Shown)
    assert shown.id == SCAN.id
    assert shown.verdict.resumed
    assert shown.verdict.passes
    event = needs[-1]
    assert isinstance(event, AppendNeeded)
    assert (event.check_in.kind, event.check_in.of, event.check_in.count) == (
        Kind.RESUMED,
        SCAN.id,
        0,
    )


def test_a_typed_number_that_a_lane_alone_does_not_know_is_a_fault() -> None:
    shown, needs = drive(KNOWN, Reservation.ALONE, replace(SCAN, text="1-2-XXXX", number=True))
    assert isinstance(shown, Fault)
    assert not any(isinstance(need, AppendNeeded) for need in needs)


def test_the_loser_of_a_race_reads_again_and_is_refused() -> None:
    steps = reserve(SCAN, GATE, read_scan(SCAN, RING), NOW)
    assert isinstance(next(steps), FactsNeeded)
    assert isinstance(steps.send(KNOWN), ClaimNeeded)
    assert isinstance(steps.send(Reservation.LOST), FactsNeeded)
    try:
        steps.send(replace(KNOWN, uses=(use(READING, 0),)))
    except StopIteration as stop:
        assert stop.value.reason is Reason.ALREADY_USED
        assert stop.value.assurance is Assurance.CONFIRMED
    else:
        raise AssertionError("the loser was not answered")


@given(st.one_of(st.text(), st.text("E1:ABC.$%* ", max_size=200)))
def test_any_text_ends_in_a_verdict_that_is_written_down(text: str) -> None:
    shown, needs = drive(KNOWN, Reservation.ALONE, replace(SCAN, text=text))
    assert isinstance(shown, Shown)
    assert isinstance(needs[-1], AppendNeeded)
    assert not shown.verdict.passes


def test_a_key_that_this_lane_has_not_heard_of_is_asked_for_before_it_is_refused() -> None:
    newer = issue(SigningKey.from_seed(b"n" * 32), 2, Claims(TONIGHT, 2, 1))
    granted = Verdict(Decision.ADMIT, Reason.OK, Next.LET_IN, Assurance.CONFIRMED)
    shown, needs = drive(KNOWN, Answered(granted), replace(SCAN, text=newer))
    assert any(isinstance(need, ClaimNeeded) for need in needs)
    assert isinstance(shown, Shown) and shown.verdict.passes
    shown, _ = drive(KNOWN, Reservation.ALONE, replace(SCAN, text=newer))
    assert isinstance(shown, Shown) and shown.verdict.reason is Reason.UNKNOWN_KEY
