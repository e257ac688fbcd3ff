"""Exports beside the served models: which is better, in words, and the files that take each other's place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emotion.checkpoint import sha256, verified_file
from emotion.runner import ModelError
from emotion.training.install import (
    comparison,
    existing_export,
    install,
    is_worse,
    replace_files,
    same_examples,
    served_card,
    write_model,
)


def face(macro_f1: float | None, accuracy: float = 0.5, faces: int = 2868) -> dict:
    figures = {"accuracy": accuracy} if macro_f1 is None else {"accuracy": accuracy, "macro_f1": macro_f1}
    return {"kind": "face", "validation": {"faces": faces, **figures}}


def voice(uar: float, **about) -> dict:
    return {"kind": "voice", "validation": {"clips": 240, "uar": uar, **about}}


def fusion(loss: float, pairs: int = 7200) -> dict:
    return {"kind": "fusion", "validation": {"pairs": pairs, "negative_log_likelihood": loss}}


def put(folder: Path, name: str, card: dict, weights: bytes) -> dict:
    """A model in a folder: any bytes, with a card that fits them."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.tflite").write_bytes(weights)
    card = {"name": name, **card, "sha256": sha256(folder / f"{name}.tflite")}
    (folder / f"{name}.json").write_text(json.dumps(card))
    return card


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.mark.parametrize(
    "export, served, worse",
    [
        (face(0.60, accuracy=0.9), face(0.61, accuracy=0.1), True),  # macro-F1 decides, as for better_face_model
        (face(0.62, accuracy=0.1), face(0.61, accuracy=0.9), False),
        (face(0.61), face(0.61), False),
        (voice(0.64), voice(0.65), True),
        (voice(0.66), voice(0.65), False),
        (fusion(0.52), fusion(0.51), True),  # lower is better
        (fusion(0.50), fusion(0.51), False),
        (face(0.1), face(None), False),  # a served model that nobody measured
        (face(None), face(0.1), True),
    ],
)
def test_which_of_two_is_worse(export, served, worse):
    assert is_worse(export, served) is worse


def test_both_figures_are_shown():
    assert comparison(face(0.263, 0.31), face(0.6363, 0.6722)).splitlines() == [
        "          macro-F1  accuracy",
        "export       26.3%     31.0%",
        "served       63.6%     67.2%",
    ]
    assert comparison(fusion(0.5123), fusion(0.5)).splitlines()[1:] == [
        f"{title:8}{loss:>25}" for title, loss in (("export", "0.5123"), ("served", "0.5000"))
    ]


def test_no_served_model_and_a_missing_figure_are_said():
    assert comparison(voice(0.5), None).splitlines()[-1].split() == ["served", "none"]
    assert comparison(face(0.5), face(None)).splitlines()[2].split() == ["served", "unknown", "50.0%"]


def test_figures_of_other_examples_are_not_taken_for_the_same():
    assert same_examples(face(0.5), face(0.6)) and not same_examples(face(0.5), face(0.6, faces=28))
    assert not same_examples(voice(0.5, speakers=["1", "2"]), voice(0.5, speakers=["1", "3"]))
    assert "different held-out examples" in comparison(voice(0.5, how="the folds"), voice(0.5))
    assert "different" not in comparison(voice(0.5), voice(0.6))


def test_a_worse_export_is_refused_and_nothing_changes(tmp_path):
    runs, models = tmp_path / "run", tmp_path / "models"
    put(runs, "face_fast", face(0.3), b"new")
    served = put(models, "face_fast", face(0.6), b"old")
    before = contents(models)
    with pytest.raises(ModelError, match="worse.*--force"):
        install("face_fast", runs, models, served=served)
    assert contents(models) == before
    install("face_fast", runs, models, served=served, force=True)
    assert contents(models) == contents(runs)


def test_a_better_one_and_one_without_a_served_model_are_installed(tmp_path):
    runs, models = tmp_path / "run", tmp_path / "models"
    put(runs, "voice", voice(0.7), b"new")
    install("voice", runs, models, served=served_card("voice", models))
    assert contents(models) == contents(runs)
    put(models, "voice", voice(0.6), b"old")
    install("voice", runs, models, served=served_card("voice", models))
    assert verified_file("voice", models)[0].read_bytes() == b"new"


def test_a_model_without_a_figure_is_not_called_worse(tmp_path):
    runs, models = tmp_path / "run", tmp_path / "models"
    put(runs, "voice", voice(None), b"new")
    put(models, "voice", voice(0.7), b"old")
    with pytest.raises(ModelError, match="no held-out figure to compare with the served.*--force"):
        install("voice", runs, models, served=served_card("voice", models))
    install("voice", runs, models, served=served_card("voice", models), force=True)
    assert verified_file("voice", models)[0].read_bytes() == b"new"


def test_an_altered_export_is_not_installed(tmp_path):
    runs, models = tmp_path / "run", tmp_path / "models"
    put(runs, "voice", voice(0.7), b"new")
    (runs / "voice.tflite").write_bytes(b"other")
    with pytest.raises(ModelError, match="altered"):
        install("voice", runs, models, served=None)
    assert not models.exists()


def test_fusion_is_a_card_only(tmp_path):
    runs, models = tmp_path / "run", tmp_path / "models"
    replace_files(runs, {"fusion.json": json.dumps(fusion(0.5)).encode()})
    assert served_card("fusion", models) is None
    install("fusion", runs, models, served=None)
    assert served_card("fusion", models) == fusion(0.5)
    replace_files(runs, {"fusion.json": json.dumps(fusion(0.6)).encode()})
    with pytest.raises(ModelError, match="fusion.json is worse"):
        install("fusion", runs, models, served=served_card("fusion", models))


def test_a_served_model_that_cannot_be_used_counts_as_none(tmp_path):
    put(tmp_path, "face_fast", face(0.9), b"old")
    assert served_card("face_fast", tmp_path)["validation"]["macro_f1"] == 0.9
    (tmp_path / "face_fast.tflite").write_bytes(b"altered")
    assert served_card("face_fast", tmp_path) is None


def test_a_program_that_reads_keeps_the_old_file_until_it_opens_it_again(tmp_path):
    write_model("voice", tmp_path, b"old", {"name": "voice"})
    with (tmp_path / "voice.tflite").open("rb") as open_file:
        write_model("voice", tmp_path, b"newer", {"name": "voice", "more": 1})
        assert open_file.read() == b"old"
    assert contents(tmp_path)["voice.tflite"] == b"newer" and len(contents(tmp_path)) == 2, "no part is left"


def test_files_are_renamed_only_when_all_of_them_are_written(tmp_path, monkeypatch):
    put(tmp_path, "voice", voice(0.5), b"old")
    before = contents(tmp_path)
    written = []

    def full_disk(self, data):
        written.append(self.name)
        if len(written) == 2:
            raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="no space"):
        replace_files(tmp_path, {"voice.tflite": b"new", "voice.json": b"{}"})
    assert len(written) == 2 and contents(tmp_path) == before


def test_an_export_is_used_again_only_for_the_very_weights_it_was_made_of(tmp_path):
    weights = tmp_path / "ema.weights.h5"
    weights.write_bytes(b"1")
    assert existing_export("voice", tmp_path, [weights]) is None
    card = put(tmp_path, "voice", voice(0.5) | {"run_weights_sha256": [sha256(weights)]}, b"model")
    assert existing_export("voice", tmp_path, [weights]) == card
    weights.write_bytes(b"2")
    assert existing_export("voice", tmp_path, [weights]) is None
