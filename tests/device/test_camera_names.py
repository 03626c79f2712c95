"""Cameras as they are written down, exposed and listed."""

from pathlib import Path

import pytest

from device.camera.capture import AUTOMATIC, MANUAL, CameraName, expose, open_camera
from device.camera.nodes import CameraFound, cameras
from device.errors import DeviceError, PartMissing

cv2 = pytest.importorskip("cv2", reason="not installed: entrance-control[camera]")


class Lens:
    """As much of OpenCV's capture as an exposure needs.

    Args:
        refused: The property that it can't set.
    """

    def __init__(self, refused: int | None = None) -> None:
        self.values: dict[int, float] = {}
        self._refused = refused

    def set(self, what: int, value: float) -> bool:
        if what == self._refused:
            return False
        self.values[what] = value
        return True


@pytest.mark.parametrize(
    ("written", "path", "exposure_ms"),
    [
        ("0", "/dev/video0", None),
        ("2@5", "/dev/video2", 5.0),
        ("/dev/video4@0.5", "/dev/video4", 0.5),
        ("/dev/v4l/by-id/usb-Eye@home-video-index0", None, None),
    ],
)
def test_a_camera_is_a_number_or_a_path_and_may_have_an_exposure(
    written: str, path: str | None, exposure_ms: float | None
) -> None:
    name = CameraName(written)
    assert (name.path, name.exposure_ms) == (path or written, exposure_ms)


@pytest.mark.parametrize("written", ["0@0", "0@0.05", "0@1001", "0@99999999999999999999"])
def test_an_exposure_that_no_camera_has_is_refused(written: str) -> None:
    with pytest.raises(DeviceError, match=r"0\.1 to 1000"):
        CameraName(written)


def test_an_exposure_is_set_by_hand_in_steps_of_a_tenth_of_a_millisecond() -> None:
    lens = Lens()
    assert expose(lens, CameraName("0@5")) is None
    assert lens.values == {cv2.CAP_PROP_AUTO_EXPOSURE: MANUAL, cv2.CAP_PROP_EXPOSURE: 50}


def test_without_one_the_camera_is_left_as_it_is() -> None:
    lens = Lens()
    assert expose(lens, CameraName("0")) is None
    assert lens.values == {}


@pytest.mark.parametrize("refused", [cv2.CAP_PROP_AUTO_EXPOSURE, cv2.CAP_PROP_EXPOSURE])
def test_a_camera_that_can_not_be_exposed_is_told_and_chooses_by_itself(refused: int) -> None:
    lens = Lens(refused)
    told = expose(lens, CameraName("0@5"))
    assert "Leave out @5" in str(told)
    assert lens.values.get(cv2.CAP_PROP_AUTO_EXPOSURE, AUTOMATIC) == AUTOMATIC


def test_a_camera_that_is_not_there_is_told() -> None:
    with pytest.raises(PartMissing, match="Plug it in"):
        open_camera(CameraName("/dev/video999"))


def test_a_file_that_is_no_camera_is_told(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.write_text("no camera")
    with pytest.raises(PartMissing, match="gives no pictures"):
        open_camera(CameraName(str(path)))


def test_cameras_are_listed_without_their_second_device_files(tmp_path: Path) -> None:
    for number, index, name in ((10, 0, "Door\x1b camera\n"), (2, 0, ""), (3, 1, "Door camera")):
        node = tmp_path / f"video{number}"
        node.mkdir()
        (node / "index").write_text(f"{index}\n")
        (node / "name").write_text(name)
    assert cameras(tmp_path) == (
        CameraFound("/dev/video2", "video2"),
        CameraFound("/dev/video10", "Door camera"),
    )


def test_a_system_that_lists_none_has_none(tmp_path: Path) -> None:
    assert cameras(tmp_path / "nowhere") == ()
