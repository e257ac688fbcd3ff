"""The Analyse page: an upload, a path, what is shown and what can be downloaded; tests/ui has the job behind it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from emotion.timeline.analysis import analyze
from tests.support import finished_job, run, write_video, write_wav
from ui.analysis_job import AnalysisJob

pytestmark = pytest.mark.slow  # each test runs whole pages and models

OPTIONS = {"mode": "hybrid", "face_model": "fast", "max_faces": 4}


def write_film(path: Path, portrait: np.ndarray, *, seconds: float = 2.0, fps: int = 15) -> Path:
    """A silent film of a portrait that drifts."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 512, 512, "yuv420p"
        for i in range(int(seconds * fps)):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(portrait, i, axis=1), format="rgb24")))
        out.mux(stream.encode(None))
    return path


def test_a_path_is_analysed_and_shown(tmp_path, speech):
    path = write_wav(tmp_path / "Ärger – note.wav", speech, 16_000)
    app = run("pages/analyse.py", consent=True)
    app.text_input[0].set_value(str(path)).run()
    app.button[0].click().run()
    finished_job(app.session_state["analysis"])
    app.run()
    assert not app.exception and app.subheader[0].value == "Ärger – note.wav"
    drawn = "".join(e.proto.body for e in [*app.get("html"), *app.get("markdown")])
    assert 'class="readout shares"' in drawn and "circumplex-chart" in drawn and not app.get("plotly_chart")
    assert {b.proto.label for b in app.get("download_button")} >= {"CSV", "JSON", "Parquet", "Report (HTML)"}
    assert path.exists(), "a file of the person's own is not touched"


def test_several_faces_have_a_row_each_and_downloads_of_their_own(tmp_path, astronaut):
    pair = np.concatenate([astronaut[::2, ::2], astronaut[::2, ::-2]], axis=1)  # (256, 512, 3)
    path = write_video(tmp_path / "pair.mp4", [pair] * 8)
    app = run("pages/analyse.py", consent=True)
    app.text_input[0].set_value(str(path)).run()
    app.button[0].click().run()
    finished_job(app.session_state["analysis"])
    app.run()
    assert not app.exception and [list(d.value["person"]) for d in app.dataframe] == [["#1", "#2"]]
    assert {b.proto.label for b in app.get("download_button")} >= {"Each face (CSV)", "Each face (Parquet)"}


@pytest.mark.parametrize("typed", ["~no-such-person/x.mp4", "/" + "x" * 300])
def test_a_path_that_cannot_be_one(typed):
    app = run("pages/analyse.py", consent=True)
    app.text_input[0].set_value(typed).run()
    app.button[0].click().run()
    assert not app.exception and "cannot be read" in app.error[0].value


def test_a_path_that_is_not_there(tmp_path):
    app = run("pages/analyse.py", consent=True)
    app.text_input[0].set_value(str(tmp_path / "nowhere.mp4")).run()
    app.button[0].click().run()
    assert not app.exception and "is not a file" in app.error[0].value and "analysis" not in app.session_state


def test_the_message_stands_on_the_page():
    app = run("pages/analyse.py", consent=True)
    app.session_state["analysis"] = finished_job(AnalysisJob("bad.mp4", data=b"junk" * 100, **OPTIONS))
    app.run()
    assert not app.exception and "bad.mp4" in app.error[0].value


def test_annotated_film_has_the_boxes_the_sound_and_the_times(tmp_path, astronaut, data_folder):
    clip = data_folder / "media/01-01-08-02-02-02-01.mp4"
    out = tmp_path / "annotated.mp4"
    analyze(clip, face_model="fast", annotated=out)
    with av.open(str(clip)) as before, av.open(str(out)) as after:
        first = next(f for i, f in enumerate(before.decode(video=0)) if i == 30)
        drawn = next(f for i, f in enumerate(after.decode(video=0)) if i == 30)
        assert abs(first.time - drawn.time) < 0.15 and (first.width, first.height) == (drawn.width, drawn.height)
        change = (
            np.abs(first.to_ndarray(format="rgb24").astype(int) - drawn.to_ndarray(format="rgb24")).max(axis=2) > 90
        )
        assert 0.001 < change.mean() < 0.2, "boxes and words, not another picture"
        assert len(after.streams.audio) == 1 and abs(float(after.duration - before.duration)) / av.time_base < 0.5
    assert [f.name for f in tmp_path.iterdir()] == ["annotated.mp4"]


def test_a_film_that_cannot_be_read_leaves_no_annotated_one(tmp_path, astronaut):
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(write_film(tmp_path / "good.mp4", astronaut).read_bytes()[:3000])
    with pytest.raises(Exception, match="bad.mp4"):
        analyze(bad, face_model="fast", annotated=tmp_path / "out.mp4")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["bad.mp4", "good.mp4"]


def test_a_folder_is_sent_to_the_command_line(tmp_path):
    app = run("pages/analyse.py", consent=True)
    app.text_input[0].set_value(str(tmp_path)).run()
    app.button[0].click().run()
    assert (
        not app.exception and "is a folder" in app.error[0].value and "python -m emotion analyze" in app.error[0].value
    )


def test_a_name_cannot_make_the_page_fetch_a_picture():
    app = run("pages/analyse.py", consent=True)
    app.session_state["analysis"] = finished_job(
        AnalysisJob("![x](http://example.org/x.png).mp4", data=b"junk" * 100, **OPTIONS)
    )
    app.run()
    assert not app.exception and "!\\[x\\](http" in app.error[0].value


def test_only_the_person_at_this_machine_may_type_a_path(monkeypatch):
    import streamlit as st

    real = st.get_option
    monkeypatch.setattr(st, "get_option", lambda key: "0.0.0.0" if key == "server.address" else real(key))
    app = run("pages/analyse.py", consent=True)
    assert not app.exception and not app.text_input and app.get("file_uploader")


def test_a_download_says_what_the_analysis_was_made_with(tmp_path, speech):
    """And not what the sidebar says afterwards."""
    app = run("pages/analyse.py", consent=True, face_model="fast", fusion_mode="Simple", max_faces=2)
    app.text_input[0].set_value(str(write_wav(tmp_path / "a.wav", speech, 16_000))).run()
    app.button[0].click().run()
    finished_job(app.session_state["analysis"])
    app.session_state["face_model"], app.session_state["max_faces"] = "accurate", 7
    app.run()
    made = app.session_state["analysis-made-with"]
    assert not app.exception and set(made["models"]) == {"face_fast", "voice_accurate"}, "Simple has no fusion"
    assert len(made["models"]["voice_accurate"]["sha256"]) == 64
    assert made["largest number of faces"] == 2 and made["analysed"][:2] == "20"


def test_a_film_is_judged_by_the_change_from_its_beginning(data_folder):
    app = run("pages/analyse.py", consent=True, face_model="fast", fusion_mode="Simple")
    app.text_input[0].set_value(str(data_folder / "media" / "01-01-08-02-02-02-01.mp4")).run()
    assert app.number_input(key="analysis-neutral").proto.format == "%.1f"
    app.number_input(key="analysis-neutral").set_value(1.0).run()
    app.button[0].click().run()
    finished_job(app.session_state["analysis"])
    app.run()
    assert not app.exception and any("by the change from the first 1 s" in c.value for c in app.caption)
    assert app.session_state["analysis-made-with"]["seconds with a neutral face"] == "1"
    assert "face_as_it_is_label" in app.session_state["analysis"].result.timeline


@pytest.mark.parametrize("page", ["pages/analyse.py", "pages/capture.py"])
def test_upload_boxes_take_files_of_any_name(page):
    boxes = run(page, consent=True).get("file_uploader")
    assert boxes and all(not box.proto.type for box in boxes)


def test_after_an_upload_the_form_is_empty_again(tmp_path, speech):
    app = run("pages/analyse.py", consent=True)
    assert app.button[0].disabled
    app.file_uploader[0].set_value(
        ("../a.wav", write_wav(tmp_path / "a.wav", speech, 16_000).read_bytes(), "audio/wav")
    ).run()
    app.button[0].click().run()
    finished_job(app.session_state["analysis"])
    app.run()
    assert not app.exception and app.get("download_button")
    assert app.button[0].label == "Analyse" and app.button[0].disabled
