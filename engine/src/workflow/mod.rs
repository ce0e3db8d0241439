//! Workflows: statecharts, steps, timers and the business calendar.
