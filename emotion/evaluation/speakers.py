"""Measurement of who speaks (emotion/speaker.py): films with two faces of which it is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from emotion import audio, vad
from emotion.checkpoint import read_card
from emotion.datasets import data_root, load_portraits
from emotion.evaluation.films import films
from emotion.evaluation.measurements import (
    SPEAKERS_COMMAND,
    SPEAKERS_NAME,
    Progress,
    out_folder,
    show_progress,
    write_metrics,
)
from emotion.evaluation.two_faces import (
    PICTURES_PER_SECOND,
    Side,
    Take,
    TwoFaces,
    at_once,
    beside,
    in_turns,
    photo,
    read_take,
    silent,
    talking,
    unheard,
)
from emotion.judge import FaceJudge, FacesReading, VoiceJudge
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.paths import MODELS
from emotion.speaker import LOOK_SECONDS
from emotion.timeline.rows import ROW_SECONDS, RowBuilder

FILMS = 6  # of each kind
SECONDS = 10.0
TURNS = 4
SPOKEN_SHARE = 0.5  # a row counts as speech where so much of it is
APART_SECONDS = (-0.1, 0.1)  # the sound comes so much later than the picture, as it may on the Live page
STATEMENT, STATEMENT_RATE = "obama_speech", 12  # two men, of whom the one on the right speaks; pictures a second
CHOSEN_ON, OTHERS = "chosen on: one RAVDESS actor", "others: two men at a statement"
SPEAKS, OTHER = 1, 0  # which face from the left

BESIDE_PHOTO, BESIDE_SILENT, BESIDE_LIPS, BACKWARD, IN_TURNS, AT_ONCE, UNHEARD, AS_IT_IS = (
    "beside a photo",
    "beside somebody silent",
    "beside lips that move without sound",
    "beside lips that run backward",
    "one after the other",
    "both at once",
    "lips move, nobody is heard",
    "the film as it is",
)


class _Even:
    """A model whose answers do not matter here."""

    card: dict[str, Any] = {"sha256": "even"}

    def predict(self, given: np.ndarray, rate: float | None = None) -> np.ndarray:
        """All emotions alike."""
        if rate is None:
            return np.full((len(given), len(FACE_LABELS)), 1 / len(FACE_LABELS), np.float32)
        return np.full(len(VOICE_LABELS), 1 / len(VOICE_LABELS), np.float32)


Row = tuple[bool, int | None, int | None]  # whether there is speech; who speaks; who was named (0 left, 1 right)


def looks_at(film: TwoFaces, pictures_per_second: float) -> list[FacesReading]:
    """What the app sees of a film."""
    judge, out, next_look_s = FaceJudge(_Even()), [], 0.0
    for i in range(int(len(film.sound) / audio.SAMPLE_RATE * pictures_per_second)):
        time_s = i / pictures_per_second
        if time_s >= next_look_s:
            next_look_s = time_s + LOOK_SECONDS
            out.append(judge.look(film.picture(time_s), time_s))
    return out


def named(film: TwoFaces, looks: list[FacesReading], *, sound_late_s: float = 0.0) -> list[Row]:
    """The rows of a film as the app makes them. sound_late_s: the sound comes so much later than the pictures."""
    rows, moved = RowBuilder(), round(sound_late_s * audio.SAMPLE_RATE)
    sound = np.pad(film.sound, (max(0, moved), 0))[max(0, -moved) :][: len(film.sound)]
    side_of = {f.track: int(f.face.centre[0] > film.picture(0.0).shape[1] / 2) for look in looks for f in look.faces}
    readings, waiting = VoiceJudge(_Even()).hear(sound), list(looks)
    for reading in readings:  # pictures and sound in turns, as from a file
        while waiting and waiting[0].time_s <= reading.time_s:
            rows.see(waiting.pop(0))
        rows.hear([reading])
    speakers = rows.timeline("hybrid")["speaker"]
    out: list[Row] = []
    for k, reading in enumerate(readings):
        assert reading.loudness is not None
        spoken = float((reading.loudness[:, 1] >= vad.SPEECH_THRESHOLD).mean()) >= SPOKEN_SHARE
        who = side_of[int(speakers[k])] if pd.notna(speakers[k]) else None
        out.append((spoken, film.speaks((k + 0.5) * ROW_SECONDS - sound_late_s), who))
    return out


def shares(rows: list[Row]) -> dict:
    """Of named(…), the rows with speech: seconds; the shares where the right one, a wrong one and nobody was named.

    Where it is not known who speaks: the share where somebody was named, of all rows.
    """
    if all(truth is None for _, truth, _ in rows):
        return {"seconds": len(rows) * ROW_SECONDS, "named": sum(who is not None for *_, who in rows) / len(rows)}
    spoken = [(truth, who) for speech, truth, who in rows if speech]
    right, nobody = sum(t == w for t, w in spoken), sum(w is None for _, w in spoken)
    return {
        "seconds": len(spoken) * ROW_SECONDS,
        "right": right / len(spoken),
        "wrong": (len(spoken) - right - nobody) / len(spoken),
        "nobody": nobody / len(spoken),
    }


def scenes(
    takes: list[Take], others: list[Take], photos: list[np.ndarray], noise: np.ndarray, talkers: list[list[Take]]
) -> dict[str, Callable[[np.random.Generator], TwoFaces]]:
    """Kinds of films in which the person of `takes` speaks. others: takes of those who are beside, without sound.

    talkers: two persons who speak one after the other.
    """

    def talk(rng: np.random.Generator, *, of: list[Take] = takes, backward: bool = False) -> Side:
        return talking(of, SECONDS, rng, backward=backward)

    quiet = lambda rng: silent(others[rng.integers(len(others))], SECONDS)  # noqa: E731
    return {
        **(
            {BESIDE_PHOTO: lambda rng: beside(talk(rng), photo(photos[rng.integers(len(photos))], SECONDS), rng)}
            if photos
            else {}
        ),
        BESIDE_SILENT: lambda rng: beside(talk(rng), quiet(rng), rng),
        BESIDE_LIPS: lambda rng: beside(talk(rng), talk(rng), rng),
        BACKWARD: lambda rng: beside(talk(rng), talk(rng, backward=True), rng),
        IN_TURNS: lambda rng: in_turns(talkers[0], talkers[1], TURNS, rng),
        AT_ONCE: lambda rng: at_once(talk(rng, of=talkers[0]), talk(rng, of=talkers[1])),
        UNHEARD: lambda rng: unheard(talk(rng), talk(rng), noise),
    }


def _takes(root: Path) -> tuple[list[Take], list[Take], TwoFaces | None]:
    """Takes of the RAVDESS actor; of the two men of the statement; and the statement's film. Raises DatasetError."""
    media = root / "media"
    actor = [read_take(film.pictures, sound=film.sound) for film in films(root)]
    path = media / f"{STATEMENT}.mp4"
    if not path.is_file():
        return actor, [], None
    men = [read_take(path, face=SPEAKS), read_take(path, face=OTHER)]
    still = np.zeros(0, np.float32)
    film = TwoFaces((Side(men[1].at, still), Side(men[0].at, still)), men[0].sound, lambda t: 1)
    return actor, men, film


def evaluate_speakers(
    *,
    data=None,
    seed: int = 0,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict:
    """Measure how often the one who speaks is named, and write the file. limit: so many films of each kind, to `out`.

    Raises DatasetError or ModelError with what to do.
    """
    folder, root, count = out_folder(out, limit), data_root(data), limit or FILMS
    actor, men, statement = _takes(root)
    photos = [cv2.cvtColor(cv2.imread(str(p.path)), cv2.COLOR_BGR2RGB) for p in load_portraits("london", data)[::9]]
    noise = np.concatenate(
        [audio.read_audio(p) for p in sorted((root / "noise" / "esc10" / "rain").glob("*"))[:2]]
        or [np.random.default_rng(seed).normal(0, 0.01, round(SECONDS * audio.SAMPLE_RATE)).astype(np.float32)]
    )[: round(SECONDS * audio.SAMPLE_RATE)]
    sets = {CHOSEN_ON: scenes(actor, actor, photos, noise, [actor, actor])}
    if men:
        sets[OTHERS] = scenes(men[:1], men[1:], photos, noise, [men[:1], actor])
    total, done = sum(map(len, sets.values())) * count, 0
    rows: list[dict] = []
    for set_name, kinds in sets.items():
        for kind, make in kinds.items():
            found: dict[float, list[Row]] = {late: [] for late in (0.0, *APART_SECONDS)}
            for i in range(count):
                film = make(np.random.default_rng((seed, i, len(rows))))
                looks = looks_at(film, PICTURES_PER_SECOND[i % len(PICTURES_PER_SECOND)])
                for late, so_far in found.items():
                    so_far += named(film, looks, sound_late_s=late)
                done += 1
                progress("speakers", done, total)
            rows.append(_row(set_name, kind, count, found))
    if statement:
        looks = looks_at(statement, STATEMENT_RATE)
        found = {late: named(statement, looks, sound_late_s=late) for late in (0.0, *APART_SECONDS)}
        rows.append(_row(OTHERS, AS_IT_IS, 1, found))
    card = read_card("face_mesh/face_landmark", models)
    written = write_metrics(
        SPEAKERS_NAME,
        {
            "model": "face_mesh",
            "network": card["network"],
            "kind": "speakers",
            "data_set": "RAVDESS, one actor" + (", and a statement of two men" if men else ""),
            "split": "numbers chosen on other films of the RAVDESS actor, with a look at the two men",
            "seed": seed,
            "date": (today or date.today()).isoformat(),
            "limited_to": limit,
            "command": SPEAKERS_COMMAND,
            "weights_sha256": {"face_mesh/face_landmark": card["sha256"]},
            "protocol": f"{count} films of about {SECONDS:.0f} s of each kind, two faces side by side, mirrored at "
            f"random, {', '.join(map(str, PICTURES_PER_SECOND))} pictures a second, from {len(actor)} takes of one "
            f"actor{' and 9 s of two men, of whom one speaks' if men else ''}. Counted are rows of {ROW_SECONDS} s "
            f"with speech in {SPOKEN_SHARE:.0%} of them or more, from the first on; where nobody or both speak, all "
            "rows. So few talkers cannot say how it is with others.",
            "rows": rows,
        },
        None,
        folder,
    )
    for row in written["rows"]:
        print(f"{row['set']}, {row['kind']}: {_in_words(row)}")
    return written


def _row(set_name: str, kind: str, films: int, found: dict[float, list]) -> dict:
    apart = shares([row for late in APART_SECONDS for row in found[late]])
    share = "named" if "named" in apart else "right"
    return {"set": set_name, "kind": kind, "films": films, **shares(found[0.0]), f"{share}_sound_apart": apart[share]}


def _in_words(row: dict) -> str:
    if "named" in row:
        return f"somebody named {row['named']:.1%} of {row['seconds']:.0f} s"
    return (
        f"right {row['right']:.1%}, wrong {row['wrong']:.1%} of {row['seconds']:.0f} s; "
        f"right with sound 0.1 s apart {row['right_sound_apart']:.1%}"
    )
