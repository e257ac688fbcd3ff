"""The live path: sound ring, workers, session, recorder, practice rounds. Neither Streamlit nor TensorFlow here."""
