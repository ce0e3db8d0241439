//! The words a case is found by in the clerks' list.
//!
//! A clerk types the beginning of a name or of a case number: `müll`, `Mueller
//! eri`, `7k3f9`. Words are stored and looked up in one spelling: small
//! letters, ä as ae, no accents. Each typed word must begin one of the case.

use engine::case::Case;
use sqlx::QueryBuilder;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::StoreError;
use crate::sql::{Tx, on};

/// Longer words are cut, more words ignored: enough for any name, and a
/// bound for what a request may cost.
const LONGEST: usize = 40;
const MOST_STORED: usize = 16;
const MOST_TYPED: usize = 4;

/// Writes the words of a new case.
pub(crate) async fn index(tx: &mut Tx, tenant: &str, case: &Case) -> Result<(), StoreError> {
    let words = words_of(&case.applicant_name, &case.reference);
    on!(tx, conn => {
        let mut query = QueryBuilder::new("INSERT INTO case_word (tenant_id, word, case_id) ");
        query.push_values(words, |mut row, word| {
            row.push_bind(tenant.to_owned()).push_bind(word).push_bind(case.id);
        });
        query.build().execute(conn).await?;
    });
    Ok(())
}

/// All words of a case, each once.
fn words_of(name: &str, reference: &str) -> Vec<String> {
    let mut words = vec![plain(reference).collect::<String>()];
    // The random groups of the number are what people remember of it.
    words.extend(
        reference
            .split('-')
            .skip(2)
            .map(|group| plain(group).collect()),
    );
    words.extend(split(name));
    words.retain(|word| !word.is_empty());
    words.iter_mut().for_each(cut);
    words.sort();
    words.dedup();
    words.truncate(MOST_STORED);
    words
}

/// The beginnings to look for.
pub(crate) fn typed_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for piece in text.split_whitespace() {
        // A case number typed with its hyphens is one word; a double name is two.
        if piece.contains('-') && piece.contains(|c: char| c.is_ascii_digit()) {
            words.push(plain(piece).collect());
        } else {
            words.extend(split(piece));
        }
    }
    words.retain(|word: &String| !word.is_empty());
    words.iter_mut().for_each(cut);
    words.truncate(MOST_TYPED);
    words
}

/// The end of the range of words that begin with `word`.
pub(crate) fn after(word: &str) -> String {
    format!("{word}{}", char::MAX)
}

fn split(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .map(|word| plain(word).collect())
        .collect()
}

/// Letters and digits in the one spelling of the index.
fn plain(word: &str) -> impl Iterator<Item = char> {
    word.nfc()
        .flat_map(char::to_lowercase)
        .flat_map(|c| match c {
            'ä' => ['a', 'e'],
            'ö' => ['o', 'e'],
            'ü' => ['u', 'e'],
            'ß' => ['s', 's'],
            other => [other, '\0'],
        })
        .nfd()
        .filter(|c| c.is_alphanumeric())
}

fn cut(word: &mut String) {
    if let Some((at, _)) = word.char_indices().nth(LONGEST) {
        word.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_spelling() {
        let words = words_of("José Müller-Weiß", "MS-2026-7K3F9-QXMA4");
        assert_eq!(
            words,
            [
                "7k3f9",
                "jose",
                "ms20267k3f9qxma4",
                "mueller",
                "qxma4",
                "weiss"
            ]
        );
        assert_eq!(typed_words("Mu\u{308}ller jos"), ["mueller", "jos"]);
        assert_eq!(typed_words("ms-2026-7k3f"), ["ms20267k3f"]);
        assert_eq!(typed_words("Müller-Weiß"), ["mueller", "weiss"]);
        assert!(typed_words(" - , ").is_empty());
    }

    #[test]
    fn a_range_holds_all_words_of_a_beginning() {
        assert!(("mueller".."\u{0}").is_empty());
        let end = after("muel");
        assert!("mueller" < end.as_str() && "muel" < end.as_str() && "mum" > end.as_str());
    }
}
