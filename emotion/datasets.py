"""Readers: data sets as they come from their public pages -> tables and arrays. No TensorFlow here.

FER-2013 is read in the Kaggle folder layout (`train/<class>/*.png`, `test/<class>/*.png`); when an
`index.csv` with FER+ votes lies beside it, the official usage and the ten votes come along. RAVDESS is
read from any folder that holds files with its seven-field names. TESS, nEMO and ASED, and the faces of LFW and
the London set, are read from an `index.csv` (path, emotion, speaker, gender, language).
"""

from __future__ import annotations

import csv
import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion.labels import (
    FACE_LABELS,
    FERPLUS_COLUMNS,
    MORE_FACE_LABELS,
    MORE_FERPLUS_COLUMNS,
    RAVDESS_CODES,
    canonical,
)
from emotion.paths import data_root

FACE_SIZE = 48  # FER-2013 images are FACE_SIZE x FACE_SIZE grey pixels
AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a")

# Speaker-independent folds used in the RAVDESS literature: test actors of each fold.
RAVDESS_FOLDS = (
    (2, 5, 14, 15, 16),
    (3, 6, 7, 13, 18),
    (10, 11, 12, 19, 20),
    (8, 17, 21, 23, 24),
    (1, 4, 9, 22),
)


class DatasetError(Exception):
    """The data set is not where or not what was expected; the message says how to get it."""


# --- faces -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FaceSet:
    """FER-2013 images with everything known about them; arrays share their first axis N."""

    images: np.ndarray  # (N, 48, 48) uint8 grey
    labels: np.ndarray  # (N,) int64, index into FACE_LABELS
    votes: np.ndarray  # (N, 7) float32 FER+ votes per face label, 0 where there are none
    agreement: np.ndarray  # (N,) float32, largest share any FER+ answer got of the ten; NaN without votes
    usage: np.ndarray  # (N,) str: Training, PublicTest, PrivateTest (or Test in the merged Kaggle layout)
    paths: np.ndarray  # (N,) str, relative to the data set's folder

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, mask) -> FaceSet:
        return FaceSet(*(getattr(self, f)[mask] for f in self.__dataclass_fields__))

    def ferplus_majority(self) -> np.ndarray:
        """(N,) index of the FER+ majority label, -1 where it is not one of ours, tied or has no votes."""
        best = self.votes.max(axis=1)
        tied = (self.votes == best[:, None]).sum(axis=1) > 1
        # agreement counts all ten answers, so contempt, unknown and NF can win too: then no label
        return np.where(
            (best > 0) & ~tied & (best >= np.nan_to_num(self.agreement) * 10 - 1e-3), self.votes.argmax(axis=1), -1
        )


def fer2013_root(root: str | os.PathLike | None = None) -> Path:
    """The folder with `train/` and `test/`; raises DatasetError naming the download when absent."""
    base = data_root(root)
    for candidate in (base / "fer2013", base):
        if (candidate / "train").is_dir() and (candidate / "test").is_dir():
            return candidate
    raise DatasetError(
        f"FER-2013 not found under {base}: expected train/<class>/*.png and test/<class>/*.png. "
        "Download it from Kaggle (ananthu017/emotion-detection-fer), unpack it to data/fer2013, "
        "or say where it is with --data."
    )


def _read_grey(path: Path) -> np.ndarray:
    import cv2

    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise DatasetError(f"{path} is not a readable image; download the data set again")
    if image.shape != (FACE_SIZE, FACE_SIZE):
        image = cv2.resize(image, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA)
    return image


def load_fer2013(root: str | os.PathLike | None = None, *, usages: tuple[str, ...] | None = None) -> FaceSet:
    """Read FER-2013 (optionally only some usages). Raises DatasetError when it is missing or broken."""
    base = fer2013_root(root)
    rows = []  # (relative path, usage, label, votes, agreement)
    index = base / "index.csv"
    if index.is_file():
        with index.open(newline="") as f:
            for r in csv.DictReader(f):
                votes = np.zeros(len(FACE_LABELS), np.float32)
                for column, label in FERPLUS_COLUMNS.items():
                    votes[FACE_LABELS.index(label)] = float(r[column] or 0)
                every = np.array([float(v or 0) for k, v in r.items() if k.startswith("ferplus_")])
                agreement = every.max() / every.sum() if every.sum() else np.nan
                rows.append((r["path"], r["usage"], r["label"], votes, agreement))
    else:
        for part, usage in (("train", "Training"), ("test", "Test")):
            for p in sorted((base / part).glob("*/*.*")):
                rows.append(
                    (str(p.relative_to(base)), usage, p.parent.name, np.zeros(len(FACE_LABELS), np.float32), np.nan)
                )
    if usages:
        rows = [r for r in rows if r[1] in usages]
    if not rows:
        raise DatasetError(f"no FER-2013 images in {base} for usage {usages}; check the folder")
    return FaceSet(
        images=np.stack([_read_grey(base / r[0]) for r in rows]),
        labels=np.array([FACE_LABELS.index(canonical(r[2])) for r in rows]),
        votes=np.stack([r[3] for r in rows]),
        agreement=np.array([r[4] for r in rows], np.float32),
        usage=np.array([r[1] for r in rows]),
        paths=np.array([r[0] for r in rows]),
    )


@dataclass(frozen=True)
class ContemptVotes:
    """What FER+ says of contempt, of N pictures."""

    share: np.ndarray  # (N,) float, share of all its votes; NaN where a picture has none
    majority: np.ndarray  # (N,) int, most frequent answer, index into MORE_FACE_LABELS; -1: tied, another, no votes


def has_votes(root: str | os.PathLike | None = None) -> bool:
    """Whether the copy of FER-2013 comes with FER+ votes; raises DatasetError where there is no FER-2013."""
    return (fer2013_root(root) / "index.csv").is_file()


def load_contempt_votes(paths: np.ndarray, root: str | os.PathLike | None = None) -> ContemptVotes:
    """The votes of FER-2013's pictures `paths` (N,), named as in FaceSet.

    Raises DatasetError where the copy of FER-2013 has no votes (index.csv).
    """
    index = fer2013_root(root) / "index.csv"
    if not has_votes(root):
        raise DatasetError(f"{index} is missing: contempt is learned and measured from its FER+ votes")
    with index.open(newline="") as f:
        row_of = {r["path"]: r for r in csv.DictReader(f)}
    share, majority = np.full(len(paths), np.nan), np.full(len(paths), -1)
    for i, path in enumerate(paths):
        votes = {k: float(v or 0) for k, v in row_of[path].items() if k.startswith("ferplus_")}
        total, most = sum(votes.values()), max(votes.values())
        if total:
            first = [column for column, count in votes.items() if count == most]
            share[i] = votes["ferplus_contempt"] / total
            if len(first) == 1 and first[0] in MORE_FERPLUS_COLUMNS:
                majority[i] = MORE_FACE_LABELS.index(MORE_FERPLUS_COLUMNS[first[0]])
    return ContemptVotes(share, majority)


COPY_CORRELATION = 0.95  # above it, two faces count as one picture


def nearest(images: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of `images` the most similar one of `of`: (correlation, index), both (N,).

    images, of: uint8 (N, 48, 48), (M, 48, 48). Similarity is the Pearson correlation of both, reduced to 24 x 24; a
    mirrored picture counts as the same.
    """
    import cv2

    def descriptor(batch):
        small = np.stack([cv2.resize(im, (24, 24), interpolation=cv2.INTER_AREA) for im in batch])
        flat = small.reshape(len(small), -1).astype(np.float32)
        flat -= flat.mean(axis=1, keepdims=True)
        return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)

    ours, theirs = descriptor(images), descriptor(of)
    mirrored = descriptor(np.ascontiguousarray(of[:, :, ::-1]))
    best, which = np.zeros(len(images), np.float32), np.zeros(len(images), np.int64)
    for start in range(0, len(ours), 1024):
        block = ours[start : start + 1024]
        alike = np.maximum(block @ theirs.T, block @ mirrored.T)
        which[start : start + 1024] = alike.argmax(axis=1)
        best[start : start + 1024] = alike.max(axis=1)
    return best, which


def near_duplicates(images: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Which `images` nearly copy one of `of` (correlation above COPY_CORRELATION, see `nearest`): (N,) bool."""
    return nearest(images, of)[0] > COPY_CORRELATION


PORTRAIT_SETS = ("lfw", "london")  # faces from elsewhere: press photos; people who sat for neutral and smiling


@dataclass(frozen=True)
class Portrait:
    """One picture of a known person with its label."""

    path: Path
    label: str  # one of FACE_LABELS
    source: str  # one of PORTRAIT_SETS
    person: str
    gender: str  # female, male, or "" where not known

    @property
    def is_tested(self) -> bool:
        """Whether this person is in the half that is never trained on; the same on every machine."""
        return zlib.crc32(self.person.encode()) % 2 == 0


def load_portraits(source: str, root: str | os.PathLike | None = None) -> list[Portrait]:
    """The pictures of one of PORTRAIT_SETS, in data/faces, through its index.csv; empty when it is not there."""
    base = data_root(root) / "faces" / source
    index = base / "index.csv"
    if not index.is_file():
        return []
    with index.open(newline="") as f:
        return [
            Portrait(base / r["path"], canonical(r["emotion"]), source, f"{source}-{r['speaker']}", r["gender"])
            for r in csv.DictReader(f)
        ]


# --- voices ----------------------------------------------------------------------------------------

VOICE_CORPORA = ("ravdess", "tess", "nemo", "ased")


@dataclass(frozen=True)
class Clip:
    """One recording with its label; `speaker` is unique across corpora."""

    path: Path
    label: str  # one of VOICE_LABELS
    corpus: str  # ravdess, ravdess-song, tess, nemo, ased
    speaker: str
    gender: str  # female, male, or "" where not known
    intensity: str = ""  # RAVDESS: normal, strong

    @property
    def family(self) -> str:
        """Which of VOICE_CORPORA it belongs to: RAVDESS's songs and speech are of the same people."""
        return self.corpus.removesuffix("-song")

    @property
    def actor(self) -> int:
        """RAVDESS actor number 1…24 (0 in other corpora)."""
        return int(self.speaker.rsplit("-", 1)[1]) if self.corpus.startswith("ravdess") else 0


_RAVDESS_NAME = re.compile(r"^(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)$")


def ravdess_clip(path: Path) -> Clip | None:
    """The Clip a RAVDESS audio file name describes, or None when the name is not one."""
    match = _RAVDESS_NAME.match(path.stem)
    if not match or path.suffix.lower() not in AUDIO_SUFFIXES:
        return None
    _, channel, emotion, intensity, _, _, actor = match.groups()
    if emotion not in RAVDESS_CODES:
        return None
    return Clip(
        path=path,
        label=RAVDESS_CODES[emotion],
        corpus="ravdess-song" if channel == "02" else "ravdess",
        speaker=f"ravdess-{actor}",
        gender="male" if int(actor) % 2 else "female",
        intensity="strong" if intensity == "02" else "normal",
    )


def load_ravdess(root: str | os.PathLike | None = None, *, song: bool = False) -> list[Clip]:
    """RAVDESS speech (or song) clips, sorted by name; the Kaggle download holds every clip twice, once is kept."""
    base = data_root(root)
    base = base / "ravdess" if (base / "ravdess").is_dir() else base
    wanted = "ravdess-song" if song else "ravdess"
    found: dict[str, Clip] = {}
    for p in sorted(base.rglob("Actor_*/*")):
        clip = ravdess_clip(p)
        if clip and clip.corpus == wanted:
            found.setdefault(p.stem, clip)
    if not found and not song:
        raise DatasetError(
            f"RAVDESS not found under {base}: expected Actor_XX/03-01-….wav. Download it from Kaggle "
            "(uwrfkaggler/ravdess-emotional-speech-audio), unpack it to data/ravdess, or use --data."
        )
    return [found[k] for k in sorted(found)]


def load_indexed_corpus(name: str, root: str | os.PathLike | None = None) -> list[Clip]:
    """TESS, nEMO or ASED through their index.csv; an empty list when the corpus is not there."""
    base = data_root(root) / name
    index = base / "index.csv"
    if not index.is_file():
        return []
    with index.open(newline="") as f:
        return [
            Clip(
                path=base / r["path"],
                label=canonical(r["emotion"]),
                corpus=name,
                speaker=f"{name}-{r['speaker']}",
                gender=r["gender"],
            )
            for r in csv.DictReader(f)
        ]


def load_voices(root: str | os.PathLike | None = None) -> list[Clip]:
    """Every voice corpus found under the data folder; RAVDESS speech must be there, the others may be."""
    clips = load_ravdess(root) + load_ravdess(root, song=True)
    for name in VOICE_CORPORA[1:]:
        clips += load_indexed_corpus(name, root)
    return clips


def fold_of(actor: int) -> int:
    """Which of the five RAVDESS folds (0…4) tests this actor."""
    for i, actors in enumerate(RAVDESS_FOLDS):
        if actor in actors:
            return i
    raise ValueError(f"RAVDESS has actors 1 to 24, got {actor}")
