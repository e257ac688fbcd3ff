"""Training of the voice model on every corpus found, with or without one RAVDESS fold or one whole corpus."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np

from emotion import audio, metrics
from emotion.calibration import apply_temperature, fit_temperature
from emotion.datasets import RAVDESS_FOLDS, Clip, DatasetError, load_voices
from emotion.evaluation.measurements import VOICE_COMMAND, VOICE_NAME, read_metrics
from emotion.evaluation.voices import fold_model_name, without_model_name
from emotion.labels import VOICE_LABELS
from emotion.paths import MODELS, data_root
from emotion.runner import ModelError
from emotion.training.augment import add_noise, augment_voice, mask_features, mixup, pad_quietly
from emotion.training.from_tflite import thaw
from emotion.training.loop import Recipe, fit, origin, training_card, weights_of
from emotion.training.networks import build_voice_network, mean_network
from emotion.training.to_tflite import export

VALIDATION_ACTORS = 4  # of the training actors, two women and two men
DEFAULT_RECIPE = Recipe(
    epochs=20,
    minutes=60,
    batch=48,
    optimizer="sgd",
    learning_rate=0.1,
    weight_decay=5e-4,
    ema=0.998,
    label_smoothing=0.05,
    mixup=0.2,
    augment=0.7,
)
SAMPLES_PER_EPOCH = 12_800
PART_SHARE, SHORTEST_PART = (
    0.25,
    30,
)  # of the examples only a part is heard, as Live hears a voice that has just begun; frames of 10 ms


class VoiceBank:
    """Trimmed mel power of every clip, computed once and kept in one file on disk."""

    def __init__(self, clips: list[Clip], cache: Path):
        self.clips = clips
        key = np.array([f"{c.corpus}/{c.path.name}" for c in clips])
        if not (cache.exists() and np.array_equal(np.load(cache)["key"], key)):
            print(f"computing log-mel of {len(clips)} clips (once)", flush=True)
            power = [audio.trim(audio.mel_power(audio.read_audio(c.path))) for c in clips]
            ends = np.cumsum([len(p) for p in power])
            cache.parent.mkdir(parents=True, exist_ok=True)
            np.savez(cache, key=key, ends=ends, log=np.log(np.concatenate(power) + 1e-12).astype(np.float16))
        with np.load(cache) as stored:
            self.log = np.split(stored["log"], stored["ends"][:-1])

    def power(self, i: int) -> np.ndarray:
        """Mel power float32 (n_frames, n_mels) of clip i."""
        return np.exp(self.log[i].astype(np.float32))


def load_noises(root=None) -> list[np.ndarray]:
    """Mel power of the environmental noises found (an empty list when there are none)."""
    return [audio.mel_power(audio.read_audio(p)) for p in sorted((data_root(root) / "noise").rglob("*/*.ogg"))]


def sampling_weights(clips: list[Clip]) -> np.ndarray:
    """(N,) probabilities: classes alike within a corpus, corpora by the square root of their size, RAVDESS speech six times."""
    groups: dict[tuple[str, str], int] = {}
    sizes: dict[str, int] = {}
    for c in clips:
        groups[c.corpus, c.label] = groups.get((c.corpus, c.label), 0) + 1
        sizes[c.corpus] = sizes.get(c.corpus, 0) + 1
    classes = {corpus: len({k for k in groups if k[0] == corpus}) for corpus in sizes}
    weight = np.array(
        [
            np.sqrt(sizes[c.corpus])
            * (6.0 if c.corpus == "ravdess" else 1.0)
            / classes[c.corpus]
            / groups[c.corpus, c.label]
            for c in clips
        ]
    )
    return weight / weight.sum()


def part_of(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part of a clip's mel power (n_frames, n_mels), of any length from SHORTEST_PART on, three times in five its beginning."""
    length = int(rng.integers(min(len(power), SHORTEST_PART), len(power) + 1))
    start = 0 if rng.random() < 0.6 else int(rng.integers(0, len(power) - length + 1))
    return power[start : start + length]


class VoiceBatches(keras.utils.PyDataset):
    """Balanced, augmented batches of normalised log-mel windows."""

    def __init__(self, bank: VoiceBank, rows: np.ndarray, noises: list[np.ndarray], recipe: Recipe):
        super().__init__()
        self.bank, self.rows, self.noises, self.recipe, self.epoch = bank, rows, noises, recipe, 0
        self.weights = sampling_weights([bank.clips[r] for r in rows])

    def __len__(self) -> int:
        return SAMPLES_PER_EPOCH // self.recipe.batch

    def example(self, row: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        power = self.bank.power(row)
        if rng.random() < PART_SHARE:
            power = part_of(power, rng)
        if (
            rng.random() < 0.7 * self.recipe.augment
        ):  # clips are trimmed; what comes before and after a voice is then full of the noise
            power = pad_quietly(power, rng)
        if rng.random() < 0.35 * self.recipe.augment:  # other people talking
            power = add_noise(power, self.bank.power(int(rng.choice(self.rows))), rng.uniform(3, 25))
        power = audio.trim(augment_voice(power, rng, self.noises, strength=self.recipe.augment))
        shortest = min(len(power), 100)
        length = audio.N_FRAMES if rng.random() < 0.7 else int(rng.integers(shortest, max(len(power), shortest + 1)))
        start = int(rng.integers(0, max(1, len(power) - length + 1)))
        mel, mask = audio.normalise(power[start : start + min(length, audio.N_FRAMES)])
        return mask_features(mel, rng), mask

    def __getitem__(self, i: int):
        rng = np.random.default_rng((self.recipe.seed, self.epoch, i))
        rows = rng.choice(self.rows, self.recipe.batch, p=self.weights)
        pairs = [self.example(r, rng) for r in rows]
        classes = len(VOICE_LABELS)
        labels = np.array([VOICE_LABELS.index(self.bank.clips[r].label) for r in rows])
        smooth = self.recipe.label_smoothing
        y = np.eye(classes, dtype=np.float32)[labels] * (1 - smooth) + smooth / classes
        mel, mask = np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])
        mel, y = mixup(mel, y, rng, alpha=self.recipe.mixup, chance=self.recipe.mixup_share)
        return (mel, mask), y


def predict_recordings(network, powers: list[np.ndarray]) -> np.ndarray:
    """Keras probabilities (N, 8) of whole recordings: the mean over each one's windows, as the served model does."""
    features = [audio.recording_features(p) for p in powers]
    probs = network.predict(
        (np.concatenate([f[0] for f in features]), np.concatenate([f[1] for f in features])), batch_size=128, verbose=0
    )
    ends = np.cumsum([len(f[0]) for f in features])
    return np.stack([p.mean(axis=0) for p in np.split(probs, ends[:-1])])


def validation_speakers(clips: list[Clip], *, fold: int | None, leave_out: str | None, seed: int) -> tuple[str, ...]:
    """Speakers kept out of training for choices and calibration: RAVDESS actors never of the fold's test actors, or, where
    RAVDESS is left out, speakers of nEMO."""
    corpus, count = ("nemo", 2) if leave_out == "ravdess" else ("ravdess", VALIDATION_ACTORS)
    test = RAVDESS_FOLDS[fold] if fold is not None else ()
    of = {
        g: sorted({c.speaker for c in clips if c.corpus == corpus and c.gender == g and c.actor not in test})
        for g in ("female", "male")
    }
    if min(map(len, of.values())) < count // 2:
        raise DatasetError(
            f"leaving {leave_out} out takes two speakers of {corpus} for validation, and {corpus} was not found; see README, Data"
        )
    rng = np.random.default_rng((seed, 99 if fold is None else fold))
    return tuple(str(s) for names in of.values() for s in rng.choice(names, count // 2, replace=False))


def train_voice(
    *,
    run: Path,
    data=None,
    fold: int | None = None,
    leave_out: str | None = None,
    recipe: Recipe = DEFAULT_RECIPE,
    cache: Path = Path("runs/voice-mel.npz"),
    grow_from: Path | None = None,
) -> tuple[keras.Model, dict]:
    """Train the voice model on every corpus found.

    fold: RAVDESS fold 0…4 left out for testing; leave_out: one of datasets.VOICE_CORPORA left out whole. Neither trains the shipped
    model. grow_from: a served file of one network (`models/voice_fold0_seed0.tflite`) or a run folder to start from, which must have left
    out the same clips; a short training from there wants a third of the recipe's learning rate.
    Raises DatasetError where the data are not there, ModelError where grow_from has no weights.
    """
    if grow_from is not None:
        weights_of(grow_from)  # a wrong name is said before minutes are spent on data
    keras.utils.set_random_seed(recipe.seed)
    clips = load_voices(data)
    if leave_out and not any(c.family == leave_out for c in clips):
        raise DatasetError(f"{leave_out} was not found, so leaving it out changes nothing; see README, Data")
    bank, noises = VoiceBank(clips, cache), load_noises(data)
    held = validation_speakers(clips, fold=fold, leave_out=leave_out, seed=recipe.seed)
    test = RAVDESS_FOLDS[fold] if fold is not None else ()
    val = _rows_of(clips, held)
    train = np.array(
        [i for i, c in enumerate(clips) if c.speaker not in held and c.actor not in test and c.family != leave_out]
    )
    print(
        f"{len(train)} clips to train on, {len(val)} of {', '.join(held)} held out, "
        f"left for testing: {leave_out or (f'actors {test}' if test else 'none')}"
    )
    network = build_voice_network(frames=audio.N_FRAMES, mels=audio.N_MELS, classes=len(VOICE_LABELS))
    if grow_from is not None and not (run / "state.json").exists():
        some = np.random.default_rng(recipe.seed).choice(train, min(512, len(train)), replace=False)
        _start_from(grow_from, network, _examples(bank, some))
    truth = np.array([VOICE_LABELS.index(clips[i].label) for i in val])

    def validate(network):
        probs = predict_recordings(network, [bank.power(i) for i in val])
        return {"val_uar": metrics.uar(truth, probs), "val_accuracy": metrics.accuracy(truth, probs)}

    about = {
        "fold": fold,
        "left_out": leave_out,
        "validation_speakers": held,
        "test_actors": test,
        "train_clips": len(train),
        "grown_from": origin(grow_from),
    }
    return network, fit(network, VoiceBatches(bank, train, noises, recipe), validate, recipe, run, about)


def _start_from(source: Path, network: keras.Model, examples: list[np.ndarray]) -> None:
    weights = weights_of(source)
    if source.suffix == ".tflite":
        thaw(weights, network, examples)
    else:
        network.load_weights(weights)


def _rows_of(clips: list[Clip], speakers: tuple[str, ...]) -> list[int]:
    """Spoken, not sung, clips of these speakers."""
    return [i for i, c in enumerate(clips) if c.speaker in speakers and c.corpus != "ravdess-song"]


def model_name(state: dict) -> str:
    """`voice`, `voice_foldK_seedS` or `voice_without_CORPUS_seedS`."""
    seed = state["recipe"]["seed"]
    if state["left_out"]:
        return without_model_name(state["left_out"], seed)
    return "voice" if state["fold"] is None else fold_model_name(state["fold"], seed)


def export_voice(
    network: keras.Model, state: dict, *, data=None, cache: Path = Path("runs/voice-mel.npz"), folder: Path = MODELS
) -> dict:
    """Calibrate a trained voice network on its validation speakers and write its files, named by `model_name`."""
    clips = load_voices(data)
    bank = VoiceBank(clips, cache)
    rows = _rows_of(clips, state["validation_speakers"])
    truth = np.array([VOICE_LABELS.index(clips[i].label) for i in rows])
    probs = predict_recordings(network, [bank.power(i) for i in rows])
    temperature = fit_temperature(truth, probs)
    card = {
        "kind": "voice",
        "network": "CNN-BiLSTM with attention pooling",
        "labels": list(VOICE_LABELS),
        "input": f"log-mel, {audio.N_FRAMES} frames of 10 ms x {audio.N_MELS} bands, {audio.SAMPLE_RATE} Hz mono",
        "temperature": round(temperature, 4),
        "fold": state["fold"],
        "left_out": state["left_out"],
        "test_actors": list(state["test_actors"]),
        "validation": {
            "speakers": list(state["validation_speakers"]),
            "clips": len(rows),
            "uar": round(metrics.uar(truth, probs), 4),
            "ece_scaled": round(metrics.ece(truth, apply_temperature(probs, temperature)), 4),
        },
        "training": training_card(
            state,
            data=", ".join(sorted({c.corpus for c in clips if c.family != state["left_out"]})),
            clips=state["train_clips"],
        ),
    }
    return export(
        network, model_name(state), examples=_examples(bank, rows[:48]), card=card, precision="float32", folder=folder
    )


def _examples(bank: VoiceBank, rows: list[int]) -> list[np.ndarray]:
    """Network inputs of some clips, the first window of each: mel (N, frames, mels) and mask (N, frames)."""
    features = [audio.recording_features(bank.power(i)) for i in rows]
    return [np.stack([f[0][0] for f in features]), np.stack([f[1][0] for f in features])]


def average_voice(
    runs: list[Path], *, data=None, cache: Path = Path("runs/voice-mel.npz"), folder: Path = MODELS
) -> dict:
    """Write `voice` as the mean of several seeds' finished runs, all trained on every corpus.

    Each seed held other actors out, so none are left to calibrate the mean on: its temperature and its figures are those of the fold
    models' mean, measured by evaluate_voice with the same seeds. Raises ModelError where a run or that measurement is missing.
    """
    networks, cards = [], []
    for run in runs:
        if not (run / "state.json").is_file():
            raise ModelError(f"{run} is not a finished run; train it: python -m emotion train voice --seed S")
        networks.append(build_voice_network(frames=audio.N_FRAMES, mels=audio.N_MELS, classes=len(VOICE_LABELS)))
        networks[-1].load_weights(run / "ema.weights.h5")
        cards.append(training_card(json.loads((run / "state.json").read_text())))
    seeds = [c["recipe"]["seed"] for c in cards]
    measured = read_metrics().get(VOICE_NAME)
    if not measured or measured["seed"] != seeds:
        raise ModelError(
            f"the mean of seeds {seeds} takes its temperature from the same mean over the folds, which is not measured; train the folds "
            f"with these seeds (python -m emotion train voice --fold K --seed S) and run {VOICE_COMMAND}"
        )
    clips = load_voices(data)
    card = {
        "kind": "voice",
        "network": measured["network"],
        "labels": list(VOICE_LABELS),
        "input": f"log-mel, {audio.N_FRAMES} frames of 10 ms x {audio.N_MELS} bands, {audio.SAMPLE_RATE} Hz mono",
        "temperature": round(measured["temperature"], 4),
        "fold": None,
        "left_out": None,
        "test_actors": [],
        "validation": {
            "how": "the same mean of the fold models, on RAVDESS clips of actors they have not heard",
            "clips": measured["n"],
            "uar": round(measured["uar"], 4),
            "ece_scaled": round(measured["ece"], 4),
        },
        "training": {
            "data": ", ".join(sorted({c.corpus for c in clips})),
            "minutes": round(sum(c["minutes"] for c in cards), 1),
            "networks": cards,
        },
    }
    return export(
        mean_network(networks),
        "voice",
        examples=_examples(VoiceBank(clips, cache), list(range(0, len(clips), len(clips) // 48))),
        card=card,
        precision="float32",
        folder=folder,
    )
