"""Me: what is kept of the person who uses the app: the neutral face and voice, and a few acted clips."""

import streamlit as st

from emotion.personal import PersonalVoiceError
from ui.consent import consent_given
from ui.entry import through_app
from ui.kept_clips import kept_clips, kept_file
from ui.kept_neutral import draw_kept_neutral
from ui.models import load_models, shipped_voice
from ui.settings import settings
from ui.voice_clips import (
    ERROR,
    choose_emotion,
    confirm_delete,
    draw_answers,
    draw_gain,
    draw_keep_button,
    draw_kept,
    heard,
    record,
)

SENTENCES = (
    "The train leaves at ten past nine.",
    "There are two cups on the kitchen table.",
    "The shop on the corner opens on Monday.",
    "I have put the letters in the blue box.",
    "The second door on the left is the office.",
)

through_app()
st.title("Me")
if not consent_given():
    st.stop()

draw_kept_neutral(*load_models(settings().face_model))
st.subheader("My voice", anchor=False)
st.caption(
    "Teach the voice model your voice: say any sentence as you would say it when you are angry, sad, happy, and so on. "
    "One clip of each emotion helps already, four help more (measured on speakers the model had never heard: Results). "
    "The clips are **acted, not felt**: the model learns how you act an emotion. A clip is kept only when you press "
    f"*Keep* – not its sound, only the network’s numbers for it, in `{kept_file(settings().voice_model).name}` on this "
    "machine. What you delete is deleted."
)
model = shipped_voice()
if ERROR in st.session_state:
    st.error(st.session_state.pop(ERROR))
try:
    clips = kept_clips(settings().voice_model)
except PersonalVoiceError as e:
    st.error(str(e))
    if st.button("Delete my voice", icon=":material/delete:"):
        confirm_delete()
    st.stop()

emotion = choose_emotion(clips)
st.markdown(f"For example: *“{SENTENCES[len(clips) % len(SENTENCES)]}”*")
clip = record()
found = heard(*clip, model) if clip else None
if found is not None:
    draw_keep_button(emotion, *found)
    draw_answers(clips, *found)
draw_kept(clips)
draw_gain(clips)
with st.expander("What it does"):
    st.markdown("""
- The network stays as it is. Only its answers for the emotions you acted are adjusted; emotions you never acted do not
  change. The answers also become less sure, because a few clips are not many.
- **Use my voice** in the sidebar turns it on and off for Live, Capture and Practice; it appears when there are clips of
  two emotions. *Analyse a file* asks each time whether the voice in it is yours.
- What the app learns of your voice without labels, while you talk on Live, comes first; the clips come on top of it.
- It fits one person. Turn it off when somebody else speaks.
- Record with the microphone that you use on Live, in a room as it usually is.
""")
