"""Practice: act an emotion and see how the models judge it."""

import streamlit as st

from emotion.judge import SMOOTHING_S
from emotion.realtime.practice_round import VOICE_FROM_SECONDS, WINDOW_SECONDS
from ui.consent import consent_given
from ui.entry import through_app
from ui.live_stream import (
    draw_start_help,
    draw_stream,
    say_where_camera_is_refused,
    session_of,
    stop_without_stream,
    stream_runs,
)
from ui.practice_scores import draw_keep_switch, draw_scores
from ui.practice_stage import ENDED, RESULT, ROUND, choose_target, draw_stage
from ui.shared_store import shared_store
from ui.stream_settings import draw_stream_settings

through_app()
st.title("Practice")
st.caption(
    "Act an emotion and see how the models judge it. The score says how well your expression matched **the models’ "
    "idea** of an acted emotion, learned from posed photos and actors – not how well you act, and not what you feel."
)
if not consent_given():
    st.stop()

say_where_camera_is_refused()
# the same smoothing in every round, whatever the sidebar says, so that scores can be compared
session = session_of("practice", mode="hybrid", smoothing_s=SMOOTHING_S)
if not stream_runs("practice") and st.session_state.pop(ROUND, None) is not None:
    st.info("The stream stopped, so this round does not count.")
running = ROUND in st.session_state

target = choose_target(disabled=running)
video_side, stage_side = st.columns([3, 2])
with video_side:
    context, _ = draw_stream("practice", session)
    draw_start_help(context)
    draw_stream_settings(smoothing=False)
stop_without_stream(context, session)
with stage_side:
    draw_stage(session, target, running=running, playing=context.state.playing)

store = shared_store()
if store is None:
    st.stop()
keep = draw_keep_switch()
draw_scores(store, st.session_state.get(RESULT), ended_unix_s=st.session_state.get(ENDED), keep=keep)
with st.expander("How the score is made"):
    st.markdown(f"""
- **Face** and **voice**: the mean probability that each model gave to the target over the {WINDOW_SECONDS:.0f}
  seconds; each half second counts the same. **Together**: the same for the one judgement from face and voice. A voice
  that sounds *calm* counts as neutral.
- The voice model listens to the last 3 seconds. Its answers of the first {VOICE_FROM_SECONDS:g} s are left out, because
  they are partly about the countdown.
- Half seconds without an answer (no face, silence) are left out too. If less than a third was judged, there is no
  score.
- Scores can be compared only for the same models. So each face model (sidebar) has its own best scores, and so has the
  voice model with each set of your own clips (My voice), and so have rounds with “Adapt to each person” on and off.
- The hints describe how people usually pose such expressions. Real expressions, and yours, may be different.
""")
