"""Teaching the voice model one's own voice, in a real browser; each test has an app and kept clips of its own."""

from __future__ import annotations

import re

import numpy as np

from emotion.personal import Clips, clips_file
from emotion.predict import VOICE_MODELS, better_voice_model
from tests.support import write_wav
from tests.support_browser import accept_notice, await_label, eventually, go, label, no_error, open_live, settled


def open_my_voice(page, url: str) -> None:
    """The page Me with the notice accepted."""
    page.goto(url)
    accept_notice(page)
    page.get_by_text("Press START and allow").wait_for()
    go(page, "Me")
    page.get_by_text("For example:").wait_for()


def main(page):
    """The page without its sidebar."""
    return page.get_by_test_id("stMain")


def upload(page, path) -> None:
    page.locator('input[type="file"]').first.set_input_files(path)


def keep(page, emotion: str, path) -> None:
    """Upload a clip and keep it as this emotion."""
    button = page.get_by_role("button", name=f"Keep as {emotion}")
    upload(page, path)
    page.locator(".readout-as-shipped.on").wait_for()
    button.click()
    button.wait_for(state="detached")


def act(page, emotion: str) -> None:
    """Choose the emotion to act."""
    group = main(page).get_by_test_id("stButtonGroup")
    option = group.get_by_role("radio", name=emotion)
    option.click()
    eventually(f"the choice of {emotion}", option.is_checked)
    settled(page)


def test_a_voice_is_taught_used_and_deleted(fresh_app, open_browser, data_folder, tmp_path):
    actor, file = data_folder / "ravdess/speech/Actor_01", clips_file(fresh_app.home, better_voice_model())
    page = open_browser()
    open_my_voice(page, fresh_app.url)
    use = page.get_by_test_id("stSidebar").get_by_text("Use my voice")
    main(page).get_by_text("No clips are kept.").wait_for()
    assert not use.count()

    # what is refused, and nothing kept of it
    noise = np.random.default_rng(0).normal(size=32_000).astype(np.float32)
    for name, wave, message in [
        ("muted", noise * 0, "muted: switched off or covered"),
        ("silence", noise * 4e-4, "– silence"),
        ("hiss", noise * 0.05, "sound, but no voice in it"),
        ("short", noise[:8000] * 0.05, "too short: speak for at least a second"),
    ]:
        upload(page, write_wav(tmp_path / f"{name}.wav", wave, 16_000))
        main(page).get_by_text(message).wait_for()
        assert not page.get_by_role("button", name="Keep as").count()
    (tmp_path / "broken.wav").write_bytes(b"nothing of the kind" * 20)
    upload(page, tmp_path / "broken.wav")
    main(page).get_by_text("broken.wav cannot be decoded as sound").wait_for()
    assert not file.exists()

    # two clips each of two emotions
    for code, emotion in (("05", "angry"), ("04", "sad")):
        act(page, emotion)
        for n, statement in enumerate(("01", "02"), 1):
            keep(page, emotion, actor / f"03-01-{code}-01-{statement}-01-01.flac")
            main(page).get_by_text(f"{emotion} × {n}").wait_for()
        if emotion == "angry":
            main(page).get_by_text("at least two emotions are needed").wait_for()
            assert not use.count()
    main(page).get_by_text("Of 4 clips, each judged").wait_for()
    use.wait_for()
    assert file.exists()

    # a clip more shows both answers before it is kept; a long one is cut
    from emotion.audio import read_audio

    sentence = read_audio(actor / "03-01-05-02-01-02-01.flac")
    upload(page, write_wav(tmp_path / "long.wav", np.concatenate([sentence] * 4), 16_000))
    main(page).get_by_text("Only the first 10 s of this clip are used").wait_for()
    page.locator(".readout-with-your-voice.on").wait_for()
    assert label(page, "as-shipped") and label(page, "with-your-voice")

    # Capture and Live use it, and stop when the switch says so
    go(page, "Capture")
    page.locator('input[type="file"]').nth(1).set_input_files(actor / "03-01-05-02-01-02-01.flac")
    await_label(page, "voice")
    page.locator(".readout-voice").get_by_text("with your 4 clips").wait_for()
    use.click()
    page.locator(".readout-voice").get_by_text("with your 4 clips").wait_for(state="detached")
    use.click()
    go(page, "Live")
    page.locator(".readout-voice").get_by_text("with your 4 clips").wait_for()
    assert not main(page).get_by_text("Does the model misjudge your voice?").count()
    page.frame_locator('iframe[title*="webrtc"]').get_by_role("button", name="START").wait_for()

    # the last one removed, then all, those for the other voice model too
    other = next(clips_file(fresh_app.home, m) for m in VOICE_MODELS if m != better_voice_model())
    other.write_bytes(file.read_bytes())
    go(page, "Me")
    page.get_by_role("button", name="Remove the last one").click()
    main(page).get_by_text("sad × 1").wait_for()
    page.get_by_role("button", name="Delete my voice").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    main(page).get_by_text("No clips are kept.").wait_for()
    assert not file.exists() and not other.exists()
    use.wait_for(state="detached")
    assert no_error(page)


def test_a_broken_file_stops_nothing_and_can_be_deleted_from_the_page(fresh_app, open_browser):
    file = clips_file(fresh_app.home, better_voice_model())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"nothing of the kind")
    page = open_browser()
    open_live(page, fresh_app.url)
    page.get_by_test_id("stSidebar").get_by_text("Your kept voice cannot be read; see the page Me.").wait_for()
    assert no_error(page)
    go(page, "Me")
    main(page).get_by_text(f"{file.name} cannot be read").wait_for()
    page.get_by_role("button", name="Delete my voice").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    main(page).get_by_text("No clips are kept.").wait_for()
    assert not file.exists()


def test_a_running_stream_takes_the_switch(fresh_app, open_browser, data_folder, camera_file, microphone_file):
    """Made of two clips kept before; the stream goes on while the voice is switched off and on."""
    from emotion.audio import read_audio
    from emotion.personal import windows_of, write_clips
    from emotion.predict import load_voice_model

    model = load_voice_model()
    clips = Clips(model.card["sha256"])
    for code, emotion in (("05", "angry"), ("04", "sad")):
        wave = read_audio(data_folder / f"ravdess/speech/Actor_01/03-01-{code}-01-01-01-01.flac")
        clips = clips.added(*windows_of(model, wave), emotion)
    write_clips(clips_file(fresh_app.home, better_voice_model()), clips)
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, fresh_app.url)
    stream.get_by_role("button", name="START").click()
    await_label(page, "voice")
    note = page.locator(".readout-voice").get_by_text("with your 2 clips")
    note.wait_for()
    use = page.get_by_test_id("stSidebar").get_by_text("Use my voice")
    for shown in ("detached", "attached"):
        use.click()
        note.wait_for(state=shown)
        await_label(page, "voice")
    stream.get_by_role("button", name="STOP").wait_for()
    assert no_error(page)


def test_a_clip_from_the_microphone_empties_the_recorder_when_kept(fresh_app, open_browser, microphone_file):
    page = open_browser(microphone=microphone_file)
    open_my_voice(page, fresh_app.url)
    recorder = main(page).get_by_test_id("stAudioInput")
    recorder.get_by_role("button", name="Record").click()
    eventually("four seconds of sound", lambda: re.search("00:0[4-9]|00:[1-9]", recorder.inner_text()))
    recorder.get_by_role("button", name="Stop recording").click()
    page.locator(".readout-as-shipped.on").wait_for()
    page.get_by_role("button", name="Keep as neutral").click()
    main(page).get_by_text("neutral × 1").wait_for()
    eventually("an empty recorder", lambda: "00:00" in recorder.inner_text())
    assert clips_file(fresh_app.home, better_voice_model()).exists()
