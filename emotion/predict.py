"""The served models: LiteRT, no TensorFlow. What evaluation measures is exactly what the page shows."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from emotion import audio
from emotion.calibration import add_offsets, apply_temperature
from emotion.checkpoint import read_card, verified_file
from emotion.contempt import ContemptHead, load_contempt_head
from emotion.face import prepare_crops
from emotion.paths import MODELS
from emotion.person import Person
from emotion.protocols import VoiceAnswer
from emotion.runner import LiteRunner, ModelError, with_embeddings

FACE_MODELS = ("accurate", "fast")
VOICE_MODELS = {"accurate": "voice_accurate", "fast": "voice"}  # name -> its files under models/
ENCODER_OF = VOICE_MODELS["accurate"]  # the voice model whose file also gives the hidden states of its speech encoder


class FaceModel:
    """Seven emotions from face crops."""

    def __init__(self, name: str = "face_accurate", *, folder: Path = MODELS, threads: int = 1):
        self._path, self.card = verified_file(name, folder)
        self.labels = tuple(self.card["labels"])
        self.size, self.temperature = int(self.card["input_size"]), float(self.card["temperature"])
        given = self.card.get("class_offsets", {})
        self.offsets = np.array([given.get(label, 0.0) for label in self.labels])  # log-odds
        self._run = LiteRunner(self._path, threads=threads)
        self._run(np.zeros((1, self.size, self.size, 1), np.float32))  # the first call is slow
        self._threads, self._lock = threads, threading.Lock()
        self._with_embedding: LiteRunner | None = None  # made when contempt is asked for
        self._head: ContemptHead | None = None

    def predict(self, crops: np.ndarray, person: Person | None = None) -> np.ndarray:
        """crops: uint8 (N, H, W) or (N, H, W, 3) RGB, any size, framed as FER-2013 -> float32 (N, 7), rows sum to 1.

        person: whose faces they all are; the answers are then changes from this person's neutral face, if it is known.
        """
        x = prepare_crops(crops, self.size)
        if not len(x):
            return np.zeros((0, len(self.labels)), np.float32)
        probs = self._calibrated([self._run(row[None]) for row in x])
        return probs if person is None or person.face is None else person.face.changed(probs)

    def predict_with_contempt(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As predict, and how probable contempt is beside the seven: float32 (N, 7), float32 (N,) in 0…1.

        emotion.more_words puts the two together. Raises ModelError where the head cannot be used.
        """
        head, run = self.ready_for_contempt()
        x = prepare_crops(crops, self.size)
        if not len(x):
            return np.zeros((0, len(self.labels)), np.float32), np.zeros(0, np.float32)
        probs, embeddings = zip(*(run.all_outputs(row[None]) for row in x))
        return self._calibrated(probs), head.probability(np.stack(embeddings))

    def embeddings(self, crops: np.ndarray) -> np.ndarray:
        """What the last layer is given of each crop, float32 (N, D), N > 0: what a head for contempt learns from."""
        run = self._embedding_runner()
        return np.stack([run.all_outputs(row[None])[1] for row in prepare_crops(crops, self.size)])

    def ready_for_contempt(self) -> tuple[ContemptHead, LiteRunner]:
        """Load what contempt needs: its head, and the network once more with its embedding as a second output.

        Raises ModelError where the head cannot be used. The first call takes as long as loading the model.
        """
        with self._lock:
            if self._head is None:
                self._head = load_contempt_head(self.card["name"], self.card["sha256"], folder=self._path.parent)
        return self._head, self._embedding_runner()

    def _embedding_runner(self) -> LiteRunner:
        with self._lock:
            if self._with_embedding is None:
                source, outputs = with_embeddings(self._path)
                self._with_embedding = LiteRunner(source, threads=self._threads, outputs=outputs)
            return self._with_embedding

    def _calibrated(self, raw: Sequence[np.ndarray]) -> np.ndarray:
        """The network's own answers, each (7,) -> float32 (N, 7)."""
        return add_offsets(apply_temperature(np.stack(raw), self.temperature), self.offsets)


class SpeechEncoder:
    """The hidden states that the accurate voice model's file gives beside its answer, for heads trained apart.

    Several heads judge one window after each other, so the last window's hidden states are kept.
    """

    def __init__(self, folder: Path, threads: int):
        path, self.card = verified_file(ENCODER_OF, folder)
        self._no_centre = no_centre(self.card)
        self._run = LiteRunner(path, threads=threads, outputs=5 if self._no_centre else 3)
        self._lock, self._last = threading.Lock(), (np.zeros(0), np.zeros(0))

    def __call__(self, mel: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Log-mel and mask of one window, with a batch axis -> hidden states, with a batch axis."""
        with self._lock:
            if not np.array_equal(self._last[0], mel):
                self._last = mel, self._run.all_outputs(mel, mask, *self._no_centre)[-1][None]
            return self._last[1]


def no_centre(card: dict) -> list[np.ndarray]:
    """The input of a voice model that says that nothing is known of the speaker; empty for models without it."""
    return [np.zeros((1, card["speaker_centre"]), np.float32)] if "speaker_centre" in card else []


@lru_cache(maxsize=2)
def speech_encoder(folder: Path, threads: int) -> SpeechEncoder:
    """The one for all heads of this folder."""
    return SpeechEncoder(folder, threads)


class VoiceModel:
    """Eight emotions from sound."""

    def __init__(self, name: str = "voice", *, folder: Path = MODELS, threads: int = 1):
        self._path, self.card = verified_file(name, folder)
        self.labels, self.temperature = tuple(self.card["labels"]), float(self.card["temperature"])
        self._form = audio.LOG_MELS[self.card.get("log_mel", "fast")]
        self._encoder = speech_encoder(folder, threads) if self.card.get("head_only") else None
        if self._encoder and self._encoder.card["encoder"] != self.card["encoder"]:
            raise ModelError(
                f"{self._path} was trained on the hidden states of encoder {self.card['encoder']}, {ENCODER_OF} has "
                f"{self._encoder.card['encoder']}; train both in one run folder"
            )
        self._threads, self._lock = threads, threading.Lock()
        self._no_centre = no_centre(self.card)
        outputs = 4 if self._no_centre else 2 if self._gives_embedding else 1
        self._run = LiteRunner(self._path, threads=threads, outputs=outputs)
        self._run_with_embedding = self._run if self._gives_embedding else None
        self.predict(np.zeros(audio.SAMPLE_RATE, np.float32), audio.SAMPLE_RATE)  # the first call is slow

    @property
    def _gives_embedding(self) -> bool:
        """Whether the file gives its embedding by itself, as those with an encoder do."""
        return "encoder" in self.card

    def predict(self, waveform: np.ndarray, sample_rate: float, person: Person | None = None) -> np.ndarray:
        """waveform: (T,) or (T, channels), any rate and length > 0 -> float32 (8,), sums to 1.

        Longer sound is judged in windows of audio.CLIP_SECONDS and averaged. Whether there is a voice at all is for
        emotion.vad to say. person: who speaks; used where the voice is known and the model takes a speaker's centre.
        Raises audio.AudioError on sound that cannot be used.
        """
        known = person.voice if person is not None and self._no_centre else None
        centre = None if known is None else known.believed
        return self._answer([self._run(*window) for window in self._windows(waveform, sample_rate, centre)])

    def answer(self, waveform: np.ndarray, sample_rate: float, centre: np.ndarray | None = None) -> VoiceAnswer:
        """As predict, with and without a speaker's centre (see emotion.person), and what a centre is learned from.

        centre: float (card["speaker_centre"],); None: nothing is known of the speaker. Raises ModelError where the
        model takes no centre.
        """
        if not self._no_centre:
            raise ModelError(f"{self._path} takes no centre of a speaker; use the voice model `accurate`")
        windows = self._windows(waveform, sample_rate, centre)
        probs, as_it_is, embeddings, offsets = zip(*(self._run.all_outputs(*window) for window in windows))
        return VoiceAnswer(
            self._answer(probs),
            self._answer(as_it_is),
            np.mean(as_it_is, axis=0),
            np.mean(embeddings, axis=0),
            np.mean(offsets, axis=0),
        )

    def predict_with_embedding(self, waveform: np.ndarray, sample_rate: float) -> tuple[np.ndarray, np.ndarray]:
        """As predict, and the embedding: float32 (8,) and (D,), what the LSTM gives to its last layer, window mean."""
        if self._no_centre:
            answer = self.answer(waveform, sample_rate)
            return answer.as_it_is, answer.embedding
        with self._lock:
            if self._run_with_embedding is None:
                source, outputs = with_embeddings(self._path)
                self._run_with_embedding = LiteRunner(source, threads=self._threads, outputs=outputs)
        answers = [self._run_with_embedding.all_outputs(*window) for window in self._windows(waveform, sample_rate)]
        embeddings = np.stack([np.concatenate([e.ravel() for e in embedding]) for _, *embedding in answers])
        return self._answer([probs for probs, *_ in answers]), embeddings.mean(axis=0)

    def _answer(self, probs: Sequence[np.ndarray]) -> np.ndarray:
        return apply_temperature(np.stack(probs).mean(axis=0), self.temperature)

    def _windows(
        self, waveform: np.ndarray, sample_rate: float, centre: np.ndarray | None = None
    ) -> list[tuple[np.ndarray, ...]]:
        """What the network is fed of each window, with a batch axis: log-mel, or hidden states, mask, and centre."""
        wave = audio.to_mono(waveform, sample_rate)
        if not wave.size:
            raise audio.AudioError("no sound: the waveform is empty; record at least half a second")
        mel, mask = audio.recording_features(audio.mel_power(wave, self._form), self._form)
        heard = [(m[None], k[None]) for m, k in zip(mel, mask)]
        if self._encoder is not None:
            heard = [(self._encoder(m, k), k) for m, k in heard]
        known = self._no_centre if centre is None else [np.asarray(centre, np.float32)[None]]
        return [(*window, *known) for window in heard]


def better_face_model(folder: Path = MODELS) -> str:
    """`accurate` or `fast`: the default. It is the one with the better macro-F1 on held-out faces, as the cards say."""
    return _better({model: f"face_{model}" for model in FACE_MODELS}, "macro_f1", folder)


def load_face_model(model: str = "accurate", *, folder: Path = MODELS, threads: int = 1) -> FaceModel:
    """The face model `accurate` (EfficientNetB7) or `fast` (ResNet14). Raises ModelError with what to do."""
    if model not in FACE_MODELS:
        raise ValueError(f"face model must be one of {FACE_MODELS}, got {model!r}")
    return FaceModel(f"face_{model}", folder=folder, threads=threads)


def voice_models(folder: Path = MODELS) -> list[str]:
    """The names of the voice models that are there; `fast` where none is, so that a message can name its file."""
    return [name for name, file in VOICE_MODELS.items() if (folder / f"{file}.json").is_file()] or ["fast"]


def better_voice_model(folder: Path = MODELS) -> str:
    """`accurate` or `fast`: the default. It is the one with the better UAR on held-out speakers, as the cards say."""
    return _better({model: VOICE_MODELS[model] for model in voice_models(folder)}, "uar", folder)


def _better(files: dict[str, str], figure: str, folder: Path) -> str:
    """The model whose card has the higher held-out figure; the first of those that are level. files: of each model."""

    def score(model: str) -> float:
        try:
            return read_card(files[model], folder)["validation"][figure]
        except (ModelError, KeyError):
            return 0.0

    return max(files, key=score)


def load_voice_model(model: str | None = None, *, folder: Path = MODELS, threads: int = 1) -> VoiceModel:
    """The voice model `accurate` (pretrained encoder and head) or `fast` (CNN-LSTM); None: the better one.

    Raises ModelError with what to do.
    """
    if model is not None and model not in VOICE_MODELS:
        raise ValueError(f"voice model must be one of {tuple(VOICE_MODELS)}, got {model!r}")
    return VoiceModel(VOICE_MODELS[model or better_voice_model(folder)], folder=folder, threads=threads)
