//! What is found out about definitions by running them, beyond reading them.

pub mod scenario;
