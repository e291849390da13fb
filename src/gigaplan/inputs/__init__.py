"""Programme and atlas meet here: one labelled Dataset in model units, declared and checked."""
