//! The one place the command line writes to its terminal.
//!
//! `schalter check | head` closes the pipe while there is more to say: what is
//! left is not said, and the command ends with the exit code it has anyway. Any
//! other trouble, such as a full disk behind `>`, is told once and makes the
//! command fail, since what was asked for is not there.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use super::EXIT_FAILED;

/// Set once standard output takes nothing any more.
static CLOSED: AtomicBool = AtomicBool::new(false);
/// Set once something could not be written for another reason than a closed pipe.
static LOST: AtomicBool = AtomicBool::new(false);

/// Writes to standard output.
pub(crate) fn answer(text: fmt::Arguments<'_>) {
    if CLOSED.load(Ordering::Relaxed) {
        return;
    }
    let mut stdout = io::stdout().lock();
    let Err(error) = stdout.write_fmt(text).and_then(|()| stdout.flush()) else {
        return;
    };
    CLOSED.store(true, Ordering::Relaxed);
    if error.kind() != ErrorKind::BrokenPipe {
        LOST.store(true, Ordering::Relaxed);
        tell(format_args!("schalter: cannot write the answer: {error}\n"));
    }
}

/// Writes to standard error; where nobody reads that, there is nobody to tell.
pub(crate) fn tell(text: fmt::Arguments<'_>) {
    let _unread = io::stderr().lock().write_fmt(text);
}

/// A number of things in words: `1 error`, `2 errors`.
pub(super) fn counted(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// The exit code of a command after what became of its answer.
pub(super) fn ended(code: ExitCode) -> ExitCode {
    if LOST.load(Ordering::Relaxed) {
        return ExitCode::from(EXIT_FAILED);
    }
    code
}

/// `print!` that a closed pipe does not stop with a panic.
macro_rules! out {
    ($($text:tt)*) => { $crate::cli::out::answer(format_args!($($text)*)) };
}

/// `println!` that a closed pipe does not stop with a panic.
macro_rules! outln {
    () => { $crate::cli::out::answer(format_args!("\n")) };
    ($($text:tt)*) => { $crate::cli::out::answer(format_args!("{}\n", format_args!($($text)*))) };
}

/// `eprint!` that a closed pipe does not stop with a panic.
macro_rules! err {
    ($($text:tt)*) => { $crate::cli::out::tell(format_args!($($text)*)) };
}

/// `eprintln!` that a closed pipe does not stop with a panic.
macro_rules! errln {
    ($($text:tt)*) => { $crate::cli::out::tell(format_args!("{}\n", format_args!($($text)*))) };
}

pub(crate) use outln;
