"""What the benchmark's streams send: the sample clip as a camera sends it, encoded once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from ui.sample_clip import PATH

WIDTH, HEIGHT, PICTURES_PER_S = 640, 480, 30
ROUNDS = 4  # of ten seconds; what is longer is played again
BIT_RATE = 1_000_000


def write_camera(path: Path) -> Path:
    """Write VP8 and Opus, as a browser sends them: 640 x 480, 30 pictures a second, a key picture each second."""
    with av.open(str(path), "w", format="webm") as out:
        video = out.add_stream("libvpx", rate=PICTURES_PER_S)
        video.width, video.height, video.pix_fmt, video.bit_rate = WIDTH, HEIGHT, "yuv420p", BIT_RATE
        video.options = {"deadline": "realtime", "cpu-used": "8", "g": str(PICTURES_PER_S)}
        sound = out.add_stream("libopus", rate=48_000)
        sound.layout = "stereo"
        pictures = samples = 0
        resampler = av.AudioResampler("flt", "stereo", 48_000, frame_size=960)
        for _ in range(ROUNDS):
            with av.open(str(PATH)) as clip:
                for frame in clip.decode(video=0, audio=0):
                    if isinstance(frame, av.VideoFrame):
                        picture = frame.reformat(WIDTH, HEIGHT, "yuv420p")
                        picture.pts, picture.time_base = pictures, Fraction(1, PICTURES_PER_S)
                        pictures += 1
                        out.mux(video.encode(picture))
                        continue
                    frame.pts = None
                    for piece in resampler.resample(frame):
                        piece.pts, piece.time_base = samples, Fraction(1, 48_000)
                        samples += piece.samples
                        out.mux(sound.encode(piece))
        out.mux(video.encode())
        out.mux(sound.encode())
    return path
