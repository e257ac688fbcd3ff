"""The one place of the pages' colours, apart from the emotions' own, which are in emotion.labels.

style.css has them as variables; .streamlit/config.toml repeats PAGE, TEXT and PRIMARY, and a test compares them.

Backgrounds are transparent and lines are half-transparent grey, so that everything reads on a light and a dark page.
"""

CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.25)"
LINE = "rgba(128,128,128,0.7)"
EMPTY = "rgba(128,128,128,0.1)"

BLUE, PALE_BLUE = "#2f87ab", "rgba(47,135,171,0.35)"
ORANGE, PURPLE, YELLOW, GREY, RED = "#e0762f", "#8e6bbf", "#e5a524", "#8e9aa3", "#d1242f"
MODALITY_COLOURS = {"face": ORANGE, "voice": BLUE, "together": PURPLE}
GENDERS = {"female": ("women", ORANGE), "male": ("men", BLUE)}
BLUES = ("#eaf1f4", "#b5d3e0", "#6ba9c4", "#2f7896", "#123f54")  # light to dark, opaque: the same in both themes

PAGE = {"light": "#fbfbfa", "dark": "#14181b"}  # behind everything
TEXT = {"light": "#12171a", "dark": "#e8eaeb"}
PRIMARY = "#2f6f8f"  # of buttons and what is chosen
PRIMARY = "#2f6f8f"  # of the theme: what is chosen or can be clicked
DARK_GREY = "#5d6971"  # of a dot on a line of GREY
INK, PAPER = "#1f2529", "#ffffff"  # text on light cells, and on dark ones

PAPER_LINE, PAPER_NOTE = "#dddddd", "#fdf5ef"  # in the report: below rows, behind its limits

# in SVG: the text's own colour, made faint
FAINT_LINE = 'stroke="currentColor" stroke-opacity="0.18"'


def css_variables() -> str:
    """The colours that style.css takes, as its variables."""
    chosen = f"light-dark({PRIMARY}, {TEXT['dark']})"  # PRIMARY is too dark for text on a dark page
    return f":root{{--accent:{BLUE};--chosen:{chosen};--grey:{GREY};--dark-grey:{DARK_GREY};--paper:{PAPER}}}"
