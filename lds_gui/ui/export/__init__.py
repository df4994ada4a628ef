"""Everything that can leave the window: pictures, animations, figures, matrices, reports."""
