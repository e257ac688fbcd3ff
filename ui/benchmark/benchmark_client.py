"""The browsers' side of the benchmark, in a process of its own: it sends what is encoded and counts what comes back.

python -m ui.benchmark.benchmark_client MEDIA STREAMS. Writes a line of JSON with the offers, reads one with the
answers, then reads lines: "count" writes what has come back for each stream since the last one (CountingDecoder.told);
the end of stdin ends it. Nothing is encoded or decoded here, so that the machine's time goes to the server.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription, rtcrtpreceiver
from aiortc.contrib.media import MediaBlackhole, MediaPlayer

CLOCK_HZ = 90_000  # of the time stamps of video (RFC 3551)


class CountingDecoder:
    """In the place of aiortc's decoders: counts whole pictures and how late they come, decodes none."""

    def __init__(self):
        self._pictures = 0
        self._came_s: list[float] = []  # when each came, less the moment it shows, from an unknown beginning on
        self._soonest_s = float("inf")

    def decode(self, encoded_frame) -> list:
        """Nothing to show."""
        late_s = time.monotonic() - encoded_frame.timestamp / CLOCK_HZ
        self._pictures += 1
        self._came_s.append(late_s)
        self._soonest_s = min(self._soonest_s, late_s)
        return []

    def told(self) -> dict:
        """All pictures so far; median and 95 % quantile of how much later than the soonest one those since the last
        question came, in ms (None: there were none)."""
        late_ms = [1000 * (s - self._soonest_s) for s in self._came_s]
        self._came_s.clear()
        found = [round(float(q), 1) for q in np.quantile(late_ms, [0.5, 0.95])] if late_ms else [None, None]
        return {"pictures": self._pictures, "late_ms": found}


async def connect(media: str, streams: int) -> tuple[list[RTCPeerConnection], list]:
    """Connections that send the media, not yet answered."""
    made, kept = [], []
    for _ in range(streams):
        connection, player = RTCPeerConnection(), MediaPlayer(media, decode=False, loop=True)
        connection.addTrack(player.video)
        connection.addTrack(player.audio)
        hole = MediaBlackhole()
        connection.on("track", hole.addTrack)
        await connection.setLocalDescription(await connection.createOffer())
        made.append(connection)
        kept.append((player, hole))
    return made, kept


async def main(media: str, streams: int) -> None:
    """Serve as the module's text says."""
    decoders: list[CountingDecoder] = []
    original = rtcrtpreceiver.get_decoder

    def decoder_of(codec):
        """One for each connection, in their order; sound does not come back."""
        if not codec.mimeType.startswith("video/"):
            return original(codec)
        decoders.append(CountingDecoder())
        return decoders[-1]

    rtcrtpreceiver.get_decoder = decoder_of
    connections, kept = await connect(media, streams)
    offers = [{"sdp": c.localDescription.sdp, "type": c.localDescription.type} for c in connections]
    print(json.dumps(offers), flush=True)
    loop = asyncio.get_running_loop()
    read = lambda: loop.run_in_executor(None, sys.stdin.readline)
    for connection, (_, hole), answer in zip(connections, kept, json.loads(await read())):
        await connection.setRemoteDescription(RTCSessionDescription(**answer))
        await hole.start()
    while (await read()).strip() == "count":
        nothing = [CountingDecoder()] * (streams - len(decoders))
        print(json.dumps([d.told() for d in [*decoders, *nothing]]), flush=True)
    for connection in connections:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
