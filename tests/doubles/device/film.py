"""Films for cameras: tickets that are held up, drawn frame by frame."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy
import segno
from PIL import Image

from device.ports import Gray

WIDTH, HEIGHT, RATE = 640, 480, 20


def ticket(text: str, scale: int = 4) -> Gray:
    """Return a QR code as a printed ticket shows it."""
    page = io.BytesIO()
    segno.make(text, micro=False, error="m").save(page, kind="png", scale=scale, border=4)
    return numpy.asarray(Image.open(page).convert("L"), dtype=numpy.uint8)


def held_up(code: Gray | None, angle: float = 0.0, noise: int = 6, seed: int = 1) -> Gray:
    """Return a frame in which somebody holds a code, or nothing, before a grey wall."""
    rng = numpy.random.default_rng(seed)
    frame = numpy.full((HEIGHT, WIDTH), 110, dtype=numpy.uint8)
    if code is not None:
        top, left = (HEIGHT - code.shape[0]) // 2, (WIDTH - code.shape[1]) // 2
        frame[top : top + code.shape[0], left : left + code.shape[1]] = code
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), angle, 1)
        frame = numpy.asarray(cv2.warpAffine(frame, turn, (WIDTH, HEIGHT), borderValue=110))
    grain = rng.integers(-noise, noise + 1, frame.shape)
    return numpy.asarray(numpy.clip(frame + grain, 0, 255), dtype=numpy.uint8)


def save(frames: Sequence[Gray], path: Path) -> Path:
    """Write frames as a film, compressed as cameras do."""
    kind = cv2.VideoWriter.fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
    writer = cv2.VideoWriter(str(path), kind, RATE, (WIDTH, HEIGHT), isColor=False)
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path
