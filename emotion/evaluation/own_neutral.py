"""Measurement of a face model before and after it knows what is neutral for a person (emotion/person.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from emotion.datasets import PORTRAIT_SETS, Portrait, data_root, load_portraits
from emotion.evaluation.measurements import (
    PERSON_COMMAND,
    PERSON_NAME,
    Progress,
    out_folder,
    show_progress,
    write_metrics,
)
from emotion.evaluation.portraits import WHAT, in_batches, portrait_crops
from emotion.judge import REST_SECONDS, FaceJudge
from emotion.labels import FACE_LABELS
from emotion.paths import MODELS
from emotion.person import NEUTRAL, LearnedNeutral, NeutralFace, neutral_face
from emotion.predict import better_face_model, load_face_model
from emotion.timeline.neutral import LOOK_SECONDS, answers_of, looks_of

SITTING_SECONDS = 60.0  # for so long a person of the London set is seen
NEUTRAL_SHARES = (0.8, 0.5, 0.1)  # of that time the face is neutral
PHOTO_SECONDS = 5.0  # each press photo of a person is seen for so long
# one actor of RAVDESS who speaks: what is expected of each film -> its name
FILMS = {"neutral": "01-01-01-01-01-01-01", "surprise": "01-01-08-02-02-02-01", "sad": "02-01-04-01-02-01-01"}
NEUTRAL_FILMS_BEFORE = 10  # the neutral film is seen so many times before the others


def learned_from(probs: np.ndarray, seconds: list[float]) -> NeutralFace | None:
    """The person of whom each answer of `probs` (N, 7) was given for so many seconds, a look each LOOK_SECONDS."""
    learned, now_s = LearnedNeutral(), 0.0
    for answer, shown_s in zip(probs, seconds, strict=True):
        for _ in range(round(shown_s / LOOK_SECONDS)):
            learned.see(answer, now_s)
            now_s += LOOK_SECONDS
    return learned.face


def changed(person: NeutralFace | None, probs: np.ndarray) -> np.ndarray:
    """Changes from what is neutral for a person; as they are where nothing is known."""
    return probs if person is None else person.changed(probs)


def found_right(labels: np.ndarray, probs: np.ndarray) -> dict:
    """How many neutral pictures and how many others are read right. labels (N,), probs (N, 7)."""
    right, neutral = probs.argmax(axis=1) == labels, labels == NEUTRAL
    return {
        "neutral": float(right[neutral].mean()) if neutral.any() else None,
        "other": float(right[~neutral].mean()) if (~neutral).any() else None,
        "accuracy": float(right.mean()),
    }


def sitting_rows(labels: np.ndarray, probs: np.ndarray, people: np.ndarray) -> list[dict]:
    """London: a neutral and a smiling picture of one sitting, seen in turn. One row per share of neutral time."""
    rows = []
    for share in NEUTRAL_SHARES:
        answers = {"learned": probs.copy(), "asked": probs.copy()}
        for own in (people == p for p in np.unique(people)):
            neutral = labels[own] == NEUTRAL
            if neutral.all() or not neutral.any():
                continue
            each_s = SITTING_SECONDS * np.where(neutral, share / neutral.sum(), (1 - share) / (~neutral).sum())
            answers["learned"][own] = changed(learned_from(probs[own], list(each_s)), probs[own])
            resting = neutral_face(probs[own][neutral], seconds=REST_SECONDS)
            answers["asked"][own] = resting.changed(probs[own])
        rows.append(_row("london", f"{share:.0%} of a minute neutral", labels, probs, people, answers))
    return rows


def other_days_row(labels: np.ndarray, probs: np.ndarray, people: np.ndarray) -> dict:
    """LFW: press photos of one person from several days, seen one after the other. People with one photo are out."""
    several = np.isin(people, [p for p in np.unique(people) if (people == p).sum() > 1])
    labels, probs, people = labels[several], probs[several], people[several]
    learned = probs.copy()
    for own in (people == p for p in np.unique(people)):
        learned[own] = changed(learned_from(probs[own], [PHOTO_SECONDS] * int(own.sum())), probs[own])
    return _row(
        "lfw", f"photos of several days, {PHOTO_SECONDS:.0f} s each", labels, probs, people, {"learned": learned}
    )


def _row(source: str, seen: str, labels, probs, people, answers: dict[str, np.ndarray]) -> dict:
    return {
        "set": source,
        "seen": seen,
        "n": len(labels),
        "people": len(np.unique(people)),
        "as_it_is": found_right(labels, probs),
        **{how: found_right(labels, changed_probs) for how, changed_probs in answers.items()},
    }


def film_rows(looks: dict[str, np.ndarray]) -> list[dict]:
    """Films of one actor, in one sitting: the word of each film's mean. looks: expected word -> answers (N, 7)."""
    rest = looks["neutral"]
    order = [rest] * NEUTRAL_FILMS_BEFORE + [p for word, p in looks.items() if word != "neutral"]
    every = np.concatenate(order)
    ways = {
        "as_it_is": None,
        "learned": learned_from(every, [LOOK_SECONDS] * len(every)),
        "asked": neutral_face(rest, seconds=LOOK_SECONDS * len(rest)),
    }
    return [
        {"expected": word, **{how: _word(changed(person, probs)) for how, person in ways.items()}}
        for word, probs in looks.items()
    ]


def _word(probs: np.ndarray) -> dict:
    mean = probs.mean(axis=0)
    other = np.delete(np.arange(len(mean)), NEUTRAL)
    strongest = other[mean[other].argmax()]
    return {"label": FACE_LABELS[int(mean.argmax())], "strongest_other": FACE_LABELS[int(strongest)]}


def evaluate_person(
    model: str | None = None,
    *,
    data=None,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict:
    """Measure the face model (None: the better one) before and after it knows a person, and write the file.

    Only people that are never trained on. limit: only that many pictures of each set, written to `out`. Returns the
    figures, {} where no set is there; raises DatasetError or ModelError with what to do.
    """
    folder, network = out_folder(out, limit), load_face_model(model or better_face_model(models), folder=models)
    card, rows = network.card, []
    of_set: dict[str, Callable[..., list[dict]]] = {"london": sitting_rows, "lfw": lambda *a: [other_days_row(*a)]}
    for source in PORTRAIT_SETS:
        portraits = [p for p in load_portraits(source, data) if p.is_tested][:limit]
        if portraits:
            rows += of_set[source](*_answers(portraits, network))
            progress(f"own neutral, {source}", len(portraits), len(portraits))
    films = {word: data_root(data) / "media" / f"{name}.mp4" for word, name in FILMS.items()}
    spoken = []
    if all(path.is_file() for path in films.values()):
        spoken = film_rows({word: _looks(path, network) for word, path in films.items()})
    if not rows and not spoken:
        return {}
    found = write_metrics(
        PERSON_NAME,
        {
            "model": card["name"],
            "network": card["network"],
            "kind": "person",
            "data_set": "London set, LFW" + (", three RAVDESS films" if spoken else ""),
            "split": "people that are not trained on",
            "sets": {source: WHAT[source] for source in PORTRAIT_SETS},
            "seed": 0,
            "date": (today or date.today()).isoformat(),
            "weights_sha256": {card["name"]: card["sha256"]},
            "command": PERSON_COMMAND,
            "limited_to": limit,
            "protocol": "As it is: the model's own answers. Learned: changes from what was learned to be neutral while "
            "the person was seen, without anybody saying so. Asked: changes from a neutral picture that was said to be "
            f"one, {REST_SECONDS:.0f} s of it. London: a neutral and a smiling picture of one sitting. LFW: the "
            "neutral of another day does not hold, so this row says how much adapting can harm. Films: one actor "
            f"speaks; the neutral film is seen {NEUTRAL_FILMS_BEFORE} times, then the others.",
            "rows": rows,
            "films": spoken,
        },
        None,
        folder,
    )
    for row in found["rows"]:
        print(f"{row['set']}, {row['seen']}: " + _in_words(row))
    for film in found["films"]:
        print(
            f"film, {film['expected']}: " + ", ".join(f"{how} {film[how]['label']}" for how in ("as_it_is", "learned"))
        )
    return found


def _in_words(row: dict) -> str:
    return "; ".join(
        f"{how} "
        + ", ".join(f"{part} {row[how][part]:.1%}" for part in ("neutral", "other") if row[how][part] is not None)
        for how in ("as_it_is", "learned", "asked")
        if how in row
    )


def _answers(portraits: list[Portrait], network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels (N,), answers (N, 7) and names (N,) of these pictures."""
    probs = in_batches(network, portrait_crops(tuple(portraits))[0])
    return np.array([FACE_LABELS.index(p.label) for p in portraits]), probs, np.array([p.person for p in portraits])


def _looks(path: Path, network) -> np.ndarray:
    """Answers (N, 7) to the largest face of a film."""
    return np.stack(answers_of(looks_of(path, FaceJudge(network, max_faces=1, smoothing_s=0))))
