//! Pages of the clerks: sign-in, list of cases, case, deliveries that wait.

pub mod view;

#[cfg(test)]
mod samples;
