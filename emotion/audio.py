"""Sound as arrays: decoding, resampling, and the log-mel frames that the voice network is fed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from emotion.downmix import ChannelSigns
from emotion.media.packets import RATES_HZ

if TYPE_CHECKING:
    import av

SAMPLE_RATE = 16_000
MAX_CHANNELS = 64
WINDOW_SAMPLES = 400  # 25 ms
HOP_SAMPLES = 160  # 10 ms
CLIP_SECONDS = 3.0  # one judgement looks at this much sound
CLIP_SAMPLES = int(CLIP_SECONDS * SAMPLE_RATE)
N_FRAMES = CLIP_SAMPLES // HOP_SAMPLES
FLOOR_DB = -80.0  # relative to the loudest mel cell, also Whisper's
TRIM_DB = -40.0  # edge frames this far below the loudest frame are left out
TRIM_MARGIN_FRAMES = 5
STRIDE_SECONDS = 1.0  # between the windows of a longer recording
NOTE_SECONDS = 180.0  # of a voice note at most: a page judges it while its visitor waits


@dataclass(frozen=True)
class LogMel:
    """The log-mel frames that one kind of voice network is fed."""

    n_mels: int
    n_fft: int
    fmin_hz: float
    fmax_hz: float
    scaling: str  # "standard": each band's mean is 0, the standard deviation 1; "whisper": see `normalise`


LOG_MELS = {
    "fast": LogMel(n_mels=64, n_fft=512, fmin_hz=60.0, fmax_hz=7_600.0, scaling="standard"),
    "accurate": LogMel(n_mels=80, n_fft=400, fmin_hz=0.0, fmax_hz=8_000.0, scaling="whisper"),
}
FAST, ACCURATE = LOG_MELS["fast"], LOG_MELS["accurate"]
WHISPER_PEAK = 2.0  # log10 power of the loudest cell; of clips with their peak at full scale, 1.2 to 2.1


class AudioError(Exception):
    """Sound that cannot be used; the message quotes what arrived and says what to do."""


def to_mono(waveform: np.ndarray, sample_rate: float) -> np.ndarray:
    """(T,), (T, channels) or (channels, T) numbers at any rate -> float32 (T',) mono at SAMPLE_RATE.

    The shorter axis holds the channels, at most MAX_CHANNELS; one that would cancel the others is turned round (see
    emotion.downmix). Integers are scaled by their type's range; uint8 and uint16 have their zero in its middle, as WAV
    files of 8 bits do. Raises AudioError on shapes, rates, types or values that make no sense.
    """
    wave, full_scale = _numbers(waveform)
    try:
        rate = float(sample_rate)
    except (TypeError, ValueError):
        rate = float("nan")
    if not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        raise AudioError(
            f"sample rate must be {RATES_HZ[0]} to {RATES_HZ[1]} Hz, got {sample_rate!r}; pass the rate the sound was "
            "recorded at"
        )
    if wave.ndim == 2:
        channels = ChannelSigns(np.full(wave.shape[1], 1 / wave.shape[1]), rate)
        wave = channels.turned(wave.T).T.mean(axis=1)
    with np.errstate(over="ignore"):
        wave = (wave / full_scale if full_scale else wave).astype(np.float32)
    if not np.isfinite(wave).all():
        raise AudioError("sound holds NaN or infinite samples; decode the file again")
    if rate != SAMPLE_RATE and wave.size:
        import soxr

        wave = soxr.resample(wave, rate, SAMPLE_RATE)
    return np.ascontiguousarray(wave, np.float32)


def _numbers(waveform: np.ndarray) -> tuple[np.ndarray, float]:
    """Sound as float (T,) or (T, channels), and what stands for full scale in it; 0 where it is in -1…1 already."""
    try:
        wave = np.asarray(waveform)
    except ValueError as e:  # rows of unequal length
        raise AudioError(f"sound must be one array of numbers, got {type(waveform).__name__} ({e})") from e
    got = f"got {wave.dtype} {wave.shape}"
    if wave.dtype.kind not in "fiu" or (wave.dtype.kind == "u" and wave.dtype.itemsize > 2):
        raise AudioError(f"sound must be float, int, uint8 or uint16 numbers, {got}; convert it to float32 in -1…1")
    if wave.ndim not in (1, 2):
        raise AudioError(f"sound must be of shape (T,), (T, channels) or (channels, T), {got}")
    if wave.ndim == 2 and wave.size:
        wave = wave.T if wave.shape[0] < wave.shape[1] else wave
        if wave.shape[1] > MAX_CHANNELS:
            raise AudioError(f"sound must have at most {MAX_CHANNELS} channels, {got}; pass one recording at a time")
    elif not wave.size:
        wave = np.zeros(0, np.float32)
    if wave.dtype.kind == "f":
        return wave, 0.0
    if wave.dtype.kind == "u":
        middle = 2.0 ** (8 * wave.dtype.itemsize - 1)
        return wave - middle, middle
    largest = int(np.iinfo(wave.dtype).max)
    if wave.dtype.itemsize == 8 and wave.size and max(-int(wave.min()), int(wave.max())) < 2**31:
        largest = 2**31 - 1  # a list of Python numbers
    return wave.astype(np.float64), float(largest)


class MonoResampler:
    """av.AudioFrame of any form, which may change midway -> pieces float32 (T,) mono at SAMPLE_RATE.

    Channels that would cancel each other are turned round first (see emotion.downmix); FFmpeg mixes them then.
    """

    def __init__(self, *, nan_as_silence: bool = False) -> None:
        """nan_as_silence: samples that are no finite numbers become 0, as a stream that has to go on needs it.

        Voice activity detection would never recover from them. A file with such samples is refused by its reader.
        """
        self._as_pieces = _finite if nan_as_silence else _pieces
        self._form: tuple | None = None
        self._inner: Any = None  # av.AudioResampler
        self._mix: ChannelMix | None = None  # None: one channel

    def push(self, frame: av.AudioFrame) -> list[np.ndarray]:
        """The pieces that are ready."""
        import av

        ready: list[np.ndarray] = []
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._form:
            ready = self.finish()
            self._form, self._inner = form, av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            self._mix = ChannelMix(frame) if frame.layout.nb_channels > 1 else None
        if self._mix is not None:
            frame = self._mix.safe(frame)
        frame.pts = None
        return ready + self._as_pieces(self._inner.resample(frame))

    def finish(self) -> list[np.ndarray]:
        """The rest; sound may go on after it."""
        inner, self._form, self._inner = self._inner, None, None
        return [] if inner is None else self._as_pieces(inner.resample(None))


def _pieces(frames: list[av.AudioFrame]) -> list[np.ndarray]:
    """The samples of mono frames, float32 (T,) each."""
    return [frame.to_ndarray()[0] for frame in frames]


def _finite(frames: list[av.AudioFrame]) -> list[np.ndarray]:
    """The same with 0 for samples that are no finite numbers."""
    return [np.nan_to_num(p, copy=False, nan=0.0, posinf=0.0, neginf=0.0) for p in _pieces(frames)]


class ChannelMix:
    """Frames of several channels, all of one form -> frames that FFmpeg mixes into one without losing any of it."""

    def __init__(self, frame: av.AudioFrame):
        """frame: any of this form."""
        from emotion.audio_frames import Channels, mix_weights

        self._channels, self._rate = Channels(frame), frame.sample_rate
        weights = mix_weights(self._channels.layout, self._channels.count)
        self._equally = weights is None
        self._signs = ChannelSigns(np.array(weights or [1.0] * self._channels.count), self._rate)

    def safe(self, frame: av.AudioFrame) -> av.AudioFrame:
        """The same sound, with channels turned round where they would cancel others."""
        from emotion.audio_frames import frame_of

        samples = self._signs.turned(self._channels.of(frame))
        if self._equally:
            return frame_of(samples.mean(axis=0, keepdims=True), "mono", self._rate)
        return frame_of(samples, self._channels.layout, self._rate)


def read_audio(source: str | Path | BinaryIO, *, name: str | None = None, longest_s: float | None = None) -> np.ndarray:
    """Anything FFmpeg understands (sound, or a video's default sound track) -> float32 (T,) mono at SAMPLE_RATE.

    source: a path or an open binary file; name: what messages call it. Packets that cannot be read are passed over.
    longest_s: decoding stops where there is more. Raises AudioError when there is more than that, when there is no
    sound in it or it cannot be decoded.
    """
    import av

    from emotion.media.packets import PacketReader
    from emotion.media.tracks import chosen

    name = name or str(source)

    parts: list[np.ndarray] = []
    try:
        file = str(source) if isinstance(source, Path) else source
        with av.open(file, "r", metadata_errors="replace") as container:
            track = chosen(container, "sound")
            if track.stream is None:
                why = f"{track.refused} cannot be decoded" if track.refused else "there is no sound track"
                raise AudioError(
                    f"{name} holds no sound that can be heard: {why}; record it again or convert it to WAV"
                )
            resampler, most = MonoResampler(), None if longest_s is None else int(longest_s * SAMPLE_RATE)
            samples = 0
            for _, frames in PacketReader(container, [track.stream]):
                for frame in frames:
                    ready = resampler.push(frame)
                    parts += ready
                    samples += sum(map(len, ready))
                    if most is not None and samples > most:
                        raise AudioError(
                            f"{name} lasts longer than {longest_s:.0f} s, to which sound is limited here; cut out the "
                            "part that matters, or give the whole file to the page Analyse"
                        )
            parts += resampler.finish()
    except (av.error.FFmpegError, ValueError, IndexError) as e:
        raise AudioError(
            f"{name} cannot be decoded as sound ({e}); convert it to WAV, FLAC, OGG, MP3, M4A or MP4"
        ) from e
    if not parts:
        raise AudioError(f"{name} holds a sound track without a single sample; record it again")
    return np.concatenate(parts)


@lru_cache(maxsize=len(LOG_MELS))
def _mel_filters(form: LogMel) -> Any:
    """Mel filters as a sparse matrix (n_mels, n_fft / 2 + 1): each filter is a triangle over a few frequencies."""
    from librosa.filters import mel
    from scipy.sparse import csr_array

    filters = mel(sr=SAMPLE_RATE, n_fft=form.n_fft, n_mels=form.n_mels, fmin=form.fmin_hz, fmax=form.fmax_hz)
    return csr_array(filters.astype(np.float32))


def mel_power(waveform: np.ndarray, form: LogMel = FAST) -> np.ndarray:
    """float (T,) at SAMPLE_RATE -> mel power float32 (n_frames, n_mels), one frame each HOP_SAMPLES.

    Slaney-normalised mel filters over the Hann-windowed power spectrum, as librosa defines them.
    """
    wave = np.pad(np.asarray(waveform, np.float32), WINDOW_SAMPLES // 2)
    if len(wave) < WINDOW_SAMPLES:
        wave = np.pad(wave, (0, WINDOW_SAMPLES - len(wave)))
    frames = np.lib.stride_tricks.sliding_window_view(wave, WINDOW_SAMPLES)[::HOP_SAMPLES]  # (n_frames, window)
    window = np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)
    spectrum = np.fft.rfft(frames * window, form.n_fft)  # (n_frames, n_fft / 2 + 1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    # a sparse product adds up in one fixed order; the last digits of BLAS depend on its threads and on the processor
    return np.ascontiguousarray((_mel_filters(form) @ power.T).T)


def trim(power: np.ndarray) -> np.ndarray:
    """Mel power without its quiet edges (see TRIM_DB). (n_frames, n_mels) -> (at most n_frames, n_mels)."""
    energy = power.sum(axis=1)
    if not len(power) or energy.max() <= 0:
        return power
    loud = np.flatnonzero(energy > energy.max() * 10 ** (TRIM_DB / 10))
    return power[max(0, loud[0] - TRIM_MARGIN_FRAMES) : loud[-1] + 1 + TRIM_MARGIN_FRAMES]


def normalise(power: np.ndarray, form: LogMel = FAST) -> tuple[np.ndarray, np.ndarray]:
    """Mel power of at most N_FRAMES frames -> (log-mel float32 (N_FRAMES, n_mels), mask float32 (N_FRAMES,)).

    Decibels below the loudest cell, floored, so that the level does not matter. Then, by form.scaling:
    "standard": each band's mean over the frames taken away (so that a microphone's frequency response does not matter),
    divided by the overall standard deviation.
    "whisper": (log10 + 4) / 4 with the loudest cell at WHISPER_PEAK (Radford et al. 2022, arXiv:2212.04356).
    Padding is 0, its mask 0.
    """
    power = power[:N_FRAMES]
    out, mask = np.zeros((N_FRAMES, form.n_mels), np.float32), np.zeros(N_FRAMES, np.float32)
    peak = float(power.max()) if power.size else 0.0
    if peak > 1e-12:  # otherwise digital silence: all zeros, no frame with signal
        db = 10 * np.log10(np.maximum(power / peak, 10 ** (FLOOR_DB / 10)))
        if form.scaling == "whisper":
            db = (db / 10 + WHISPER_PEAK + 4) / 4
        else:
            db -= db.mean(axis=0)
            db /= max(float(db.std()), 1.0)
        out[: len(db)] = db
        mask[: len(db)] = 1.0
    else:
        mask[:1] = 1.0
    return out, mask


def window_starts(n_frames: int) -> list[int]:
    """First frames of the windows that cover a recording: every STRIDE_SECONDS, the last one ending with it.

    CLIP_SECONDS of sound are one frame more than N_FRAMES, as both ends have one; they are one window.
    """
    last = n_frames - N_FRAMES
    if last <= 1:
        return [0]
    stride = int(STRIDE_SECONDS * SAMPLE_RATE / HOP_SAMPLES)
    starts = list(range(0, last, stride))
    return starts + [last]


def recording_features(power: np.ndarray, form: LogMel = FAST) -> tuple[np.ndarray, np.ndarray]:
    """Mel power of a recording -> normalised windows (n_windows, N_FRAMES, n_mels) and masks (n_windows, N_FRAMES)."""
    power = trim(power)
    pairs = [normalise(power[s : s + N_FRAMES], form) for s in window_starts(len(power))]
    return np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])
