"""What a few clips of the speaker are worth: the voice model with and without them, on speakers it has never heard."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, metrics
from emotion.checkpoint import MODELS
from emotion.datasets import VOICE_CORPORA, Clip, DatasetError, fold_of, load_voices
from emotion.evaluation.corpora import SPOKEN, among, unheard_models
from emotion.evaluation.figures import mean_and_spread
from emotion.evaluation.measurements import PERSONAL_COMMAND, PERSONAL_NAME, Progress, out_folder, show_progress, write_metrics
from emotion.evaluation.voices import fit_crosswise, fold_voices, fold_weights, seven_classes, seven_labels
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.personal import RIDGE, fit_correction

MOST, MOST_OF_EIGHT = 4, 2    # clips per class; RAVDESS has neutral only twice per sentence
DRAWS = 6
LEARNED_SENTENCES = {"ravdess": 1, "ased": 2}  # they have 2 and 7; the other two have 90 and 100


def sentence_of(clip: Clip) -> str:
    """What is said in a clip, as its file name tells: RAVDESS's statement, TESS's word, nEMO's and ASED's number."""
    parts = clip.path.stem.replace("_", "-").split("-")
    return {"ravdess": parts[4] if len(parts) > 4 else "", "tess": parts[1], "nemo": parts[-1], "ased": parts[1]}[clip.corpus]


@dataclass(frozen=True)
class Heard:
    """Clips of one corpus and what networks that never heard their speakers make of them; rows belong together."""

    labels: np.ndarray         # int (N,) over the classes compared
    probs: np.ndarray          # float (N, C)
    embeddings: np.ndarray     # float (N, D)
    speakers: np.ndarray       # str (N,)
    sentences: np.ndarray      # str (N,)


def split(heard: Heard, rows: np.ndarray, most: int, rng: np.random.Generator, *, sentences: int | None) -> tuple[np.ndarray, np.ndarray] | None:
    """One speaker's rows -> (`most` clips of each class (C, most), test clips with other sentences); None where there are too few.

    sentences: the clips to learn from are of so many sentences, for corpora that have few; None: of any.
    """
    pool, said = rows, np.unique(heard.sentences[rows])
    if sentences is not None and sentences < len(said):
        pool = rows[np.isin(heard.sentences[rows], rng.choice(said, sentences, replace=False))]
    own = [rng.permutation(pool[heard.labels[pool] == c])[:most] for c in range(heard.probs.shape[1])]
    if min(map(len, own)) < most:
        return None
    learn = np.stack(own)
    test = rows[~np.isin(heard.sentences[rows], heard.sentences[learn.ravel()])]
    return (learn, test) if len(test) else None


def learning_curve(heard: Heard, *, most: int, sentences: int | None, draws: int = DRAWS, seed: int = 0) -> dict:
    """Figures with 0 … `most` clips per class of the very speaker, mean and spread over draws of those clips; the test clips are the same for all."""
    rng, rows_by_draw, speakers = np.random.default_rng(seed), [], {}
    for _ in range(draws):
        truth, answers = [], [[] for _ in range(most + 1)]
        for speaker in np.unique(heard.speakers):
            parts = split(heard, np.flatnonzero(heard.speakers == speaker), most, rng, sentences=sentences)
            if parts is None:
                continue
            learn, test = parts
            truth.append(heard.labels[test])
            for k, out in enumerate(answers):
                few = learn[:, :k].ravel()
                out.append(heard.probs[test] if k == 0 else fit_correction(heard.probs[few], heard.embeddings[few], heard.labels[few])(
                    heard.probs[test], heard.embeddings[test]))
            right = [float((out[-1].argmax(axis=1) == truth[-1]).mean()) for out in answers]
            speakers.setdefault(speaker, []).append(right)
        if truth:
            rows_by_draw.append((np.concatenate(truth), [np.concatenate(out) for out in answers]))
    if not rows_by_draw:
        raise DatasetError(f"no speaker has {most} clips of each class and others beside them; is the data set complete?")
    by_speaker = np.array([np.mean(r, axis=0) for r in speakers.values()])  # (S, most + 1)
    return {"speakers": len(speakers), "n": int(round(np.mean([len(t) for t, _ in rows_by_draw]))), "curve": [
        {"clips_per_class": k, "uar": mean_and_spread([metrics.uar(t, p[k]) for t, p in rows_by_draw]),
         "ece": float(np.mean([metrics.ece(t, p[k]) for t, p in rows_by_draw])),
         "speakers_better": int((by_speaker[:, k] > by_speaker[:, 0]).sum()), "speakers_worse": int((by_speaker[:, k] < by_speaker[:, 0]).sum())}
        for k in range(most + 1)]}


def _listen(model, clips: list[Clip], report) -> tuple[np.ndarray, np.ndarray]:
    heard = []
    for clip in clips:
        heard.append(model.listen(audio.read_audio(clip.path), audio.SAMPLE_RATE))
        report()
    return np.stack([p for p, _ in heard]), np.stack([e for _, e in heard])


def _folds(clips: list[Clip], models: Path, report) -> tuple[Heard, dict[str, str]]:
    """RAVDESS as the app's voice would hear it without each fold's actors, with the temperature of the other folds."""
    voices, _ = fold_voices(models)
    folds = np.array([fold_of(c.actor) for c in clips])
    labels = np.array([VOICE_LABELS.index(c.label) for c in clips])
    mean, embeddings = np.zeros((len(clips), len(VOICE_LABELS)), np.float32), [None] * len(clips)
    for i, clip in enumerate(clips):
        voice, wave = voices[folds[i]], audio.read_audio(clip.path)
        each = [network.listen(wave, audio.SAMPLE_RATE) for network in voice.networks]
        mean[i], embeddings[i] = voice.mean(np.stack([p for p, _ in each])), np.concatenate([e for _, e in each])
        report()
    probs, _ = fit_crosswise(labels, mean, folds)
    return Heard(labels, probs, np.stack(embeddings), np.array([c.speaker for c in clips]),
                 np.array([sentence_of(c) for c in clips])), fold_weights(voices)


def evaluate_personal(*, data=None, seed: int = 0, limit: int | None = None, out: Path | None = None, models: Path = MODELS,
                      today: date | None = None, progress: Progress = show_progress) -> dict[str, dict]:
    """Measure the correction of emotion.personal on every corpus by the model that never heard it, and on RAVDESS's five folds; write the file.

    limit: only that many speakers of each corpus, written to `out`. Returns name -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder, networks = out_folder(out, limit), unheard_models(models, seed)
    clips: dict[str, list[Clip]] = {}
    for clip in load_voices(data):
        if clip.corpus in networks:
            clips.setdefault(clip.corpus, []).append(clip)
    if limit is not None:
        clips = {corpus: [c for c in some if c.speaker in sorted({c.speaker for c in some})[:limit]] for corpus, some in clips.items()}
    done, total = 0, sum(map(len, clips.values())) + len(clips["ravdess"])

    def report() -> None:
        nonlocal done
        done += 1
        if done % 50 == 0 or done == total:
            progress("personal", done, total)

    shared = sorted(set.intersection(*({int(y) for y in seven_labels(np.array([VOICE_LABELS.index(c.label) for c in some]))}
                                       for some in clips.values())))
    rows = []
    for corpus, some in clips.items():
        labels = seven_labels(np.array([VOICE_LABELS.index(c.label) for c in some]))
        kept = [c for c, y in zip(some, labels, strict=True) if y in shared]
        done += len(some) - len(kept)
        probs, embeddings = _listen(networks[corpus], kept, report)
        truth, among_shared = among(labels[np.isin(labels, shared)], seven_classes(probs), shared)
        heard = Heard(truth, among_shared, embeddings, np.array([c.speaker for c in kept]), np.array([sentence_of(c) for c in kept]))
        rows.append({"corpus": corpus, "language": SPOKEN[corpus], **learning_curve(heard, most=MOST, sentences=LEARNED_SENTENCES.get(corpus), seed=seed)})
    heard, weights = _folds(clips["ravdess"], models, report)
    found = write_metrics(PERSONAL_NAME, {
        "model": "voice", "network": networks[VOICE_CORPORA[0]].card["network"], "kind": "personal", "data_set": ", ".join(clips),
        "split": "leave one corpus out; five folds of RAVDESS", "seed": seed, "draws": DRAWS, "ridge": RIDGE,
        "date": (today or date.today()).isoformat(), "n": total - len(clips["ravdess"]), "limited_to": limit, "command": PERSONAL_COMMAND,
        "weights_sha256": {**{networks[c].card["name"]: networks[c].card["sha256"] for c in clips}, **weights},
        "protocol": "For each speaker some clips of each class are drawn; the answers to the speaker's clips with other sentences are corrected by "
                    "what was learned from them. The test clips are the same for any number of clips, including none.",
        "classes": [FACE_LABELS[k] for k in shared], "corpora": rows,
        "mean_uar": [float(np.mean([r["curve"][k]["uar"]["mean"] for r in rows])) for k in range(MOST + 1)],
        "folds": learning_curve(heard, most=MOST_OF_EIGHT, sentences=LEARNED_SENTENCES["ravdess"], seed=seed)}, None, folder)
    for row in [*found["corpora"], {"corpus": "five folds, 8 classes", **found["folds"]}]:
        print(f"{row['corpus']:22s} {row['speakers']:3d} speakers, {row['n']:5d} test clips   UAR " +
              "  ".join(f"{p['clips_per_class']}: {p['uar']['mean']:.1%}" for p in row["curve"]))
    print("mean over corpora       " + "  ".join(f"{k}: {v:.1%}" for k, v in enumerate(found["mean_uar"])))
    return {PERSONAL_NAME: found}
