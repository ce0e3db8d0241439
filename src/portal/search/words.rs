//! Words as the search compares them: small letters, umlauts written out in
//! one way, endings taken off, words that say nothing left out.

use engine::text::Language;
use unicode_normalization::UnicodeNormalization as _;

/// Longest search that is read, in characters.
const LONGEST: usize = 120;
/// Most words of a search.
const MOST_WORDS: usize = 12;
/// Fewest letters an ending leaves behind.
const STEM: usize = 3;

/// Words that stand in nearly every question and name nothing.
const EMPTY: &[&str] = &[
    "aber", "alle", "als", "am", "an", "auch", "auf", "aus", "bei", "beim", "bekomme", "bekommen",
    "bin", "bitte", "braucht", "brauche", "brauchen", "da", "das", "dem", "den", "der", "des",
    "die", "dies", "diese", "dieser", "du", "ein", "eine", "einem", "einen", "einer", "eines",
    "er", "es", "fuer", "habe", "haben", "hat", "ich", "ihr", "ihre", "im", "in", "ins", "ist",
    "kann", "kein", "keine", "koennen", "man", "mein", "meine", "meinem", "meinen", "meiner",
    "mich", "mir", "mit", "moechte", "muss", "nach", "neu", "neue", "neuen", "neues", "nicht",
    "nun", "ob", "oder", "ohne", "sich", "sie", "sind", "soll", "um", "und", "uns", "unser",
    "unsere", "vom", "von", "vor", "wann", "was", "welche", "wenn", "wer", "werde", "werden",
    "wie", "will", "wir", "wird", "wo", "wohin", "zu", "zum", "zur", "ueber", "a", "about", "and",
    "are", "at", "be", "by", "can", "do", "for", "from", "get", "have", "how", "i", "is", "it",
    "me", "my", "need", "new", "not", "of", "on", "or", "our", "the", "this", "to", "want", "we",
    "what", "when", "where", "who", "with", "without", "you", "your",
];

/// The words of a text in small letters, umlauts and `ß` written out, other
/// marks taken off; so `Büro`, `BUERO` and `büro` are one word.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.nfc().flat_map(char::to_lowercase) {
        match c {
            'ä' => word.push_str("ae"),
            'ö' => word.push_str("oe"),
            'ü' => word.push_str("ue"),
            'ß' => word.push_str("ss"),
            // `§` is a word of its own to nobody, an apostrophe part of one to all.
            '\'' | '’' => {}
            c if c.is_alphanumeric() => {
                word.extend(std::iter::once(c).nfd().filter(|c| c.is_alphanumeric()));
            }
            _ if !word.is_empty() => words.push(std::mem::take(&mut word)),
            _ => {}
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The words of a search that name something; all of them where none does.
pub fn asked(query: &str) -> Vec<String> {
    let start: String = query.chars().take(LONGEST).collect();
    let mut all = words(&start);
    all.truncate(MOST_WORDS);
    let telling: Vec<String> = all.iter().filter(|word| !is_empty(word)).cloned().collect();
    if telling.is_empty() { all } else { telling }
}

/// Whether a word names nothing by itself.
pub fn is_empty(word: &str) -> bool {
    EMPTY.contains(&word)
}

/// A folded word without umlauts: `baeume` as `baume`, so that plurals and
/// words typed without the dots meet. `ue` is none in `steuer`, `bauen`, `quer`.
pub fn plain(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut letters = word.chars().peekable();
    let mut before = ' ';
    while let Some(c) = letters.next() {
        out.push(c);
        if matches!(c, 'a' | 'o' | 'u')
            && letters.peek() == Some(&'e')
            && !(c == 'u' && matches!(before, 'a' | 'e' | 'q'))
        {
            letters.next();
        }
        before = c;
    }
    out
}

/// What a word has in common with its plural, its cases and its verb.
pub fn stem(word: &str, language: Language) -> String {
    match language {
        Language::De => german(&plain(word)),
        Language::En => english(word),
    }
}

fn german(word: &str) -> String {
    const ENDINGS: [&str; 8] = ["ungen", "ung", "ern", "em", "er", "en", "es", "e"];
    for ending in ENDINGS {
        // `Rechnung` and `rechnen` meet, `Dung` stays.
        let least = if ending.starts_with("ung") { 4 } else { STEM };
        if let Some(rest) = cut(word, ending, least) {
            return rest.to_owned();
        }
    }
    match cut(word, "s", STEM) {
        Some(rest) if rest.ends_with(['b', 'd', 'f', 'g', 'h', 'k', 'l', 'm', 'n', 'r', 't']) => {
            cut(rest, "ung", 4).unwrap_or(rest).to_owned()
        }
        _ => word.to_owned(),
    }
}

fn english(word: &str) -> String {
    if let Some(rest) = cut(word, "ies", STEM) {
        return format!("{rest}y");
    }
    for (ending, least) in [("ing", 4), ("ed", 4)] {
        if let Some(rest) = cut(word, ending, least) {
            return cut(rest, "e", STEM).unwrap_or(rest).to_owned();
        }
    }
    let single = match cut(word, "s", STEM) {
        Some(rest) if !rest.ends_with(['s', 'u', 'i']) => rest,
        _ => word,
    };
    cut(single, "e", STEM).unwrap_or(single).to_owned()
}

/// The word without an ending, where at least so many letters are left.
fn cut<'w>(word: &'w str, ending: &str, least: usize) -> Option<&'w str> {
    let rest = word.strip_suffix(ending)?;
    (rest.chars().count() >= least).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_in_many_spellings() {
        for text in ["Büro", "BÜRO", "buero", "Bu\u{308}ro"] {
            assert_eq!(words(text), ["buero"], "{text}");
        }
        assert_eq!(words("Straße/Gehweg, § 24"), ["strasse", "gehweg", "24"]);
        assert_eq!(words("Café Çelik"), ["cafe", "celik"]);
        assert_eq!(words("dog's"), ["dogs"]);
    }

    #[test]
    fn what_belongs_together_has_one_stem() {
        let german = [
            ["Hund", "Hunde", "Hundes"],
            ["Baum", "Bäume", "Bäumen"],
            ["anmelden", "Anmeldung", "Anmeldungen"],
            ["Steuer", "Steuern", "Steuer"],
            ["Ausweis", "Ausweise", "Ausweisen"],
            ["Knöllchen", "Knollchen", "Knoellchen"],
            ["Haus", "Häuser", "Hauses"],
        ];
        for group in german {
            let stems = group.map(|word| stem(&words(word)[0], Language::De));
            assert!(
                stems.iter().all(|stem| *stem == stems[0]),
                "{group:?}: {stems:?}"
            );
        }
        let english = [
            ["dog", "dogs", "dog's"],
            ["licence", "licences", "licence"],
            ["register", "registered", "registering"],
            ["party", "parties", "party"],
        ];
        for group in english {
            let stems = group.map(|word| stem(&words(word)[0], Language::En));
            assert!(
                stems.iter().all(|stem| *stem == stems[0]),
                "{group:?}: {stems:?}"
            );
        }
    }

    #[test]
    fn what_does_not_belong_together_stays_apart() {
        for (one, other) in [("Hund", "Hand"), ("Steuer", "Steg"), ("Bus", "Busch")] {
            let stems = [one, other].map(|word| stem(&words(word)[0], Language::De));
            assert_ne!(stems[0], stems[1], "{one}, {other}");
        }
        assert_eq!(plain("steuer"), "steuer");
        assert_eq!(plain("quelle"), "quelle");
    }

    #[test]
    fn questions_lose_their_empty_words() {
        assert_eq!(
            asked("Wo kann ich meinen Hund anmelden?"),
            ["hund", "anmelden"]
        );
        assert_eq!(asked("wer bin ich"), ["wer", "bin", "ich"]);
        assert!(asked(&"wort ".repeat(500)).len() <= MOST_WORDS);
    }
}
