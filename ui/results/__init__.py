"""The parts of the Results page, one file per topic. `f` is always the figures of one measurement, as in its file."""
