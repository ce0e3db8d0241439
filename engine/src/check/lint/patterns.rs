//! Patterns need an example people can copy, and the example must fit.

use regex::Regex;

use super::warn;
use crate::source::{Node, Report};

/// Longest example, in words.
const WORDS: usize = 4;
/// Most words of a text looked at.
const TEXT: usize = 80;

pub(super) fn check(field: &Node, report: &mut Report) {
    let (Some(pattern), Some(message)) = (field.get("pattern"), field.get("pattern_message"))
    else {
        return;
    };
    let Some(text) = pattern.as_text() else {
        return;
    };
    let Ok(regex) = Regex::new(&format!("^(?:{text})$")) else {
        return;
    };
    // A pattern that only keeps strange characters out needs none: every word fits it.
    if regex.is_match("Mustermann") {
        return;
    }
    for language in ["de", "en"] {
        let texts = [Some(message), field.get("help")];
        let mut words = texts
            .into_iter()
            .flatten()
            .filter_map(|text| text.get(language)?.as_text());
        let place = message.get(language);
        if let (false, Some(place)) = (words.any(|text| has_example(&regex, text)), place) {
            let message = "there is no example in this message that fits the pattern";
            let help = "add one that can be copied, such as “for example HRB 12345”";
            warn(report, "pattern-without-example", place.span, message, help);
        }
    }
}

fn has_example(regex: &Regex, text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(TEXT).collect();
    (0..words.len()).any(|start| {
        (1..=WORDS.min(words.len() - start)).any(|count| {
            let joined = words[start..start + count].join(" ");
            let bare = joined.trim_matches(|c: char| "„“”\"'‚‘’.,;:!?()".contains(c));
            regex.is_match(bare) || regex.is_match(&joined)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_found_among_words() {
        let regex = Regex::new("^(?:HR[AB] [0-9]{1,6})$").unwrap();
        assert!(has_example(&regex, "So: HRB 12345."));
        assert!(has_example(&regex, "Zum Beispiel „HRA 1“, sonst nichts"));
        assert!(!has_example(&regex, "Bitte die Nummer eingeben."));
    }
}
