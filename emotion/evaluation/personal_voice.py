"""What a few clips of a speaker are worth: the voice model with and without them, on speakers it has never judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from emotion import audio, metrics
from emotion.datasets import VOICE_CORPORA, Clip, DatasetError, fold_of
from emotion.evaluation.corpora import SPOKEN, served_models_without, shared_classes, spoken_clips, within
from emotion.evaluation.measurements import (
    PERSONAL_COMMAND,
    PERSONAL_NAME,
    Progress,
    out_folder,
    show_progress,
    write_metrics,
)
from emotion.evaluation.scores import mean_and_spread
from emotion.evaluation.voices import fold_weights, served_fold_voices, seven_classes, seven_labels
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.paths import MODELS
from emotion.personal import RIDGE, PersonalVoiceError, fit_correction, windows_of
from emotion.protocols import EmbeddingPredictor

MOST, MOST_OF_EIGHT = 4, 2  # clips per class: of the shared classes, of all eight (RAVDESS has 2 neutral per sentence)
DRAWS = 6
LEARNED_SENTENCES = {"ravdess": 1, "ased": 2}  # they have 2 and 7; the other two have 90 and 100


def sentence_of(clip: Clip) -> str:
    """What is said in a clip, as its file name tells: RAVDESS's statement, TESS's word, nEMO's and ASED's number."""
    parts = clip.path.stem.replace("_", "-").split("-")
    return parts[{"ravdess": 4, "tess": 1, "nemo": -1, "ased": 1}[clip.corpus]]


@dataclass(frozen=True)
class Judged:
    """Clips of one corpus, judged by networks that never heard their speakers; the same row is the same clip."""

    labels: np.ndarray  # int (N,) over the classes compared
    probs: np.ndarray  # float (N, C)
    embeddings: np.ndarray  # float (N, D)
    speakers: np.ndarray  # str (N,)
    sentences: np.ndarray  # str (N,)
    # row -> answers (W, C) and embeddings (W, D) to learn from, as the app does
    learn: Callable[[int], tuple[np.ndarray, np.ndarray]]


def split(
    judged: Judged, rows: np.ndarray, most: int, rng: np.random.Generator, *, sentences: int | None
) -> tuple[np.ndarray, np.ndarray] | None:
    """One speaker's rows -> (clips to learn from (C, most), test clips with other sentences); None: there are too few.

    sentences: how many sentences the clips to learn from have, for corpora with few; None: any number.
    """
    pool, said = rows, np.unique(judged.sentences[rows])
    if sentences is not None and sentences < len(said):
        pool = rows[np.isin(judged.sentences[rows], rng.choice(said, sentences, replace=False))]
    own = [rng.permutation(pool[judged.labels[pool] == c])[:most] for c in range(judged.probs.shape[1])]
    if min(map(len, own)) < most:
        return None
    learn = np.stack(own)
    test = rows[~np.isin(judged.sentences[rows], judged.sentences[learn.ravel()])]
    return (learn, test) if len(test) else None


def corrected(judged: Judged, few: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Answers (T, C) to the test clips, corrected by what was learned from a few clips; without them unchanged."""
    if not len(few):
        return judged.probs[test]
    probs, embeddings = zip(*(judged.learn(i) for i in few))
    clip = np.repeat(np.arange(len(few)), [len(p) for p in probs])
    return fit_correction(np.concatenate(probs), np.concatenate(embeddings), judged.labels[few][clip], clip)(
        judged.probs[test], judged.embeddings[test]
    )


def learning_curve(judged: Judged, *, most: int, sentences: int | None, draws: int = DRAWS, seed: int = 0) -> dict:
    """Figures with 0 … `most` clips per class of the speaker, mean and spread over draws of those clips.

    The test clips are the same for any number of clips.
    """
    rng = np.random.default_rng(seed)
    rows_by_draw: list[tuple[np.ndarray, list[np.ndarray]]] = []
    speakers: dict[str, list[list[float]]] = {}
    for _ in range(draws):
        truth: list[np.ndarray] = []
        answers: list[list[np.ndarray]] = [[] for _ in range(most + 1)]
        for speaker in np.unique(judged.speakers):
            parts = split(judged, np.flatnonzero(judged.speakers == speaker), most, rng, sentences=sentences)
            if parts is None:
                continue
            learn, test = parts
            truth.append(judged.labels[test])
            for k, out in enumerate(answers):
                few = learn[:, :k].ravel()
                out.append(corrected(judged, few, test))
            right = [float((out[-1].argmax(axis=1) == truth[-1]).mean()) for out in answers]
            speakers.setdefault(speaker, []).append(right)
        if truth:
            rows_by_draw.append((np.concatenate(truth), [np.concatenate(out) for out in answers]))
    if not rows_by_draw:
        raise DatasetError(
            f"no speaker has {most} clips of each class and others beside them; is the data set complete?"
        )
    by_speaker = np.array([np.mean(r, axis=0) for r in speakers.values()])  # (S, most + 1)
    return {
        "speakers": len(speakers),
        "n": int(round(np.mean([len(t) for t, _ in rows_by_draw]))),
        "curve": [
            {
                "clips_per_class": k,
                "uar": mean_and_spread([metrics.uar(t, p[k]) for t, p in rows_by_draw]),
                "ece": float(np.mean([metrics.ece(t, p[k]) for t, p in rows_by_draw])),
                "speakers_better": int((by_speaker[:, k] > by_speaker[:, 0]).sum()),
                "speakers_worse": int((by_speaker[:, k] < by_speaker[:, 0]).sum()),
            }
            for k in range(most + 1)
        ],
    }


def judge_clips(
    clips: list[Clip],
    model_of: Callable[[Clip], EmbeddingPredictor],
    labels: np.ndarray,
    answers: Callable[[np.ndarray], np.ndarray],
    report: Callable[[], None],
) -> Judged:
    """Each clip, judged by the model that never heard its speaker.

    labels: (N,); answers: probabilities (W, 8) -> (W, C) over the classes compared; report: called after each clip.
    """
    whole = []
    for clip in clips:
        whole.append(model_of(clip).predict_with_embedding(audio.read_audio(clip.path), audio.SAMPLE_RATE))
        report()

    @cache
    def learn(row: int) -> tuple[np.ndarray, np.ndarray]:
        model, wave = model_of(clips[row]), audio.read_audio(clips[row].path)
        try:
            probs, embeddings = windows_of(model, wave)
        except PersonalVoiceError:  # no voice was found; a person would record again, here there is only this clip
            probs, embeddings = (x[None] for x in model.predict_with_embedding(wave, audio.SAMPLE_RATE))
        return answers(probs), embeddings

    return Judged(
        labels,
        answers(np.stack([p for p, _ in whole])),
        np.stack([e for _, e in whole]),
        np.array([c.speaker for c in clips]),
        np.array([sentence_of(c) for c in clips]),
        learn,
    )


def evaluate_personal(
    *,
    data=None,
    seed: int = 0,
    draws: int = DRAWS,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure the correction of emotion.personal and write the file.

    On every corpus with the model that never heard it, and on RAVDESS's five folds. limit: only that many speakers of
    each corpus, written to `out`. Returns name -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder, networks = out_folder(out, limit), served_models_without(seed=seed, models=models)
    clips = spoken_clips(data)
    if limit is not None:
        clips = {
            corpus: [c for c in some if c.speaker in sorted({c.speaker for c in some})[:limit]]
            for corpus, some in clips.items()
        }
    done, total = 0, sum(map(len, clips.values())) + len(clips["ravdess"])

    def report() -> None:
        nonlocal done
        done += 1
        if done % 50 == 0 or done == total:
            progress("personal", done, total)

    faces = {
        corpus: seven_labels(np.array([VOICE_LABELS.index(c.label) for c in some])) for corpus, some in clips.items()
    }
    shared = shared_classes(faces)
    rows = []
    for corpus, some in clips.items():
        kept = np.isin(faces[corpus], shared)
        done += int((~kept).sum())
        judged = judge_clips(
            [c for c, k in zip(some, kept, strict=True) if k],
            lambda clip: networks[clip.corpus],
            np.searchsorted(shared, faces[corpus][kept]),
            lambda p: within(seven_classes(p), shared),
            report,
        )
        rows.append(
            {
                "corpus": corpus,
                "language": SPOKEN[corpus],
                **learning_curve(judged, most=MOST, sentences=LEARNED_SENTENCES.get(corpus), draws=draws, seed=seed),
            }
        )
    voices = served_fold_voices(models)
    judged = judge_clips(
        clips["ravdess"],
        lambda clip: voices[fold_of(clip.actor)],
        np.array([VOICE_LABELS.index(c.label) for c in clips["ravdess"]]),
        lambda p: p,
        report,
    )
    found = write_metrics(
        PERSONAL_NAME,
        {
            "model": "voice",
            "network": networks[VOICE_CORPORA[0]].card["network"],
            "kind": "personal",
            "data_set": ", ".join(clips),
            "split": "leave one corpus out; five folds of RAVDESS",
            "seed": seed,
            "draws": draws,
            "ridge": RIDGE,
            "date": (today or date.today()).isoformat(),
            "n": total - len(clips["ravdess"]),
            "limited_to": limit,
            "command": PERSONAL_COMMAND,
            "weights_sha256": {
                **{networks[c].card["name"]: networks[c].card["sha256"] for c in clips},
                **fold_weights([v.voice for v in voices]),
            },
            "protocol": "For each speaker some clips of each class are drawn; the answers to the speaker's clips "
            "with other sentences are corrected by what was learned from them, as on the page Me. The test "
            "clips are the same for any number of clips, including none.",
            "classes": [FACE_LABELS[k] for k in shared],
            "corpora": rows,
            "mean_uar": [float(np.mean([r["curve"][k]["uar"]["mean"] for r in rows])) for k in range(MOST + 1)],
            "folds": learning_curve(
                judged, most=MOST_OF_EIGHT, sentences=LEARNED_SENTENCES["ravdess"], draws=draws, seed=seed
            ),
        },
        None,
        folder,
    )
    for row in [*found["corpora"], {"corpus": "five folds, 8 classes", **found["folds"]}]:
        print(
            f"{row['corpus']:22s} {row['speakers']:3d} speakers, {row['n']:5d} test clips   UAR "
            + "  ".join(f"{p['clips_per_class']}: {p['uar']['mean']:.1%}" for p in row["curve"])
        )
    print("mean over corpora       " + "  ".join(f"{k}: {v:.1%}" for k, v in enumerate(found["mean_uar"])))
    return {PERSONAL_NAME: found}
