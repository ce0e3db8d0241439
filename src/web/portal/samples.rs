//! The portal's pages over the shipped definitions, looked at for what is
//! wrong with their HTML.
