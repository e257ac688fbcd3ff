"""The live path: sound ring, workers, session, recorder, practice rounds. Without Streamlit and TensorFlow."""
