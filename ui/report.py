"""A timeline as one HTML file that needs only a browser."""

from __future__ import annotations

import json
from html import escape

import pandas as pd

from emotion.timeline.disagreement import apart, in_words, strongest_disagreements
from emotion.timeline.export import figures_in_words
from emotion.timeline.people import PEOPLE_NOTE, people, people_in_words
from emotion.timeline.summary import affect_path, figures, labels_of
from ui.colours import INK, ORANGE, PAPER
from ui.plots.timelines import affect_figure, disagreement_strip, share_bars, timeline_lines, transition_heatmap

CAUTIONS = (
    "An expression is not a feeling: the words come from models that learned how people label posed photos and act "
    "emotions.",
    "They are often wrong, and more often for some people than for others. A percentage is how sure the model is of "
    "its labels.",
    "Not for judging others. In the EU it is unlawful to infer people's emotions at work or in schools (AI Act, "
    "Article 5(1)(f)). No diagnosis.",
)
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;"
    f"color:{INK};background:{PAPER}}}"
    "table{border-collapse:collapse;margin:1rem 0}"
    "td,th{padding:.25rem .8rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}"
    "th{min-width:7rem;font-weight:600}td,h1{overflow-wrap:anywhere}h3{font-size:1rem;font-weight:600;margin:1rem 0 0}"
    f"aside{{border-left:4px solid {ORANGE};padding:.2rem 1rem;background:#fdf5ef}}h2{{margin-top:2rem}}"
)

# whatever a report contains, the browser that opens it sends no request
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "form-action 'none'; base-uri 'none'"
)


def to_html_report(timeline: pd.DataFrame, about: dict, *, title: str, faces: pd.DataFrame | None = None) -> bytes:
    """One HTML file with every plot in it; it sends no request to any server.

    about: where the timeline comes from; `notes` among it, a list, become lines of their own. faces:
    people.faces_table; where it holds several faces, the report has a table with a row for each.
    """
    found = figures(timeline)
    shown = [m for m in ("together", "face", "voice") if m in found and found[m]["judged_share"] > 0]
    parts = [
        f"<h1>{escape(title)}</h1>",
        "<aside>" + "".join(f"<p>{escape(line)}</p>" for line in CAUTIONS) + "</aside>",
        "<h2>Where this comes from</h2>",
        _table(_flat({k: v for k, v in about.items() if k != "notes"})),
        *(f"<p>{escape(note)}</p>" for note in about.get("notes", ())),
        "<h2>In numbers</h2>",
        _table(figures_in_words(found)),
    ]
    if faces is not None and len(persons := people(faces)) > 1:
        parts += ["<h2>Each person</h2>", _rows(people_in_words(persons)), f"<p>{escape(PEOPLE_NOTE)}</p>"]
    drawn = False
    moments = strongest_disagreements(timeline)
    if moments:
        listed = "".join(f"<li>{escape(in_words(moment))}</li>" for moment in moments)
        parts.append(f"<h2>Where face and voice are furthest apart</h2><ul>{listed}</ul>")
        strip = disagreement_strip(timeline["time_s"].to_numpy(float), apart(timeline))
        parts.append("<h3>Over time (Jensen–Shannon divergence, 0 to 1)</h3>")
        parts.append(strip.to_html(full_html=False, include_plotlyjs=True, config={"displaylogo": False}))
        drawn = True
    for modality in shown:
        parts.append(f"<h2>{modality.capitalize()}</h2>")
        labels = labels_of(timeline, modality)
        for heading, figure in (
            ("Over time", timeline_lines(timeline, modality, labels)),
            ("Share of the judged time", share_bars(found[modality]["share_of_time"])),
            ("Which label followed which", transition_heatmap(found[modality]["transitions"], labels)),
        ):
            parts.append(f"<h3>{heading}</h3>")
            # the first one contains plotly.js, the others use it
            parts.append(figure.to_html(full_html=False, include_plotlyjs=not drawn, config={"displaylogo": False}))
            drawn = True
    if found["main"]:
        parts.append(f"<h2>Valence and arousal ({found['main']})</h2>")
        parts.append(
            affect_figure(affect_path(timeline, found["main"])).to_html(full_html=False, include_plotlyjs=not drawn)
        )
    else:
        parts.append("<p>Nothing was judged.</p>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>" + "".join(parts) + "</body></html>"
    ).encode()


def _flat(pairs: dict, before: str = "") -> dict:
    """Nested dictionaries as one, with joined names: {"models": {"face": "B7"}} -> {"models face": "B7"}.

    A list becomes one text.
    """
    flat: dict = {}
    for name, value in pairs.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name} ")
        else:
            flat[f"{before}{name}"] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return flat


def _rows(table: pd.DataFrame) -> str:
    """A table with a line of names above its rows."""
    line = lambda cells, tag: "<tr>" + "".join(f"<{tag}>{escape(str(c))}</{tag}>" for c in cells) + "</tr>"
    return f"<table>{line(table, 'th')}{''.join(line(row, 'td') for row in table.itertuples(index=False))}</table>"


def _table(pairs: dict) -> str:
    text = lambda value: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return (
        "<table>"
        + "".join(f"<tr><th>{escape(str(k))}</th><td>{escape(text(v))}</td></tr>" for k, v in pairs.items())
        + "</table>"
    )
