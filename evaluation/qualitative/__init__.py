"""The qualitative register: exercises held, and coded excerpts of what people said."""
