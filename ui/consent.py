"""The notice before anything is captured."""

import streamlit as st

NOTICE = """
**What happens here.** Your camera's pictures and your microphone's sound go to a program on this machine. Several
times a second, it guesses an emotion word for the face and for the voice.

- **Nothing leaves this machine, and nothing is stored unless you ask for it.** Record stores the labels, and picture
  and sound only if you tick them. You can also keep your practice scores, your neutral and clips on Me (only numbers,
  no sound). What you delete is deleted.
- **An expression is not a feeling.** The words come from models that learned how people *label* posed photos and *act*
  emotions. They are often wrong, and more often for some people than for others. The Results page shows how often they
  are wrong on public data.
- **Not for judging others.** In the EU it is unlawful to infer people's emotions at work or in schools with such
  systems (AI Act, Article 5(1)(f)). Use it for yourself, for research with consent, or for fun – and only if everyone
  in view agrees.
"""


def consent_given() -> bool:
    """Whether this session has agreed; draws the notice and the button when it has not."""
    if st.session_state.get("consent"):
        return True
    with st.container(border=True):
        st.markdown(NOTICE)
        if st.button("I understand – continue", type="primary"):
            st.session_state["consent"] = True
            st.rerun()
    return False
