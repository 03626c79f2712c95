"""What a lane shows of a part that fails."""

import pytest

from device.errors import Defect, DeviceError, ForeignCode, PartMissing, ReadAgain
from scanner.lane.faults import kind_of, unread
from scanner.texts import LANGUAGES
from scanner.wording.presenter import present
from validator.clock import Instant
from validator.model import Trouble


@pytest.mark.parametrize("defect", sorted(set(Defect) - {Defect.OTHER}))
def test_every_defect_has_words_of_its_own(defect: Defect) -> None:
    fault = unread(PartMissing("The camera /dev/video0 is ill.", defect))
    assert fault.kind is defect
    for language in LANGUAGES:
        why = present(fault, language, Instant(0)).why
        assert ("/dev/video0" in why) == (language == "en")


def test_a_camera_that_sees_nothing_is_not_called_a_code_that_can_not_be_read() -> None:
    dark = DeviceError("The camera sees only black. Take off its cover.", Defect.CAMERA_DARK)
    assert present(unread(dark), "de", Instant(0)).why == "Die Kamera sieht nur Schwarz."


def test_without_a_defect_the_kind_of_error_counts() -> None:
    assert kind_of(ReadAgain("Scan again.")) is Trouble.SCAN_AGAIN
    assert kind_of(PartMissing("Something is not there.")) is Trouble.PART_MISSING
    assert kind_of(ForeignCode("Not ours.")) is Trouble.UNREADABLE
