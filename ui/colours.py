"""The colours of the pages, apart from the emotions' own, which are in emotion.labels.

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

INK, PAPER = "#1f2529", "#ffffff"  # text on light cells, and on dark ones

# in SVG: the text's own colour, made faint
FAINT_LINE = 'stroke="currentColor" stroke-opacity="0.18"'
