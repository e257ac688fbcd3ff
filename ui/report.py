"""A timeline as one HTML file that needs only a browser."""

from __future__ import annotations

import json
from html import escape

import pandas as pd

from emotion.timeline.disagreement import apart, in_words, strongest_disagreements
from emotion.timeline.export import figures_in_words
from emotion.timeline.findings import findings
from emotion.timeline.people import PEOPLE_NOTE, people, people_in_words
from emotion.timeline.photo import Photo
from emotion.timeline.summary import MODALITIES, figures, labels_of
from ui.colours import INK, ORANGE, PAPER, PAPER_LINE, PAPER_NOTE
from ui.panels import style
from ui.photo_view import photo_html
from ui.plots.time_charts import apart_chart, changes_table, lines_chart, path_chart, shares_chart

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
    f"td,th{{padding:.25rem .8rem;border-bottom:1px solid {PAPER_LINE};text-align:left;vertical-align:top}}"
    "th{min-width:7rem;font-weight:600}td,h1,li{overflow-wrap:anywhere}"
    "h3{font-size:1rem;font-weight:600;margin:1rem 0 0}h2{margin-top:2rem}"
    f"aside{{border-left:4px solid {ORANGE};padding:.2rem 1rem;background:{PAPER_NOTE}}}"
)

# whatever a report contains, the browser that opens it sends no request
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"


def to_html_report(
    timeline: pd.DataFrame,
    about: dict,
    *,
    title: str,
    faces: pd.DataFrame | None = None,
    photo: Photo | None = None,
) -> bytes:
    """One HTML file: findings, limits, charts, tables. It sends no request to any server and runs no script.

    about: where the timeline comes from; `notes` among it, a list, stand among the limits. faces: people.faces_table;
    where it holds several faces, the report has a table with a row for each. photo: of a still picture; it takes the
    place of charts over time.
    """
    limits = [*about.get("notes", ()), *CAUTIONS]
    parts = [
        f"<h1>{escape(title)}</h1>",
        "<h2>Findings</h2>",
        photo_html(photo) if photo is not None else _list(findings(timeline, faces)),
        "<h2>Limits</h2>",
        "<aside>" + "".join(f"<p>{escape(str(line))}</p>" for line in limits) + "</aside>",
    ]
    if photo is None:
        parts += [*_charts(timeline), *_tables(timeline, faces)]
    source = {k: v for k, v in about.items() if k != "notes"}
    parts += ["<h2>Where this comes from</h2>", _table(_flat(source))]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(title)}</title>{style()}<style>{STYLE}</style></head><body>"
        + "".join(parts)
        + "</body></html>"
    ).encode()


def _charts(timeline: pd.DataFrame) -> list[str]:
    """Each judged modality over time with its shares, how far face and voice are apart, valence and arousal."""
    found, parts = figures(timeline), []
    for modality in ("together", "face", "voice"):
        if modality in found and found[modality]["judged_share"] > 0:
            parts += [
                f"<h2>{modality.capitalize()}</h2><h3>Over time</h3>",
                lines_chart(timeline, modality, labels_of(timeline, modality)),
                "<h3>Share of the judged time</h3>",
                shares_chart(found[modality]["share_of_time"]),
            ]
    if moments := strongest_disagreements(timeline):
        parts += [
            "<h2>Where face and voice are furthest apart</h2>",
            _list([in_words(moment) for moment in moments]),
            "<h3>Over time (0: the same, 1: nothing in common)</h3>",
            apart_chart(apart(timeline)),
        ]
    if found["main"]:
        parts += [f"<h2>Valence and arousal ({found['main']})</h2>", path_chart(timeline, found["main"])]
    return parts


def _tables(timeline: pd.DataFrame, faces: pd.DataFrame | None) -> list[str]:
    """The figures, each person where there are several, and which label followed which."""
    found = figures(timeline)
    parts = ["<h2>In numbers</h2>", _table(figures_in_words(found))]
    if faces is not None and len(persons := people(faces)) > 1:
        parts += ["<h2>Each person</h2>", _rows(people_in_words(persons)), f"<p>{escape(PEOPLE_NOTE)}</p>"]
    tables = {m: changes_table(found[m]["transitions"], labels_of(timeline, m)) for m in MODALITIES if m in found}
    changes = "".join(f"<h3>{m.capitalize()}</h3>{table}" for m, table in tables.items() if table)
    return [*parts, "<h2>Which label followed which</h2>" + changes] if changes else parts


def _list(lines: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


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
