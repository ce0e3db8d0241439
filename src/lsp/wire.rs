//! Frames of the language server protocol: a header with the length, a blank
//! line, JSON. What is no frame is passed over until the next one.

use std::io::{self, BufRead, Write};

use serde_json::Value;

/// Longest message taken, in bytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// What came in.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    /// A message.
    Message(Value),
    /// Something that is no JSON, with what is wrong with it.
    Malformed(String),
}

/// The next frame; `None` at the end of the input.
///
/// # Errors
/// When the input cannot be read.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Frame>> {
    let mut length = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        // A header is short; what is longer is none.
        let taken = io::Read::take(&mut *input, 8192).read_until(b'\n', &mut line)?;
        if taken == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            match length.take() {
                Some(length) => return body(input, length).map(Some),
                None => continue,
            }
        }
        if let Some((name, value)) = text.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
}

fn body(input: &mut impl BufRead, length: usize) -> io::Result<Frame> {
    let mut limited = io::Read::take(input, length as u64);
    if length > MAX_BYTES {
        io::copy(&mut limited, &mut io::sink())?;
        return Ok(Frame::Malformed("the message is too long".to_owned()));
    }
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut limited, &mut bytes)?;
    Ok(match serde_json::from_slice(&bytes) {
        Ok(message) => Frame::Message(message),
        Err(error) => Frame::Malformed(error.to_string()),
    })
}

/// Writes a message.
///
/// # Errors
/// When the output is closed.
pub(super) fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn frames_are_read_and_rubbish_is_passed_over() {
        let mut bytes = Vec::new();
        write(&mut bytes, &json!({ "a": "ü" })).unwrap();
        bytes.extend(b"rubbish\xff\r\n\r\nContent-Length: x\r\n\r\n");
        bytes.extend(b"content-length: 3\r\nContent-Type: y\r\n\r\n{{{");
        write(&mut bytes, &json!([1])).unwrap();
        bytes.extend(b"Content-Length: 100\r\n\r\n{}");
        let mut input = bytes.as_slice();
        let mut next = || read(&mut input).unwrap();
        assert_eq!(next(), Some(Frame::Message(json!({ "a": "ü" }))));
        assert!(matches!(next(), Some(Frame::Malformed(_))));
        assert_eq!(next(), Some(Frame::Message(json!([1]))));
        assert_eq!(next(), Some(Frame::Message(json!({}))));
        assert_eq!(next(), None);
    }
}
