"""Markdown tables of the measured figures, and how they get into the project's texts.

A text holds a table between two comments, `<!-- NAME:begin -->` and `<!-- NAME:end -->`, where NAME is one of TABLES.
Everything here is pure: figures and texts in, lines and texts out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from emotion.evaluation.anchors import ANCHORS
from emotion.evaluation.extra_words import chosen_words
from emotion.evaluation.films import JUDGED_BY
from emotion.evaluation.measurements import (
    BROWSER_NAME,
    CHANNELS_NAME,
    CORPORA_NAME,
    FILMS_NAME,
    FUSION_NAME,
    GRID_NAME,
    OTHER_VOICE_NAME,
    OWN_VOICE_NAME,
    PERSON_NAME,
    PERSONAL_NAME,
    STRANGERS_NAME,
    VOICE_NAME,
    WINDOWS_NAME,
)

TEXTS = ("README.md", "models/README.md", "docs/experiments.md")  # the texts that hold such tables
HEADLINE = ("accuracy", "macro_f1", "uar", "ece")
HEADINGS = ("accuracy %", "macro-F1 %", "UAR %", "ECE %")
EMPTY = "–"
HEARD_S = 45  # of the times of evaluate_own_voice the one for the headline; talk as it comes is first
_BLOCK = re.compile(r"(<!-- (?P<name>[\w-]+):begin -->\n).*?(<!-- (?P=name):end -->)", re.DOTALL)

Measured = dict[str, dict]  # name of a measurement -> its figures, as measurements.read_metrics gives them


def table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """Markdown lines: the column names, a rule, and one line for each row."""
    columns = list(columns)
    lines = [columns, ["---"] * len(columns), *([str(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def percent(share: float | None) -> str:
    """A share of 0…1 as a percentage with one decimal."""
    return EMPTY if share is None else f"{100 * share:.1f}"


def four(figures: dict) -> list[str]:
    """Accuracy, macro-F1, UAR and ECE in percent; a dash for what was not measured."""
    return [percent(figures.get(metric)) for metric in HEADLINE]


def mean_of(rows: list[dict], metric: str) -> float:
    """Plain mean of one metric over corpora."""
    return sum(row[metric] for row in rows) / len(rows)


def seeds(found: dict) -> str:
    """The seed, or all seeds, of a measurement."""
    return ", ".join(map(str, found["seed"])) if isinstance(found["seed"], list) else str(found["seed"])


def source(found: dict) -> list[str]:
    """What stands under a table: data, split, seed, date, command."""
    split = "" if found["split"] in found["data_set"] else f", {found['split']}"
    return ["", f"{found['data_set']}{split}.", f"Seed {seeds(found)}, {found['date']}, `{found['command']}`."]


def results_table(measured: Measured, folder: str) -> list[str]:
    """The headline figures of every served model, one row each, linked to the file that holds them.

    folder: where the files lie, as seen from the text.
    """
    rows = []

    def add(name: str, model: str, data: str, figures: dict, n: int) -> None:
        found = measured[name]
        link = f"[{model}]({folder}/{name}.json)"
        rows.append([link, data, f"{n:,}", *four(figures), seeds(found), found["date"]])

    for name, found in measured.items():
        if found["kind"] == "face" and found["split"] == "PrivateTest":  # the other splits: faces_table
            model = found["model"].removeprefix("face_")
            add(name, f"face `{model}`", f"{found['data_set']} {found['split']}", found, found["n"])

    def add_folds(name: str) -> None:
        if name in measured:
            found = measured[name]
            of = found["model"].removeprefix("voice").strip()
            add(name, f"voice `{of}`" if of else "voice", f"{found['data_set']}, five folds", found, found["n"])

    add_folds(VOICE_NAME)
    if WINDOWS_NAME in measured:
        found = measured[WINDOWS_NAME]
        every = found["speech"][-1]["voice"]
        add(WINDOWS_NAME, "voice, live", "the same, in windows of 3 s", every, every["n"])
    if CORPORA_NAME in measured:
        found = measured[CORPORA_NAME]
        corpora = found["corpora"]
        means = {metric: mean_of(corpora, metric) for metric in HEADLINE}
        data = f"{len(corpora)} corpora, each never heard"
        add(CORPORA_NAME, "voice, other corpora", data, means, sum(row["n"] for row in corpora))
    if OWN_VOICE_NAME in measured:
        of_corpora = measured[OWN_VOICE_NAME]["rows"][1:]
        heard = [next(h for h in row["heard"] if h["seconds"] == HEARD_S) for row in of_corpora]
        means = {metric: mean_of(heard, metric) for metric in ("uar", "ece")}
        n = sum(row["n"] for row in of_corpora)
        add(OWN_VOICE_NAME, "voice, heard before", f"the same, after {HEARD_S} s of talk", means, n)
    if PERSONAL_NAME in measured:
        found = measured[PERSONAL_NAME]
        last = [row["curve"][-1] for row in found["corpora"]]
        means = {"uar": found["mean_uar"][-1], "ece": mean_of(last, "ece")}
        data = f"the same, after {last[0]['clips_per_class']} clips per emotion"
        add(PERSONAL_NAME, "voice, My voice", data, means, sum(row["n"] for row in found["corpora"]))
    add_folds(OTHER_VOICE_NAME)
    if FUSION_NAME in measured:
        found = measured[FUSION_NAME]
        add(FUSION_NAME, "Hybrid", "made pairs of a face and a voice", found, found["n"])
    if STRANGERS_NAME in measured:
        found = measured[STRANGERS_NAME]
        add(
            STRANGERS_NAME,
            "Hybrid, other corpora",
            "made pairs, each corpus never heard",
            found["means"]["hybrid"],
            found["n"],
        )
    return table(["model", "data, split", "n", *HEADINGS, "seed", "date"], rows)


def models_table(cards: list[dict]) -> list[str]:
    """The served networks, as their cards describe them."""
    return table(
        ["file", "network", "input", "parameters", "MB", "weights"],
        [
            [
                f"`{card['name']}.tflite`",
                card["network"],
                f"grey, {card['input_size']} px" if card["kind"] == "face" else card["input"].partition(",")[0],
                f"{card['parameters']:,}",
                f"{card['bytes'] / 1e6:.1f}",
                "int8" if card["precision"] == "dynamic" else card["precision"],
            ]
            for card in cards
        ],
    )


def faces_table(measured: Measured) -> list[str]:
    """Each face model and split: one view, ten views, FER+ label, and faces with a near-copy in Training."""
    rows = []
    for found in measured.values():
        if found["kind"] != "face":
            continue
        low, high = found["interval_95"]
        copies = found["near_copies"] or {}
        rows.append(
            [
                found["model"],
                found["split"],
                f"{percent(found['accuracy'])} ({percent(low)} to {percent(high)})",
                percent((found["ten_views"] or {}).get("accuracy")),
                percent((found["ferplus"] or {}).get("accuracy")),
                copies.get("n", EMPTY),
                *(
                    percent(copies.get(key))
                    for key in ("labelled_alike", "accuracy", "accuracy_of_others", "accuracy_if_known")
                ),
            ]
        )
    columns = ["model", "split", "accuracy % (95 % interval)", "ten views %", "FER+ majority %", "faces with a copy"]
    columns += ["labelled alike %", "accuracy on them %", "on the others %", "if the copies were known %"]
    under = ["", "FER-2013."]
    for model in dict.fromkeys(row[0] for row in rows):
        found = next(f for f in measured.values() if f["model"] == model)
        under.append(f"{model}: seed {seeds(found)}, {found['date']}, `{found['command']}`.")
    return table(columns, rows) + under


def portraits_table(measured: Measured) -> list[str]:
    """Each face model on faces from elsewhere: all pictures, then the share of each word that is found."""
    found = [f for f in measured.values() if f["kind"] == "portraits"]
    rows = []
    for f in found:
        low, high = f["interval_95"]
        recalls = ", ".join(f"{row['label']} {percent(row['recall'])}" for row in f["per_class"])
        groups = ", ".join(f"{g['gender']} {percent(g['accuracy'])}" for g in f["by_gender"])
        accuracy = f"{percent(f['accuracy'])} ({percent(low)} to {percent(high)})"
        figures = [accuracy, *four(f)[1:]]
        rows.append([f["model"], f["split"], f["n"], f["people"], *figures, recalls, groups or EMPTY])
    columns = ["model", "set", "n", "people", "accuracy % (95 % interval)", *HEADINGS[1:], "recall %", "accuracy of %"]
    return table(columns, rows) + ["", *(f"{f['model']}, {f['split']}: {f['date']}, `{f['command']}`." for f in found)]


def voices_table(measured: Measured) -> list[str]:
    """The voice on RAVDESS: every fold, women and men, intensity, seven classes, and one network alone."""
    found = measured[VOICE_NAME]
    low, high = found["interval_95"]
    rows = [[f"all (accuracy, 95 %: {percent(low)} to {percent(high)})", found["n"], *four(found)]]
    rows += [[f"fold {f['fold']}, actors {', '.join(map(str, f['actors']))}", f["n"], *four(f)] for f in found["folds"]]
    rows += [[f"actors: {g['gender']}", g["n"], *four(g)] for g in found["by_gender"]]
    rows += [[f"intensity: {g['intensity']}", g["n"], *four(g)] for g in found["by_intensity"]]
    rows.append(["seven classes, calm counts as neutral", found["seven_classes"]["n"], *four(found["seven_classes"])])
    alone = found["single"]["over_seeds"]
    spread = [f"{percent(alone[m]['mean'])} ± {percent(alone[m]['std'])}" for m in HEADLINE]
    rows.append(["one network alone, mean ± spread over seeds", found["n"], *spread])
    return table(["clips", "n", *HEADINGS], rows) + source(found)


def windows_table(measured: Measured) -> list[str]:
    """Windows as Live hears them, by the seconds of speech in them; then pairs with a face, seven classes."""
    rows = []
    found = measured[WINDOWS_NAME]
    for row in found["speech"]:
        pairs = [percent(row["pairs"][m]["accuracy"]) for m in ("face", "voice", "hybrid")]
        rows.append([f"{row['above_s']:g} to {row['up_to_s']:g}", row["voice"]["n"], *four(row["voice"]), *pairs])
    columns = ["seconds of speech", "windows", *(f"voice: {h}" for h in HEADINGS)]
    return table([*columns, "pairs: face %", "voice %", "Hybrid %"], rows) + source(found)


def hybrid_table(measured: Measured) -> list[str]:
    """Face, voice, their average and Hybrid on made pairs: RAVDESS's folds, and corpora never heard."""
    folds, strangers = measured[FUSION_NAME], measured[STRANGERS_NAME]
    cells = lambda methods: [f"{percent(f['accuracy'])} / {percent(f['ece'])}" for f in methods.values()]  # noqa: E731
    rows = [["RAVDESS, its five folds", folds["n"], *cells(folds["methods"])]]
    rows += [[f"{r['corpus']}, never heard", r["n"], *cells(r["methods"])] for r in strangers["corpora"]]
    rows.append(["mean of those never heard", EMPTY, *cells(strangers["means"])])
    columns = ["voices (accuracy % / ECE %)", "n", "face", "voice", "average", "Hybrid"]
    return table(columns, rows) + source(folds) + source(strangers)


def unsure_table(measured: Measured) -> list[str]:
    """From which probability a word is named, how often that is, and how often it is wrong then."""
    folds, strangers = measured[FUSION_NAME], measured[STRANGERS_NAME]
    rows = []
    for method in ("face", "voice", "hybrid"):
        known, new = folds["methods"][method]["sure"], strangers["means"][method]["sure"]
        cells = [percent(s[key]) for s in (known, new) for key in ("coverage", "wrong")]
        rows.append([method, percent(known["above"]), *cells])
    columns = [
        "answer",
        "named from %",
        "RAVDESS: named %",
        "wrong of those %",
        "never heard: named %",
        "wrong of those %",
    ]
    return table(columns, rows) + source(folds) + source(strangers)


def made_worse_table(measured: Measured) -> list[str]:
    """Points that Hybrid gains over the better of face and voice, where both get worse."""
    return _gains(measured[GRID_NAME], "never_heard") + source(measured[GRID_NAME])


def made_worse_folds_table(measured: Measured) -> list[str]:
    """The same with voices of a corpus that the network knows."""
    return _gains(measured[GRID_NAME], "folds") + source(measured[GRID_NAME])


def _gains(found: dict, name: str) -> list[str]:
    cells = found[name]["cells"]
    faces, voices = (list(dict.fromkeys(c[f"{m}_change"] for c in cells)) for m in ("face", "voice"))
    gains = {(c["face_change"], c["voice_change"]): f"{100 * c['gain']:+.1f}" for c in cells}
    rows = [[f, *(gains.get((f, v), EMPTY) for v in voices)] for f in faces]
    return table(["face, voice", *voices], rows)


def films_table(measured: Measured) -> list[str]:
    """Real films: how often face, voice and Together are right."""
    found = measured[FILMS_NAME]
    rows = [
        [
            row["film"],
            row["label"],
            "adapted" if row["adapted"] else "as it is",
            *(f"{percent(row[m]['right'])} / {percent(row[m]['named'])}" for m in JUDGED_BY),
        ]
        for row in found["rows"]
    ]
    return table(["film", "shown", "judged", *(f"{m}: right / named %" for m in JUDGED_BY)], rows) + source(found)


def corpora_table(measured: Measured) -> list[str]:
    """Each corpus, judged by a network that was trained without it."""
    found = measured[CORPORA_NAME]
    rows = [
        [
            row["corpus"],
            found["languages"][row["corpus"]],
            row["speakers"],
            row["n"],
            *four(row),
            len(row["own_classes"]["classes"]),
            percent(row["own_classes"]["uar"]),
            f"{found['minutes'][row['corpus']]:.0f}",
        ]
        for row in found["corpora"]
    ]
    columns = ["corpus", "language", "speakers", "n", *HEADINGS, "own classes", "UAR over those %", "trained, min"]
    return table(columns, rows) + source(found)


def personal_table(measured: Measured) -> list[str]:
    """UAR and ECE after some clips of the speaker, for each corpus, their mean, and RAVDESS's folds."""
    found = measured[PERSONAL_NAME]
    most = len(found["mean_uar"])
    rows = []
    for name, row in [*((r["corpus"], r) for r in found["corpora"]), ("five folds, 8 classes", found["folds"])]:
        curve = row["curve"]
        cells = [f"{percent(p['uar']['mean'])} / {percent(p['ece'])}" for p in curve]
        cells += [EMPTY] * (most - len(cells))
        compared = f"{curve[-1]['speakers_better']} / {curve[-1]['speakers_worse']}"
        rows.append([name, row["speakers"], row["n"], *cells, compared])
    means = [
        f"{percent(uar)} / {percent(sum(r['curve'][k]['ece'] for r in found['corpora']) / len(found['corpora']))}"
        for k, uar in enumerate(found["mean_uar"])
    ]
    rows.insert(len(found["corpora"]), ["mean of the corpora", EMPTY, EMPTY, *means, EMPTY])
    clips = [f"{k} clip{'' if k == 1 else 's'}" for k in range(most)]
    return table(["UAR % / ECE %", "speakers", "n", *clips, "speakers better / worse"], rows) + source(found)


def channels_table(measured: Measured) -> list[str]:
    """What each channel costs the voice."""
    rows = [
        [r["channel"], percent(r["uar"]), percent(r["uar_lost"]), percent(r["same_label"])]
        for r in measured[CHANNELS_NAME]["channels"]
    ]
    columns = ["channel", "UAR %", "points lost", "same label as clean %"]
    return table(columns, rows) + source(measured[CHANNELS_NAME])


def no_voice_table(measured: Measured) -> list[str]:
    """How often sound in which nobody speaks was given an emotion."""
    rows = [
        [r["sound"], r["recordings"], r["readings"], round(r["judged"] * r["readings"])]
        for r in measured[CHANNELS_NAME]["no_voice"]
    ]
    total = ["all", *(sum(row[i] for row in rows) for i in (1, 2, 3))]
    found = measured[CHANNELS_NAME]
    under = ["", f"ESC-10 and made sounds. {found['date']}, `{found['command']}`."]
    return table(["sound", "recordings", "readings", "given an emotion"], [*rows, total]) + under


def browser_table(measured: Measured) -> list[str]:
    """The voice through a browser's own sound processing."""
    rows = []
    for row in measured[BROWSER_NAME]["settings"]:
        low, high = row["interval_95"]
        interval = f"{percent(row['accuracy'])} ({percent(low)} to {percent(high)})"
        rows.append([row["sound"], row["setting"], row["n"], percent(row["uar"]), interval])
    columns = ["sound", "browser setting", "n", "UAR %", "accuracy % (95 % interval)"]
    return table(columns, rows) + source(measured[BROWSER_NAME])


WAYS = {"as_it_is": "as it is", "learned": "learned", "asked": "asked"}  # how a person's neutral came to be known


def own_neutral_table(measured: Measured) -> list[str]:
    """The face model before and after it knows what is neutral for a person: pictures, then films."""
    found = measured[PERSON_NAME]
    rows = [
        [r["set"], r["seen"], r["n"], r["people"]]
        + [percent(r[way][part]) if way in r else EMPTY for part in ("neutral", "other") for way in WAYS]
        for r in found["rows"]
    ]
    columns = [
        "set",
        "seen",
        "n",
        "people",
        *(f"{part}: {w} %" for part in ("neutral", "other") for w in WAYS.values()),
    ]
    films = [
        [f["expected"], *(f"{f[way]['label']} (other than neutral: {f[way]['strongest_other']})" for way in WAYS)]
        for f in found["films"]
    ]
    return [
        *table(columns, rows),
        *(["", *table(["film", *WAYS.values()], films)] if films else []),
        "",
        f"{found['model']}, {found['data_set']}.",
        f"{found['date']}, `{found['command']}`.",
    ]


def own_voice_table(measured: Measured) -> list[str]:
    """The voice model before and after it has heard a speaker: a row per set and talk, then Hybrid."""
    found = measured[OWN_VOICE_NAME]
    lengths = list(dict.fromkeys(h["seconds"] for h in found["rows"][0]["heard"]))
    rows = []
    for row in found["rows"]:
        for talk in dict.fromkeys(h["talk"] for h in row["heard"]):
            heard = [h for h in row["heard"] if h["talk"] == talk]
            both = [percent(of["ece"]) for of in (row["as_it_is"], heard[-1])]
            uar = [percent(of["uar"]) for of in (row["as_it_is"], *heard)]
            rows.append([row["set"], row["speakers"], row["n"], talk, *uar, *both])
    columns = ["set", "speakers", "n", "talk", "as it is", *(f"after {s} s" for s in lengths)]
    hybrid = [[way["talk"], percent(way["accuracy"]), percent(way["ece"])] for way in found["hybrid"]]
    return [
        *table([*columns, "ECE %, as it is", f"ECE %, after {lengths[-1]} s"], rows),
        "",
        *table(["Hybrid, talk", "accuracy %", "ECE %"], hybrid),
        *source(found),
    ]


def more_words_table(measured: Measured) -> list[str]:
    """The words that can be chosen beside the seven."""
    rows = [
        [
            row.word,
            row.by,
            row.examples,
            percent(row.recall) + ("" if interval is None else f" ({percent(interval[0])} to {percent(interval[1])})"),
            percent(row.precision),
            percent(row.auc),
            "yes" if row.is_experimental else "no",
        ]
        for row in chosen_words(measured)
        for interval in [row.recall_interval_95]
    ]
    columns = ["word", "told by", "examples", "found % (95 % interval)", "right when named %", "AUC %", "experimental"]
    sources = [f for f in measured.values() if f["kind"] in ("contempt", "calm")]
    lines = [f"{f['data_set']}, {f['split']}: {f['date']}, `{f['command']}`." for f in sources]
    return table(columns, rows) + ["", *lines]


def anchors_table(measured: Measured) -> list[str]:
    """What others reached; nothing of it depends on our measurements."""
    rows = []
    for a in ANCHORS:
        spread = "" if a.spread is None else f" ± {a.spread:g}"
        rows.append([a.task, a.system, a.metric, f"{a.percent:g}{spread}", a.origin, a.source])
    return table(["task", "system", "metric", "%", "origin", "source"], rows)


TABLES: dict[str, Callable[[Measured], list[str]]] = {
    "faces": faces_table,
    "portraits": portraits_table,
    "own-neutral": own_neutral_table,
    "own-voice": own_voice_table,
    "voices": voices_table,
    "windows": windows_table,
    "corpora": corpora_table,
    "hybrid": hybrid_table,
    "unsure": unsure_table,
    "made-worse": made_worse_table,
    "made-worse-folds": made_worse_folds_table,
    "films": films_table,
    "personal": personal_table,
    "channels": channels_table,
    "no-voice": no_voice_table,
    "browser": browser_table,
    "more-words": more_words_table,
    "anchors": anchors_table,
}


def with_tables(text: str, measured: Measured, cards: list[dict], *, folder: str) -> str:
    """The same text with every table between its two comments written anew.

    cards: of the served networks, in the order of the table `models`. folder: where models/metrics is, as seen from the
    text. Raises ValueError where a comment names a table that is not known.
    """

    def fresh(block: re.Match) -> str:
        name = block["name"]
        if name == "results":
            lines = results_table(measured, folder)
        elif name == "models":
            lines = models_table(cards)
        elif name in TABLES:
            lines = TABLES[name](measured)
        else:
            known = ", ".join(("results", "models", *TABLES))
            raise ValueError(f"no table is called {name!r}; known tables: {known}")
        return block[1] + "\n".join(lines) + "\n" + block[3]

    return _BLOCK.sub(fresh, text)
