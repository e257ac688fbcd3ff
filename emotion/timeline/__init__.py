"""A file or a recorded session as a timeline: rows, figures, files for others, the store of sessions."""
