"""What the app changes inside aiortc, the WebRTC library of streamlit-webrtc. It has no public settings for these.

aiortc estimates the bandwidth from the times at which Python reads the packets. While two models run, these times vary
a lot. aiortc takes that for a slow network and tells the browser to send 30 to 300 kbit/s: coarse blocks over the face,
often 320 x 240. The two changes below keep the full picture quality.
"""

from __future__ import annotations

from aiortc import codecs
from aiortc.codecs import vpx

SEEN_VERSION = "1.16.0"  # of aiortc, with which all of this was seen working; tests/ui/test_internals.py
LOWEST_BITRATE = 1_000_000  # bits per second of the video that goes back to the browser


def make_no_bandwidth_estimate() -> None:
    """Never agree to the header extension abs-send-time: without it the browser looks at lost packets only."""
    extensions = codecs.HEADER_EXTENSIONS["video"]
    extensions[:] = [e for e in extensions if not e.uri.endswith("/abs-send-time")]


def start_at_full_bitrate() -> None:
    """Let the browser, and the encoder of the video that goes back, begin at the highest bitrate."""
    for codec in codecs.CODECS["video"]:
        if not codecs.is_rtx(codec):
            codec.parameters["x-google-start-bitrate"] = vpx.MAX_BITRATE // 1000  # kbit/s
    vpx.DEFAULT_BITRATE, vpx.MIN_BITRATE = vpx.MAX_BITRATE, LOWEST_BITRATE
