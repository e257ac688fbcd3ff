"""Compares an exported model with the served one of the same name, and puts it in its place where that is asked for.

The held-out figures are those in the cards, under "validation". No TensorFlow here.
"""

from __future__ import annotations

import json
from pathlib import Path

from emotion.checkpoint import read_card, sha256, verified_file
from emotion.runner import ModelError

# held-out figures of each kind of model, as (key in the card, name); the first one decides which model is better
FIGURES = {
    "face": (("macro_f1", "macro-F1"), ("accuracy", "accuracy")),  # as predict.better_face_model decides
    "voice": (("uar", "UAR"),),
    "fusion": (("negative_log_likelihood", "negative log-likelihood"),),
    "contempt": (("auc", "AUC"), ("recall", "recall"), ("precision", "precision")),
}
LOWER_IS_BETTER = ("negative_log_likelihood",)
HELD_OUT_EXAMPLES = ("faces", "clips", "speakers", "how", "pairs")  # keys of "validation" that say what was held out


# --- comparing: cards in, values out ---------------------------------------------------------------


def is_card_alone(name: str) -> bool:
    """Whether a model is its card, with the few weights in it, and has no LiteRT file."""
    return name == "fusion" or name.endswith("_contempt")


def held_out_figures(card: dict) -> dict[str, float | None]:
    """Name -> figure, the deciding one first; None where the card does not have it."""
    validation = card.get("validation", {})
    return {name: validation.get(key) for key, name in FIGURES[card["kind"]]}


def is_worse(export: dict, served: dict) -> bool:
    """Whether the export's deciding figure is worse than the served model's. Equal figures are not worse."""
    key = FIGURES[export["kind"]][0][0]
    new, old = (card.get("validation", {}).get(key) for card in (export, served))
    if new is None or old is None:
        return new is None and old is not None
    return new > old if key in LOWER_IS_BETTER else new < old


def same_examples(export: dict, served: dict) -> bool:
    """Whether both cards' figures were measured on the same held-out examples, as far as the cards say."""
    one, two = (
        {key: card.get("validation", {}).get(key) for key in HELD_OUT_EXAMPLES if key in card.get("validation", {})}
        for card in (export, served)
    )
    return one == two


def comparison(export: dict, served: dict | None) -> str:
    """The held-out figures of both as a small table. served: None where no model is served under this name."""
    names = list(held_out_figures(export))
    width = max(map(len, names)) + 2
    rows = [("", names), ("export", _in_words(export)), ("served", _in_words(served) if served else ["none"])]
    lines = [f"{title:8}" + "".join(value.rjust(width) for value in values) for title, values in rows]
    if served and not same_examples(export, served):
        lines.append("The two were measured on different held-out examples, so a small difference says little.")
    return "\n".join(lines)


def _in_words(card: dict) -> list[str]:
    """The figures of a card: shares in per cent, others as they are."""
    shares = card["kind"] != "fusion"
    return [
        "unknown" if value is None else f"{value:.1%}" if shares else f"{value:.4f}"
        for value in held_out_figures(card).values()
    ]


# --- files -----------------------------------------------------------------------------------------


def served_card(name: str, models: Path) -> dict | None:
    """The card of the served model; None where there is none that can be used."""
    try:
        return read_card(name, models) if is_card_alone(name) else verified_file(name, models)[1]
    except ModelError:
        return None


def existing_export(name: str, folder: Path, weights: list[Path]) -> dict | None:
    """The card of an export in `folder` that was made of exactly these weight files; None where there is none."""
    try:
        card = verified_file(name, folder)[1]
    except ModelError:
        return None
    return card if card.get("run_weights_sha256") == [sha256(file) for file in weights] else None


def install(name: str, folder: Path, models: Path, *, served: dict | None, force: bool = False) -> None:
    """Copy the export `name` and its card from `folder` to `models`.

    served: the card of the model that is served under this name, or None. Raises ModelError, and changes nothing,
    where the export's held-out figure is worse than the served model's, unless `force`.
    """
    files = [f"{name}.json"] if is_card_alone(name) else [f"{name}.tflite", f"{name}.json"]
    export = read_card(name, folder) if is_card_alone(name) else verified_file(name, folder)[1]
    if served and is_worse(export, served) and not force:
        unknown = next(iter(held_out_figures(export).values())) is None
        why = "has no held-out figure to compare with" if unknown else "is worse on held-out data than"
        raise ModelError(
            f"{folder / files[0]} {why} the served {models / files[0]}, so it was not installed; to install it all "
            "the same, add --force"
        )
    replace_files(models, {file: (folder / file).read_bytes() for file in files})


def write_model(name: str, folder: Path, model: bytes, card: dict) -> None:
    """Write a LiteRT file and its card, `NAME.tflite` and `NAME.json`."""
    replace_files(folder, {f"{name}.tflite": model, f"{name}.json": card_as_json(card)})


def card_as_json(card: dict) -> bytes:
    """A card as it stands in its file."""
    return (json.dumps(card, indent=1) + "\n").encode()


def replace_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files beside their places first, then rename them, so that nobody reads a half-written one.

    A program that has an old file open keeps the old one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / f"{name}.part").write_bytes(data)
    for name in files:
        (folder / f"{name}.part").replace(folder / name)
