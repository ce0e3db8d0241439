//! QR codes as rectangles of modules.

use qrcode::{Color, EcLevel, QrCode};

/// A code of `width` by `width` modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// Modules a side, without the quiet zone.
    pub(crate) width: u16,
    /// Dark stretches: column, row from the top, length.
    pub(crate) dark: Vec<[u16; 3]>,
}

/// The code of `content` with 15 % error correction; `None` when no code holds that much.
pub(super) fn code(content: &str) -> Option<Code> {
    let code = QrCode::with_error_correction_level(content, EcLevel::M).ok()?;
    let width = code.width();
    let mut dark = Vec::new();
    for (row, modules) in code.to_colors().chunks(width).enumerate() {
        let mut column = 0;
        for stretch in modules.chunk_by(|a, b| a == b) {
            if stretch[0] == Color::Dark {
                dark.push([small(column), small(row), small(stretch.len())]);
            }
            column += stretch.len();
        }
    }
    Some(Code {
        width: small(width),
        dark,
    })
}

/// No code is wider than 177 modules.
fn small(value: usize) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_with_a_finder_pattern() {
        let code = code("https://example.org/v/1").unwrap();
        assert_eq!(code.dark[0], [0, 0, 7]);
        assert!(
            code.dark
                .iter()
                .all(|[column, row, length]| column + length <= code.width && *row < code.width)
        );
    }

    #[test]
    fn refuses_what_no_code_holds() {
        assert!(code(&"x".repeat(4000)).is_none());
    }
}
