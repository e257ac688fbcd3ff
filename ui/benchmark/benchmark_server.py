"""The app's side of the benchmark: streams through streamlit-webrtc's own worker into LiveSessions, and their figures.

python -m ui.benchmark.benchmark_server STREAMS [--seconds 20] [--face-model fast]. Prints one line of JSON. The pages
themselves are not drawn; each stream's snapshot is asked for as often as Live does it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from aiortc.contrib.media import MediaRelay
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.sink import CallbackSinkTrack
from streamlit_webrtc.webrtc import WebRtcWorker

from emotion.predict import load_face_model, load_voice_model
from emotion.realtime.session import LiveSession
from ui.aiortc_internals import keep_newest_pictures, make_no_bandwidth_estimate, start_at_full_bitrate
from ui.benchmark.benchmark_media import write_camera

NOT_USED = (  # of what streamlit-webrtc's worker wants to be told
    *("rtc_configuration", "player_factory", "in_recorder_factory", "out_recorder_factory"),
    *("source_video_track", "source_audio_track", "sink_video_track"),
    *("audio_frame_callback", "queued_video_frames_callback", "queued_audio_frames_callback", "on_audio_ended"),
    *("video_processor_factory", "audio_processor_factory"),
)
SNAPSHOT_S = 0.25  # between two of them; Live asks for readouts each half second and for the rest each second
STOP_S = 5.0  # the longest wait for a stream's end
SETTLE_S = 5.0  # after the start, before anything is counted


@dataclass
class Stream:
    """One visitor: session, connection, and what was seen of it."""

    session: LiveSession
    worker: WebRtcWorker
    callback_ms: list[float] = field(default_factory=list)
    label_age_ms: list[float] = field(default_factory=list)


def open_stream(session: LiveSession, loop: asyncio.AbstractEventLoop, relay: MediaRelay) -> Stream:
    """A worker as streamlit-webrtc makes it for the Live page (ui/webrtc.py), with the time of each picture noted."""
    taken: list[float] = []

    def on_video(frame: av.VideoFrame) -> av.VideoFrame:
        begun = time.perf_counter()
        shown = session.on_video(frame)
        taken.append((time.perf_counter() - begun) * 1000)
        return shown

    worker = WebRtcWorker(
        mode=WebRtcMode.SENDRECV,
        video_frame_callback=on_video,
        on_video_ended=session.on_ended,
        sink_audio_track=CallbackSinkTrack(session.on_audio, "audio"),
        async_processing=True,
        video_receiver_size=4,
        audio_receiver_size=4,
        sendback_video=True,
        sendback_audio=True,
        loop=loop,
        relay=relay,
        **dict.fromkeys(NOT_USED),
    )
    return Stream(session, worker, taken)


def running_loop() -> asyncio.AbstractEventLoop:
    """An event loop on a thread of its own, as the app's server has one."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="benchmark-loop", daemon=True).start()
    return loop


async def _relay() -> MediaRelay:
    return MediaRelay()


def measure(streams: int, *, seconds: float, face_model: str) -> dict:
    """Figures of so many streams over so many seconds."""
    keep_newest_pictures()
    make_no_bandwidth_estimate()
    start_at_full_bitrate()
    face, voice = load_face_model(face_model), load_voice_model()
    loop = running_loop()
    relay = asyncio.run_coroutine_threadsafe(_relay(), loop).result()
    with tempfile.TemporaryDirectory() as folder:
        media = write_camera(Path(folder) / "camera.webm")
        command = [sys.executable, "-m", "ui.benchmark.benchmark_client", str(media), str(streams)]
        client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert client.stdin and client.stdout
        ask = lambda line: (client.stdin.write(line + "\n"), client.stdin.flush())
        told = lambda: json.loads(client.stdout.readline())
        visitors = [open_stream(LiveSession(face, voice), loop, relay) for _ in range(streams)]
        try:
            answers = [v.worker.process_offer(o["sdp"], o["type"]) for v, o in zip(visitors, told())]
            ask(json.dumps([{"sdp": a.sdp, "type": a.type} for a in answers]))
            return _watch(visitors, ask, told, seconds=seconds)
        finally:
            client.kill()
            for v in visitors:  # or their threads would end with the interpreter, at times by a crash
                v.worker.stop(STOP_S)
                v.session.stop()


def _watch(visitors: list[Stream], ask, told, *, seconds: float) -> dict:
    _look(visitors, SETTLE_S)
    for v in visitors:
        v.callback_ms.clear()
        v.label_age_ms.clear()
    ask("count")
    before, out_before = [v.session.counts() for v in visitors], told()
    cpu_s, begun_s = time.process_time(), time.monotonic()
    _look(visitors, seconds)
    ask("count")
    after, out_after = [v.session.counts() for v in visitors], told()
    took_s = time.monotonic() - begun_s
    rate = lambda n: round(n / took_s, 2)
    return {
        "streams": len(visitors),
        "seconds": round(took_s, 1),
        "pictures_in": [rate(b.pictures - a.pictures) for a, b in zip(before, after)],
        "pictures_out": [rate(b["pictures"] - a["pictures"]) for a, b in zip(out_before, out_after)],
        "picture_late_ms": [told["late_ms"] for told in out_after],
        "face_labels": [rate(b.face_looks - a.face_looks) for a, b in zip(before, after)],
        "voice_labels": [rate(b.voice_answers - a.voice_answers) for a, b in zip(before, after)],
        "label_age_ms": [_quantiles(v.label_age_ms) for v in visitors],
        "callback_ms": [_quantiles(v.callback_ms) for v in visitors],
        "cpu_share_of_a_core": round((time.process_time() - cpu_s) / took_s, 2),
        "memory_mb": round(memory_mb()),
        "threads": threading.active_count(),
    }


def _look(visitors: list[Stream], seconds: float) -> None:
    """Ask for snapshots as a page does."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        for v in visitors:
            age = v.session.snapshot().label_age_ms
            if age is not None:
                v.label_age_ms.append(age)
        time.sleep(SNAPSHOT_S)


def _quantiles(values: list[float]) -> list[float | None]:
    """Median and 95% quantile."""
    return [round(float(q), 1) for q in np.quantile(values, [0.5, 0.95])] if values else [None, None]


def memory_mb() -> float:
    """Resident memory of this process; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("streams", type=int)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--face-model", default="fast", choices=("fast", "accurate"))
    args = parser.parse_args()
    print(json.dumps(measure(args.streams, seconds=args.seconds, face_model=args.face_model)), flush=True)


if __name__ == "__main__":
    main()
