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
from ui.practice_scores import ENDED, RESULT, draw_keep_switch, draw_scores
from ui.practice_stage import ROUND, choose_target, draw_stage, drop_round_that_does_not_count
from ui.shared_store import shared_store
from ui.stream_limit import end_where_machine_is_full
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
end_where_machine_is_full(session)
drop_round_that_does_not_count(playing=stream_runs("practice"))
running = ROUND in st.session_state

target = choose_target(disabled=running)
video_side, stage_side = st.columns([3, 2])
with video_side:
    with st.container(key="practice-picture"):
        context, source = draw_stream("practice", session)
        over = st.empty()  # style.css lays it over the picture
    draw_start_help(context, "practice")
    draw_stream_settings(smoothing=False)
stop_without_stream(context, session)
with stage_side:
    draw_stage(session, target, source=source, over=over, running=running, playing=context.state.playing)

store = shared_store()
if store is None:
    st.stop()
keep = draw_keep_switch()
draw_scores(
    store,
    st.session_state.get(RESULT),
    session.practice_pictures,
    ended_unix_s=st.session_state.get(ENDED, 0.0),
    keep=keep,
)
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
  voice model with each set of your own clips (My voice), and so have rounds with “Adapt to each person” on and off. All
  are listed, with the models beside them. Rounds are always judged in Hybrid with the same smoothing.
- The hints describe how people usually pose such expressions. Real expressions, and yours, may be different.
""")
