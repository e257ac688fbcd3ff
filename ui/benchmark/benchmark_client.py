"""The browsers' side of the benchmark, in a process of its own: it sends what is encoded and counts what comes back.

python -m ui.benchmark.benchmark_client MEDIA STREAMS. Writes a line of JSON with the offers, reads one with the
answers, then reads lines: "count" writes how many pictures have come back for each stream, the end of stdin ends it.
Nothing is encoded or decoded here, so that the machine's time goes to the server.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

from aiortc import RTCPeerConnection, RTCSessionDescription, rtcrtpreceiver
from aiortc.contrib.media import MediaBlackhole, MediaPlayer


class CountingDecoder:
    """In the place of aiortc's decoders: counts whole pictures, decodes none."""

    def __init__(self, counts: Counter, name: int):
        self._counts, self._name = counts, name

    def decode(self, encoded_frame) -> list:
        """Nothing to show."""
        self._counts[self._name] += 1
        return []


async def connect(media: str, streams: int, counts: Counter) -> tuple[list[RTCPeerConnection], list]:
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
    counts: Counter = Counter()
    makers = iter(range(10**6))
    original = rtcrtpreceiver.get_decoder
    # one receiver of video for each connection, in their order; sound does not come back
    rtcrtpreceiver.get_decoder = lambda codec: (
        CountingDecoder(counts, next(makers)) if codec.mimeType.startswith("video/") else original(codec)
    )
    connections, kept = await connect(media, streams, counts)
    offers = [{"sdp": c.localDescription.sdp, "type": c.localDescription.type} for c in connections]
    print(json.dumps(offers), flush=True)
    loop = asyncio.get_running_loop()
    read = lambda: loop.run_in_executor(None, sys.stdin.readline)
    for connection, (_, hole), answer in zip(connections, kept, json.loads(await read())):
        await connection.setRemoteDescription(RTCSessionDescription(**answer))
        await hole.start()
    while (await read()).strip() == "count":
        print(json.dumps([counts[n] for n in range(streams)]), flush=True)
    for connection in connections:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
