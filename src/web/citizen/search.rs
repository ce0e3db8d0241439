//! Finding a service in the citizen's own words.

use engine::definitions::Service;
use engine::text::Language;

/// Words shorter than this must match from the beginning of a word.
const LONG: usize = 4;

/// How well a service fits a search; 0 when one of the words is nowhere.
pub(super) fn rank(service: &Service, query: &str, language: Language) -> u32 {
    let wanted = words(query);
    let form = &service.form;
    let empty = Vec::new();
    let keywords = form.service.keywords.get(&language).unwrap_or(&empty);
    let other: Vec<&String> = form.service.keywords.values().flatten().collect();
    let fields = [
        (8, words(form.title.get(language))),
        (
            6,
            keywords.iter().flat_map(|keyword| words(keyword)).collect(),
        ),
        (
            3,
            other
                .iter()
                .flat_map(|keyword| words(keyword))
                .chain(words(&form.title.de))
                .collect(),
        ),
        (2, words(form.summary.get(language))),
    ];
    let mut rank = 0;
    for word in &wanted {
        let best = fields
            .iter()
            .filter(|(_, known)| known.iter().any(|known| fits(word, known)))
            .map(|(weight, _)| *weight);
        let Some(best) = best.max() else { return 0 };
        rank += best;
    }
    rank
}

/// Whether a wanted word and a known one mean the same thing closely enough:
/// one begins the other, or stands inside a compound.
fn fits(wanted: &str, known: &str) -> bool {
    if known.starts_with(wanted) {
        return true;
    }
    let (wanted_len, known_len) = (wanted.chars().count(), known.chars().count());
    (wanted_len >= LONG && known.contains(wanted)) || (known_len >= LONG && wanted.contains(known))
}

/// Words in small letters with umlauts written out, so that `Buero` finds `Büro`.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('ä', "ae")
        .replace('ö', "oe")
        .replace('ü', "ue")
        .replace('ß', "ss")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_umlauts_and_inside_compounds() {
        assert_eq!(
            words("Gewerbe-Anmeldung für Büros"),
            ["gewerbe", "anmeldung", "fuer", "bueros"]
        );
        assert!(fits("gewer", "gewerbe"));
        assert!(fits("anmeldung", "gewerbeanmeldung"));
        assert!(fits("hundesteuer", "hund"));
        assert!(!fits("an", "wanderkarte"));
        assert!(!fits("hund", "hand"));
    }
}
