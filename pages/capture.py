"""Capture: a photo and a voice note, for networks where WebRTC cannot connect."""

import io
from dataclasses import replace

import numpy as np
import streamlit as st

from emotion import audio
from emotion.face import STILL, ImageError, crop_face
from emotion.joint import together
from emotion.judge import FaceJudge, FacesReading, VoiceJudge
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.person import NOBODY
from emotion.timeline.photo import photo_of
from emotion.timeline.pictures import read_picture
from ui.consent import consent_given
from ui.entry import through_app
from ui.kept_clips import voice_note
from ui.kept_neutral import in_words, kept_person
from ui.models import load_models
from ui.panels import readout
from ui.photo_view import photo_html
from ui.sample_clip import offer_sample
from ui.settings import settings

through_app()
st.title("Capture")
st.caption(
    "A photo and a voice note instead of a live stream. Both stay on this machine and are gone when you leave the page."
)
if not consent_given():
    st.stop()

chosen = settings()
face_model, voice_model = load_models(chosen.face_model)
person = kept_person(face_model, voice_model) if chosen.adapt else NOBODY
if known := in_words(person):
    st.caption(f"Judged by the change from your neutral, which is kept on this machine ({known}; page Me).")
face_side, voice_side = st.columns(2)

photo, seen_face = None, None
with face_side:
    file = st.camera_input("Photo") or st.file_uploader("or a picture file")
    if file:
        try:
            picture = read_picture(io.BytesIO(file.getvalue()), name=file.name)
            looker = FaceJudge(face_model, max_faces=chosen.max_faces, smoothing_s=0, neutral=person.face, search=STILL)
            with st.spinner("Looking at the photo …"):
                seen = FacesReading(0.0, (), picture.problem) if picture.problem else looker.look(picture.image, 0.0)
            for about in picture.notes:
                st.caption(about)
            photo, seen_face = photo_of(picture.image, seen), seen.main
            if seen.faces:
                with st.container(horizontal=True):
                    st.image(crop_face(picture.image, seen.faces[0].face), width=96, alt="the face, cut out")
                    st.caption("what the model gets, before it is made grey")
        except ImageError as e:
            st.error(str(e))

voice_probs, voice_reason, heard_best = None, "", None
with voice_side:
    note = st.audio_input("Voice note") or st.file_uploader("or a sound file")
    if note:
        try:
            content = io.BytesIO(note.getvalue())
            wave = audio.read_audio(content, name=note.name, longest_s=audio.NOTE_SECONDS)
            judge = VoiceJudge(voice_model, smoothing_s=0, start=person.voice, adapt=chosen.adapt)
            with st.spinner("Listening to the note …"):
                heard = judge.hear(wave) + judge.finish()
            used = [r for r in heard if r.probs is not None]
            if used:
                voice_probs = np.mean([r.probs for r in used], axis=0)
                heard_best = replace(max(used, key=lambda r: r.reliability), probs=voice_probs)
            voice_reason = heard[-1].reason if heard else "too short: speak for at least a second"
            if heard_best is not None:
                voice_reason = heard_best.why_hard
        except audio.AudioError as e:
            st.error(str(e))

# only what there is: a photo has its picture and bars, a voice note its bars, both one judgement too
heard_something = voice_probs is not None or voice_reason != ""
if photo is None and not heard_something:
    st.info(
        "Take a photo, record a voice note, or both. The answers come here. Without a camera: the sample clip on Live."
    )
    offer_sample("capture")
if chosen.mode == "hybrid" and seen_face is not None and heard_best is not None:
    one = together(seen_face, heard_best)
    if one is not None:
        note = one.reason if one.sure else ""
        st.html(readout("Together", one.probs, FACE_LABELS, reason=one.reason, note=note, large=True))
places = st.columns([2, 1]) if photo is not None and heard_something else [st.container()] * 2
if photo is not None:
    places[0].html(photo_html(photo))
if heard_something:
    places[1].html(readout("Voice", voice_probs, VOICE_LABELS, reason=voice_reason, note=voice_note(voice_model)))
