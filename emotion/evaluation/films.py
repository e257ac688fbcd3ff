"""Measurement of Hybrid on real films of one person who acts with face and voice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import av

from emotion import audio
from emotion.datasets import DatasetError, data_root, fold_of
from emotion.evaluation.measurements import (
    FILMS_NAME,
    FUSION_COMMAND,
    Progress,
    out_folder,
    show_progress,
    write_metrics,
)
from emotion.evaluation.voices import fold_weights, served_fold_voices
from emotion.judge import FaceJudge, VoiceJudge
from emotion.labels import RAVDESS_CODES, VOICE_TO_FACE
from emotion.paths import MODELS
from emotion.predict import better_face_model, load_face_model
from emotion.protocols import FacePredictor, VoicePredictor
from emotion.timeline.rows import ROW_SECONDS, RowBuilder

LOOK_SECONDS = ROW_SECONDS / 5  # a picture is judged this often
JUDGED_BY = ("face", "voice", "together")
FILMS = {  # film -> its sound, where it is in another file
    "01-01-01-01-01-01-01": None,
    "01-01-08-02-02-02-01": None,
    "02-01-04-01-02-01-01": "ravdess/speech/Actor_01/03-01-04-01-02-01-01.flac",
}


@dataclass(frozen=True)
class Film:
    """A film of RAVDESS: `modality-channel-emotion-intensity-statement-repetition-actor`."""

    name: str
    pictures: Path
    sound: Path  # the same file, or the actor's voice beside a film without sound

    @property
    def label(self) -> str:
        """What the actor was told to show, one of FACE_LABELS."""
        return VOICE_TO_FACE[RAVDESS_CODES[self.name.split("-")[2]]]

    @property
    def actor(self) -> int:
        """The actor's number."""
        return int(self.name.split("-")[6])


def films(data=None) -> list[Film]:
    """The films at hand. Raises DatasetError where one is missing."""
    root = data_root(data)
    found = []
    for name, sound in FILMS.items():
        pictures = root / "media" / f"{name}.mp4"
        found.append(Film(name, pictures, root / sound if sound else pictures))
        for path in (pictures, found[-1].sound):
            if not path.is_file():
                raise DatasetError(f"{path} is missing: a film of RAVDESS, or its sound; see docs/api.md")
    return found


def film_figures(film: Film, face: FacePredictor, voice: VoicePredictor, *, adapt: bool) -> dict:
    """Of face, voice and Together: seconds judged, share of them right, named and right among the named.

    adapt: whether both are judged by their change from what is usual for the person, as in the app.
    """
    rows, faces = RowBuilder(), FaceJudge(face, adapt=adapt)
    next_look_s = 0.0
    with av.open(str(film.pictures)) as media:
        for frame in media.decode(video=0):
            time_s = float(frame.time or 0.0)
            if time_s >= next_look_s:
                rows.see(faces.look(frame.to_ndarray(format="rgb24"), time_s))
                next_look_s = time_s + LOOK_SECONDS
    voices = VoiceJudge(voice, adapt=adapt)
    rows.hear(voices.hear(audio.read_audio(film.sound)))
    timeline = rows.timeline("hybrid")
    out = {}
    for name in JUDGED_BY:
        said = timeline[timeline[f"{name}_label"].notna()]
        words = said[f"{name}_label"].replace(VOICE_TO_FACE)
        right, sure = (words == film.label).to_numpy(bool), said[f"{name}_sure"].to_numpy(bool)
        out[name] = {
            "seconds": len(said) * ROW_SECONDS,
            "right": float(right.mean()) if len(said) else None,
            "named": float(sure.mean()) if len(said) else None,
            "right_of_named": float(right[sure].mean()) if sure.any() else None,
        }
    return out


def evaluate_films(
    model: str | None = None,
    *,
    data=None,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure face, voice and Together on the films, by networks that never heard their actor; write the file.

    model: the face model; None: the better one. limit: only that many films, written to `out`. Returns name ->
    figures. Raises DatasetError or ModelError with what to do.
    """
    folder, model = out_folder(out, limit), model or better_face_model(models)
    network, voices = load_face_model(model, folder=models), served_fold_voices(models)
    some = films(data)[:limit]
    rows = []
    for i, film in enumerate(some):
        voice = voices[fold_of(film.actor)]
        for adapt in (True, False):
            rows.append(
                {
                    "film": film.name,
                    "label": film.label,
                    "sound_from": film.sound.name,
                    "adapted": adapt,
                    **film_figures(film, network, voice, adapt=adapt),
                }
            )
        progress("films", i + 1, len(some))
    used = [voices[fold_of(film.actor)].voice for film in some]
    found = write_metrics(
        FILMS_NAME,
        {
            "model": f"fusion of face_{model} and voice",
            "network": "weighted logarithmic opinion pool",
            "kind": "films",
            "data_set": "RAVDESS, films of one actor",
            "split": "the actor was never heard",
            "seed": None,
            "date": (today or date.today()).isoformat(),
            "n": len(some),
            "limited_to": limit,
            "weights_sha256": {network.card["name"]: network.card["sha256"], **fold_weights(used)},
            "command": FUSION_COMMAND,
            "protocol": f"Each film is judged as the app does, in rows of {ROW_SECONDS} s, once by the change from "
            "what is usual for the person and once as it is. The film without sound is heard with the actor's own "
            "recording of the same sentence and emotion. Right: the word is what the actor was told to show. "
            f"{len(some)} films of one man say little about other people.",
            "rows": rows,
        },
        None,
        folder,
    )
    for row in found["rows"]:
        how = "adapted" if row["adapted"] else "as it is"
        shares = ", ".join(f"{m} {_percent(row[m]['right'])} right" for m in JUDGED_BY)
        print(f"{row['film']} ({row['label']}), {how}: {shares}")
    return {FILMS_NAME: found}


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
