//! Parties on their way: asked, answering, asked anew.
