"""Measurement of a voice model before and after it has heard a speaker talk, without labels (emotion/person.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, metrics
from emotion.datasets import Clip, fold_of
from emotion.evaluation.corpora import SPOKEN, served_models_without, shared_classes, spoken_clips, within
from emotion.evaluation.measurements import (
    FUSION_NAME,
    OWN_VOICE_NAME,
    PERSON_COMMAND,
    Progress,
    measured_voice,
    out_folder,
    show_progress,
    write_metrics,
)
from emotion.evaluation.pairs import fusion_figures, private_faces
from emotion.evaluation.scores import evenly
from emotion.evaluation.voices import fold_weights, served_fold_voices, seven_classes, seven_labels
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.paths import MODELS
from emotion.person import LearnedCentre
from emotion.predict import better_face_model
from emotion.protocols import AdaptingPredictor, adapts

HEARD_SECONDS = (5, 15, 45, 120)
FOR_HYBRID_SECONDS = 45
TALKS: dict[str, tuple[str, ...]] = {"any": (), "mostly neutral": ("neutral", "calm"), "mostly angry": ("angry",)}
MOSTLY = 0.8  # share of the sentences with these emotions
CLIPS_OF_SPEAKER = 40  # of corpora never heard: they have up to 1,400 a speaker
HYBRID_DRAWS = 20


@dataclass(frozen=True)
class Known:
    """Clips of speakers that their models never heard, as they are: what a centre is learned from."""

    labels: np.ndarray  # int (N,) over VOICE_LABELS
    speakers: np.ndarray  # str (N,)
    seconds: np.ndarray  # float (N,), how long each clip is
    probs: np.ndarray  # float (N, 8)
    unscaled: np.ndarray  # float (N, 8), before the temperature
    offsets: np.ndarray  # float (N, 8, D)


def talk(known: Known, clip: int, seconds: float, emotions: tuple[str, ...], rng: np.random.Generator) -> list[int]:
    """What was heard of the speaker of a clip: other clips, drawn until they last so long.

    emotions: those of MOSTLY of the clips; (): all as they come.
    """
    rows = np.flatnonzero(known.speakers == known.speakers[clip])
    rows = rows[rows != clip]
    likely = np.isin(known.labels[rows], [VOICE_LABELS.index(e) for e in emotions])
    if likely.any() and not likely.all():
        weight = np.where(likely, MOSTLY / likely.sum(), (1 - MOSTLY) / (~likely).sum())
    else:
        weight = np.full(len(rows), 1 / len(rows))
    out: list[int] = []
    while sum(known.seconds[out]) < seconds:
        out.append(int(rng.choice(rows, p=weight)))
    return out


def centre_of(known: Known, rows: list[int]) -> np.ndarray:
    """What the voice model is told of the speaker after these clips, (D,)."""
    learned, now_s = LearnedCentre(), 0.0
    for i in rows:
        now_s += float(known.seconds[i])
        learned.hear(known.unscaled[i], known.offsets[i], seconds=float(known.seconds[i]), time_s=now_s)
    assert learned.centre, "a talk has at least one clip"
    return learned.centre.believed


def heard_before(
    clips: list[Clip],
    model_of: Callable[[Clip], AdaptingPredictor],
    report: Callable[[], None],
    *,
    seed: int = 0,
) -> tuple[Known, dict[tuple[str, int], np.ndarray]]:
    """The answers to these clips as they are, and (talk, seconds) -> those (N, 8) after so much of such talk.

    report: called after each clip, twice.
    """
    found, seconds = [], []
    for clip in clips:
        wave = audio.read_audio(clip.path)
        answer = model_of(clip).answer(wave, audio.SAMPLE_RATE)
        found.append((answer.as_it_is, answer.unscaled, answer.offsets))
        seconds.append(len(wave) / audio.SAMPLE_RATE)
        report()
    known = Known(
        np.array([VOICE_LABELS.index(c.label) for c in clips]),
        np.array([c.speaker for c in clips]),
        np.array(seconds),
        *(np.stack(part) for part in zip(*found)),
    )
    ways = [(name, s) for name in TALKS for s in HEARD_SECONDS]
    answers = {way: np.zeros_like(known.probs) for way in ways}
    for i, clip in enumerate(clips):
        wave = audio.read_audio(clip.path)
        for k, (name, s) in enumerate(ways):  # one clip after the other, because encoders keep their last answer
            rows = talk(known, i, s, TALKS[name], np.random.default_rng((seed, i, k)))
            answers[name, s][i] = model_of(clip).answer(wave, audio.SAMPLE_RATE, centre_of(known, rows)).probs
        report()
    return known, answers


def _few(clips: list[Clip], limit: int | None) -> list[Clip]:
    """At most CLIPS_OF_SPEAKER of each speaker, evenly; limit: only of so many speakers."""
    speakers = sorted({c.speaker for c in clips})
    out: list[Clip] = []
    for speaker in (speakers[i] for i in evenly(len(speakers), limit)):
        own = [c for c in clips if c.speaker == speaker]
        out += [own[i] for i in evenly(len(own), CLIPS_OF_SPEAKER)]
    return out


def _figures(truth: np.ndarray, probs: np.ndarray, groups: np.ndarray | None = None) -> dict:
    """UAR and ECE; groups: (N,), for the UAR of each."""
    by_group = (
        {}
        if groups is None
        else {str(g): metrics.uar(truth[groups == g], probs[groups == g]) for g in np.unique(groups)}
    )
    return {
        "uar": metrics.uar(truth, probs),
        "ece": metrics.ece(truth, probs),
        **({"by_gender": by_group} if by_group else {}),
    }


def _rows(
    name: str,
    known: Known,
    answers: dict[tuple[str, int], np.ndarray],
    truth: np.ndarray,
    classes: Callable[[np.ndarray], np.ndarray],
    genders: np.ndarray | None = None,
) -> dict:
    """One set's figures. truth: (N,) over what `classes` makes of answers (N, 8)."""
    return {
        "set": name,
        "n": len(truth),
        "speakers": len(np.unique(known.speakers)),
        "as_it_is": _figures(truth, classes(known.probs), genders),
        "heard": [
            {"talk": talk_name, "seconds": s, **_figures(truth, classes(probs), genders)}
            for (talk_name, s), probs in answers.items()
        ],
    }


def evaluate_own_voice(
    *,
    data=None,
    seed: int = 0,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict:
    """Measure the better voice model before and after it has heard a speaker, and write the file.

    On RAVDESS's five folds, with Hybrid on top, and on every corpus with the model that never heard it. limit: only
    that many speakers of each corpus, written to `out`. Returns the figures, {} where the model takes no centre. Raises
    DatasetError or ModelError with what to do.
    """
    folder, voices = out_folder(out, limit), served_fold_voices(models)
    if not adapts(voices[0]):
        return {}
    networks = served_models_without(seed=seed, models=models)
    clips = spoken_clips(data)
    in_folds = clips["ravdess"] if limit is None else _few(clips["ravdess"], limit)
    few = {corpus: _few(some, limit) for corpus, some in clips.items()}
    done, total = 0, 2 * (len(in_folds) + sum(map(len, few.values())))

    def report() -> None:
        nonlocal done
        done += 1
        if done % 50 == 0 or done == total:
            progress("own voice", done, total)

    def with_options(some: list[Clip], model_of: Callable[[Clip], AdaptingPredictor]):
        return heard_before(some, model_of, report, seed=seed)

    known, answers = with_options(in_folds, lambda clip: voices[fold_of(clip.actor)])
    genders = np.array([c.gender for c in in_folds])
    rows = [_rows("RAVDESS, five folds, 8 classes", known, answers, known.labels, lambda p: p, genders)]
    hybrid = _hybrid(
        known, answers, folder, seed, data=data, limit=limit, out=out, models=models, today=today, progress=progress
    )
    seven = {
        corpus: seven_labels(np.array([VOICE_LABELS.index(c.label) for c in some])) for corpus, some in few.items()
    }
    shared = shared_classes(seven)
    for corpus, some in few.items():
        kept = np.isin(seven[corpus], shared)
        done += 2 * int((~kept).sum())
        some = [c for c, k in zip(some, kept, strict=True) if k]
        known, answers = with_options(some, lambda clip: networks[clip.corpus])
        truth = np.searchsorted(shared, seven[corpus][kept])
        rows.append(_rows(f"{corpus}, never heard", known, answers, truth, lambda p: within(seven_classes(p), shared)))
    card = networks["ravdess"].card
    found = write_metrics(
        OWN_VOICE_NAME,
        {
            "model": measured_voice(models),
            "network": card["network"],
            "kind": "own voice",
            "data_set": ", ".join(clips),
            "split": "five folds of RAVDESS; leave one corpus out",
            "seed": seed,
            "date": (today or date.today()).isoformat(),
            "limited_to": limit,
            "command": PERSON_COMMAND,
            "weights_sha256": {
                **{networks[c].card["name"]: networks[c].card["sha256"] for c in clips},
                **fold_weights([v.voice for v in voices]),
            },
            "classes": [FACE_LABELS[k] for k in shared],
            "languages": {f"{c}, never heard": SPOKEN[c] for c in clips},
            "protocol": "Each clip is judged as it is, and after other clips of its speaker that last so long were "
            f"heard without labels. Mostly: {MOSTLY:.0%} of them neutral (or calm), or angry. Of corpora never heard "
            f"{CLIPS_OF_SPEAKER} clips of each speaker, over the classes that all corpora have. Hybrid: pairs with "
            f"PrivateTest faces of the same label, as in {FUSION_NAME}, after {FOR_HYBRID_SECONDS} s.",
            "rows": rows,
            "hybrid": hybrid,
        },
        None,
        folder,
    )
    for row in found["rows"]:
        print(f"{row['set']}: UAR as it is {row['as_it_is']['uar']:.1%}")
        for name in TALKS:
            of = [h for h in row["heard"] if h["talk"] == name]
            print(f"   {name}: " + ", ".join(f"{h['seconds']} s {h['uar']:.1%}" for h in of))
    for way in found["hybrid"]:
        print(f"Hybrid, {way['talk']}: {way['accuracy']:.1%}, ECE {way['ece']:.1%}")
    return found


def _hybrid(known: Known, answers: dict[tuple[str, int], np.ndarray], folder: Path, seed: int, **options) -> list[dict]:
    """Accuracy and ECE of Hybrid on pairs: with the voice as it is, and after FOR_HYBRID_SECONDS of each talk."""
    faces = private_faces(better_face_model(options["models"]), folder, **options)
    ways = {"as it is": known.probs} | {name: answers[name, FOR_HYBRID_SECONDS] for name in TALKS}
    out = []
    for name, probs in ways.items():
        found = fusion_figures(
            faces["labels"].astype(int),
            faces["probs"].astype(np.float32),
            seven_labels(known.labels),
            seven_classes(probs),
            known.speakers,
            draws=HYBRID_DRAWS,
            seed=seed,
        )["methods"]["hybrid"]
        out.append({"talk": name, "accuracy": found["accuracy"], "ece": found["ece"]})
    return out
