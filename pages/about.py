"""About and limits: what the app can and cannot know, and which models it uses."""

import streamlit as st

from emotion.checkpoint import SERVED, read_card
from emotion.runner import ModelError
from ui.consent import NOTICE
from ui.entry import through_app
from ui.measured import read_measured
from ui.model_names import served_name
from ui.visitor import with_reason

through_app()
st.title("About and limits")
st.markdown(NOTICE)
st.markdown("""
**What a label cannot mean.** People smile when they are sad and frown when they think; cultures, faces, voices and
situations differ. The face data are photos from the web, labelled by a few annotators who often disagree. The voice
data are actors who speak prepared sentences. A percentage is how sure the model is about *its* labels, not how much of
an emotion someone has.

**Not for** hiring, grading, policing, medical or any other decision about a person. It is no diagnosis.
""")
st.subheader("Models")
for name in SERVED:
    try:
        card = read_card(name)
    except ModelError as e:
        st.warning(with_reason(f"{name} cannot be shown", e))
        continue
    part = st.expander(f"**{served_name(name, read_measured())}**", key=f"card-{name}", on_change="rerun")
    if not part.open:
        continue
    with part:
        st.markdown(f"{card['network']}, {card['parameters']:,} parameters, {card['bytes'] / 1e6:.1f} MB. Its card:")
        st.json(card)
st.caption(
    "Weights are trained on research data and licensed CC BY-NC-SA 4.0; the program's code is MIT. "
    "Face detection: BlazeFace (Apache 2.0). Voice activity: Silero VAD (MIT). "
    "Speech encoder: Whisper tiny.en (OpenAI, MIT)."
)
