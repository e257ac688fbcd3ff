"""The film of the last practice round beside the best one of this visit, and the button that deletes the pictures."""

from __future__ import annotations

import streamlit as st

from emotion.realtime.practice_film import PICTURES_PER_SECOND, PracticePictures, RoundPictures


def draw_film(pictures: PracticePictures | None) -> None:
    """Both films as one, so that they run together; nothing while there are no pictures."""
    if pictures is None:
        return
    this, best = pictures.shown
    if not this.jpegs:
        return
    names = [f"This round{_score(this)}"]
    other = ", other models" if best.models != this.models else ""
    names += [f"Best round before{_score(best)}{other}"] if best.jpegs else []
    with st.container(key="practice-film"):
        st.html(f'<div class="film-names">{"".join(f"<span>{name}</span>" for name in names)}</div>')
        with st.spinner("Making the film of the round …"):
            film = pictures.film()
        st.video(film, format="video/mp4", loop=True, muted=True)
    what = "Both play together" if best.jpegs else "The next round of this emotion will be beside the best one"
    st.caption(
        f"{what}. The pictures ({PICTURES_PER_SECOND} a second, no sound) are only in memory: this round and the best "
        "one of each emotion. They are deleted when you press STOP or leave this page."
    )
    st.button("Delete the pictures", icon=":material/delete:", on_click=pictures.clear)


def _score(of: RoundPictures) -> str:
    return "" if of.value is None else f": {of.value:.0%}"
