"""Why a stream did not start, as the browser says it beside START, and what the person can do."""

from __future__ import annotations

# the names of errors are those of getUserMedia; "longer than expected" is what the stream says when WebRTC is blocked
HELP = {
    "NotAllowedError": "**The browser may not use camera and microphone.** Click the camera sign in the address bar, "
    "allow both, then press START again. On macOS also: System Settings → Privacy & Security; on Windows: Settings → "
    "Privacy.",
    "NotFoundError": "**No camera or no microphone was found.** Connect one, or choose “Camera only” or “Microphone "
    "only” above the picture.",
    "NotReadableError": "**Another program uses the camera or the microphone.** Close it, then press START again.",
    "longer than expected": "**It stays at “starting”.** The network blocks WebRTC between browser and app. The "
    "**Capture** page does the same with a photo and a voice note. On a remote server set TURN credentials "
    "(docs/remote.md).",
}
SAME_AS = {
    "OverconstrainedError": "NotFoundError",
    "AbortError": "NotReadableError",
    "SecurityError": "NotAllowedError",
    "Permission was denied": "NotAllowedError",
    "No such camera": "NotFoundError",
}
OTHERWISE = "**The stream did not start.** Press START again, or reload the page."
SAMPLE_NEXT = " Without a camera: **Try a sample clip** below."
ALL_HELP = "\n".join(f"- {text}" for text in HELP.values())


def what_to_do(error: str) -> str:
    """Help for the browser's words, as Markdown; "" for ""."""
    if not error:
        return ""
    known = {**{name: name for name in HELP}, **SAME_AS}
    text = next((HELP[topic] for name, topic in known.items() if name in error), OTHERWISE)
    return text + SAMPLE_NEXT
