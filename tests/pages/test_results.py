"""The two results pages, from files with known numbers, without files, with and without the data set."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion.evaluation import faces, measurements, pairs, voices
from tests.support import ROOT
from tests.support_world import make_world

pytestmark = pytest.mark.slow  # each test runs whole pages

RESULTS_PARTS = ("all", "faces", "voices", "together", "published")


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> Path:
    """A folder with data/, models/ and metrics/ of the small world whose answers are known."""
    root = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        world = make_world(root, patch)
        faces.evaluate_face("fast", tta=True, **world)
        faces.evaluate_face("accurate", **world)
        voices.evaluate_voice(**world)
        pairs.evaluate_fusion("accurate", draws=4, **world)
    return root


@pytest.fixture
def page(measured, monkeypatch):
    """Runs a page on the small world, or on empty folders."""

    def run(name: str, *, metrics: Path = measured / "metrics", data: Path = measured / "data", **state) -> AppTest:
        monkeypatch.setattr(measurements, "METRICS", metrics)
        monkeypatch.setenv("EMOTION_DATA", str(data))
        at = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=120)
        for part in RESULTS_PARTS:
            at.session_state[f"results-{part}"] = True  # opened
        for key, value in state.items():
            at.session_state[key] = value
        return at.run()

    return run


def texts(at: AppTest) -> str:
    """Everything the page says in words."""
    return "\n".join(e.value for kind in (at.title, at.markdown, at.caption, at.info, at.warning) for e in kind)


# --- results ---------------------------------------------------------------------------------------------


def test_results_show_the_numbers_of_the_files(page):
    at = page("results")
    assert not at.exception
    head = at.dataframe[0].value
    assert list(head["split"]) == ["PublicTest", "PrivateTest", "test"] * 2 + ["ravdess-5fold", "paired"]
    private = head[(head["model"] == "face, fast") & (head["split"] == "PrivateTest")].iloc[0]
    assert private["accuracy %"] == pytest.approx(600 / 7, abs=0.01) and private["n"] == 21
    assert (private["seed"], private["date"]) == ("0", "2026-11-23")
    assert "annotators" in texts(at) and "not what the people felt" in texts(at)


def test_results_show_folds_with_spread_actors_gender_and_intensity(page):
    at = page("results")
    assert at.metric[0].value == "96.0% ± 8.9%"
    tables = [t.value for t in at.dataframe]
    folds = next(t for t in tables if "test actors" in t)
    assert list(folds["accuracy %"]) == pytest.approx([80, 100, 100, 100, 100])
    assert folds["test actors"][0] == "2, 5, 14, 15, 16"
    assert list(next(t for t in tables if "actors" in t)["actors"]) == ["women", "men"]
    assert list(next(t for t in tables if "intensity" in t)["intensity"]) == ["normal", "strong"]
    assert "Only one seed" in texts(at)


def test_results_show_fusion_with_how_it_was_paired(page):
    at = page("results")
    fusion = next(t.value for t in at.dataframe if "answer" in t.value)
    assert list(fusion["answer"]) == [
        "face alone",
        "voice alone",
        "average of face and voice",
        "Hybrid (log opinion pool)",
    ]
    assert "95% interval" in fusion and "pairs are made" in texts(at)


def test_results_show_fusion_with_voices_never_heard(page):
    folder = ROOT / "models" / "metrics"
    at, found = page("results", metrics=folder), json.loads((folder / "fusion-unseen-corpora.json").read_text())
    shown = next(t.value for t in at.dataframe if "Hybrid: ECE %" in t.value)
    assert list(shown["corpus"]) == ["RAVDESS", "TESS", "nEMO", "ASED", "mean of the corpora"]
    assert shown["hybrid %"].iloc[-1] == pytest.approx(100 * found["means"]["hybrid"]["accuracy"], abs=0.01)
    assert "has never heard" in texts(at) and not at.exception


def test_results_stand_beside_anchors_marked_as_published(page):
    at = page("results")
    fer = next(t.value for t in at.table if any("VGG" in row for row in t.value.index))
    assert fer.loc["VGG from scratch, ten-crop, PublicTest", "origin"] == "published"
    assert set(fer["origin"]) == {"**this project**", "published", "measured by us on this data"}
    assert len([o for o in fer["origin"] if o == "**this project**"]) == 4  # two models, Public and Private


def test_results_show_faces_from_elsewhere(page):
    assert "Faces from elsewhere" not in texts(page("results"))  # the small world has none
    folder = ROOT / "models" / "metrics"
    at, found = page("results", metrics=folder), json.loads((folder / "face_fast-london.json").read_text())
    shown = next(t.value for t in at.dataframe if "face found %" in t.value)
    row = shown[(shown["model"] == "face, fast") & (shown["set"] == "london")].iloc[0]
    assert row["accuracy %"] == pytest.approx(100 * found["accuracy"], abs=0.01) and row["people"] == found["people"]
    recall = next(t.value for t in at.dataframe if "women %" in t.value and "happy %" in t.value)
    assert set(recall["set"]) == {"london"} and not recall.isna().any().any()


def test_results_say_what_near_copies_in_training_are_worth(page):
    assert not any("labelled alike %" in t.value for t in page("results").dataframe)  # the small world has none
    at = page("results", metrics=ROOT / "models" / "metrics")
    copies = next(t.value for t in at.dataframe if "labelled alike %" in t.value)
    head = at.dataframe[0].value
    for row in copies.itertuples(index=False):
        share = row[3] / 100
        whole = head[(head["model"] == row[0]) & (head["split"] == row[1])].iloc[0]
        assert share * row[5] + (1 - share) * row[6] == pytest.approx(whole["accuracy %"], abs=0.01)
        assert share * row[4] + (1 - share) * row[6] == pytest.approx(row[7], abs=0.01)
    assert len(copies) == 6 and "taken out of our training" in texts(at)


def test_results_show_what_a_few_clips_of_the_speaker_are_worth(page):
    assert "After a few clips of the speaker" not in texts(page("results"))  # the small world has none
    folder = ROOT / "models" / "metrics"
    at, found = page("results", metrics=folder), json.loads((folder / "voice-personal.json").read_text())
    assert (
        not at.exception
        and f"{found['mean_uar'][0]:.1%} without" in texts(at)
        and f"{found['mean_uar'][4]:.1%} with 4" in texts(at)
    )
    curves = next(t.value for t in at.dataframe if "4 clips: UAR %" in t.value)
    assert list(curves["corpus"]) == ["RAVDESS", "TESS", "nEMO", "ASED", "RAVDESS folds"]
    assert curves["4 clips: UAR %"][:4].mean() == pytest.approx(100 * found["mean_uar"][4], abs=0.01)
    # without clips it is what `evaluate corpora` gives, but for the clips that are kept for learning
    unheard = json.loads((folder / "voice-unseen-corpora.json").read_text())["mean_uar"]
    assert found["mean_uar"][0] == pytest.approx(unheard, abs=0.02)


def test_results_show_what_live_hears(page):
    assert "As Live hears it" not in texts(page("results"))  # the small world has none
    folder = ROOT / "models" / "metrics"
    at, found = page("results", metrics=folder), json.loads((folder / "voice-windows.json").read_text())
    rows = next(t.value for t in at.dataframe if "speech in the window" in t.value)
    assert list(rows["speech in the window"]) == [
        "0.4 to 0.5 s",
        "0.5 to 1 s",
        "1 to 1.5 s",
        "1.5 to 3 s",
        "all windows",
    ]
    assert list(rows["UAR %"]) == pytest.approx([100 * r["voice"]["uar"] for r in found["speech"]], abs=0.01)
    assert list(rows["7 classes: Hybrid %"]) == pytest.approx(
        [100 * r["pairs"]["hybrid"]["accuracy"] for r in found["speech"]], abs=0.01
    )


def test_results_change_the_details_with_the_choice(page):
    at = page("results")
    recall = lambda: next(t.value for t in at.dataframe if "support" in t.value).set_index("class")["recall %"]
    assert recall()["fear"] == 100
    at.selectbox(key="face-details").select("face_fast-PrivateTest").run()
    assert not at.exception and recall()["fear"] == 0


def test_results_tell_of_other_weights(page):
    at = page("results")  # the small world's weights are not those in models/
    assert (
        "other weights" in at.warning[0].value
        and "python -m emotion evaluate face --model accurate" in at.warning[0].value
    )


def test_results_without_files_name_the_commands(page, tmp_path):
    at = page("results", metrics=tmp_path)
    assert not at.exception
    for command in (
        "evaluate face --model accurate",
        "evaluate face --model fast",
        "evaluate voice",
        "evaluate fusion",
    ):
        assert f"python -m emotion {command}" in texts(at)
    assert any("VGG" in row for t in at.table for row in t.value.index)  # the anchors stand there all the same


def test_results_name_what_is_missing_only(page, measured, tmp_path):
    (tmp_path / "face_fast-test.json").write_text((measured / "metrics/face_fast-test.json").read_text())
    at = page("results", metrics=tmp_path)
    assert not at.exception
    assert "face_fast-PublicTest" in at.info[0].value and "face_fast-test" not in at.info[0].value


# --- confusion matrices ------------------------------------------------------------------------------------


def cell(at: AppTest) -> tuple[str, str]:
    return at.selectbox(key="cell-true").value, at.selectbox(key="cell-predicted").value


def test_matrices_start_at_the_commonest_mistake_and_show_it(page):
    at = page("confusion_matrices")
    assert not at.exception
    at.selectbox(key="model").select("face_accurate").run()
    at.selectbox(key="split-face_accurate").select("PrivateTest").run()
    assert cell(at) == ("fear", "sad")
    assert len(at.get("image")) == 3
    assert "3 of 3" in texts(at)


@pytest.mark.parametrize("chosen", ["fast", "accurate"])
def test_matrices_open_with_the_face_model_in_use_and_the_split_that_others_publish(page, chosen):
    at = page("confusion_matrices", face_model=chosen)
    assert at.selectbox(key="model").value == f"face_{chosen}"
    assert at.selectbox(key=f"split-face_{chosen}").value == "PrivateTest"
    assert "UAR" in texts(at) and "(how many of each label are found, mean of the labels)" in texts(at)


def test_matrices_can_be_left_and_come_back_to(measured, monkeypatch, tmp_path):
    monkeypatch.setattr(measurements, "METRICS", measured / "metrics")
    page_file = ROOT / "pages" / "confusion_matrices.py"
    script = tmp_path / "app.py"  # a run without the page is what visiting another one is to Streamlit
    script.write_text(
        f"import runpy, streamlit as st\nif not st.session_state.get('away'):\n    runpy.run_path({str(page_file)!r})\n"
    )
    app = AppTest.from_file(str(script), default_timeout=120).run()
    for away in (True, False):
        app.session_state["away"] = away
        app.run()
        assert not app.exception
    assert app.selectbox(key="cell-true").value


def test_matrices_show_an_empty_cell_as_such(page):
    at = page("confusion_matrices")
    at.selectbox(key="cell-true").select("happy").run()
    at.selectbox(key="cell-predicted").select("angry").run()
    assert not at.exception and "No example labelled happy was taken for angry" in texts(at)


@pytest.mark.parametrize("shown", ["Row percentages", "Counts"])
@pytest.mark.parametrize("model", ["face_fast", "voice", "fusion of face_accurate and voice"])
def test_every_matrix_in_both_normalisations(page, model, shown):
    at = page("confusion_matrices")
    at.selectbox(key="model").select(model).run()
    at.radio(key="cells").set_value(shown).run()
    assert not at.exception
    assert [b.label for b in at.get("download_button")] == ["Download CSV", "Download PNG"]


def test_matrices_play_the_clips_of_a_cell(page):
    at = page("confusion_matrices")
    at.selectbox(key="model").select("voice").run()
    at.selectbox(key="cell-true").select("calm").run()
    at.selectbox(key="cell-predicted").select("disgust").run()  # actor 2 is taken for the next class
    assert not at.exception and len(at.get("audio")) == 1
    assert "actor 2 (woman)" in texts(at)


def test_matrices_without_the_data_set_say_how_to_get_it(page, tmp_path):
    at = page("confusion_matrices", data=tmp_path)
    at.selectbox(key="model").select("face_accurate").run()
    at.selectbox(key="split-face_accurate").select("PrivateTest").run()
    assert not at.exception and "Kaggle" in at.info[0].value and len(at.get("image")) == 0
    at.selectbox(key="model").select("voice").run()
    at.selectbox(key="cell-true").select("calm").run()
    at.selectbox(key="cell-predicted").select("disgust").run()
    assert not at.exception and "Kaggle" in at.info[0].value


def test_matrices_with_differently_named_pictures_say_so(page, tmp_path):
    for part in ("train", "test"):
        (tmp_path / "fer2013" / part).mkdir(parents=True)
    at = page("confusion_matrices", data=tmp_path)
    at.selectbox(key="model").select("face_accurate").run()
    at.selectbox(key="split-face_accurate").select("PrivateTest").run()
    assert not at.exception and "names its files differently" in at.info[0].value


def test_matrices_without_files_name_the_commands(page, tmp_path):
    at = page("confusion_matrices", metrics=tmp_path)
    assert not at.exception and "python -m emotion evaluate voice" in at.info[0].value
