"""Figures, one file for each kind. Numbers go in, Plotly figures or SVG come out; no Streamlit here."""
