//! Reading, checking and validating forms.
