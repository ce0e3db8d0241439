//! Small machines with one mistake each.
