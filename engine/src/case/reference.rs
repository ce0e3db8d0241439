//! Public case numbers: not guessable in order, safe to read aloud, with a
//! check character.

/// Digits and capitals without look-alikes (no I, L, O, U), after Crockford.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Random characters of a number: 45 bits.
const RANDOM: usize = 9;

/// A case number such as `MS-2026-7K3F9-QXMA4`: the town's prefix, the year,
/// nine random characters and a check character.
pub fn reference(prefix: &str, year: i16, entropy: u64) -> String {
    let mut body = String::with_capacity(RANDOM);
    let mut rest = entropy;
    for _ in 0..RANDOM {
        body.push(char::from(ALPHABET[(rest % 32) as usize]));
        rest /= 32;
    }
    let check = check_character(&format!("{year}{body}"));
    format!("{prefix}-{year}-{}-{}{check}", &body[..5], &body[5..])
}

/// The number as it is stored, from what a person typed: capitals, look-alikes
/// mapped, blanks and hyphens as they come. `None` when the check character is wrong.
pub fn normalise(typed: &str) -> Option<String> {
    let cleaned: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    // From the end: five characters twice, the year, and what is left is the town.
    let (rest, second) = cleaned.split_at_checked(cleaned.len().checked_sub(5)?)?;
    let (rest, first) = rest.split_at_checked(rest.len().checked_sub(5)?)?;
    let (prefix, year) = rest.split_at_checked(rest.len().checked_sub(4)?)?;
    let unlike = |part: &str| part.replace('O', "0").replace(['I', 'L'], "1");
    let (first, second) = (unlike(first), unlike(second));
    let (rest, check) = second.split_at(4);
    let expected = check_character(&format!("{year}{first}{rest}"));
    check
        .starts_with(expected)
        .then(|| format!("{prefix}-{year}-{first}-{second}"))
}

/// Weighted sum modulo 31 finds every single wrong character and every swap of neighbours.
fn check_character(text: &str) -> char {
    let sum = text.bytes().enumerate().fold(0usize, |sum, (at, byte)| {
        let value = ALPHABET
            .iter()
            .position(|known| *known == byte)
            .unwrap_or(0);
        (sum + value * (at + 2)) % 31
    });
    char::from(ALPHABET[sum])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_typing() {
        let number = reference("MS", 2026, 0x1234_5678_9abc);
        assert_eq!(normalise(&number).as_deref(), Some(number.as_str()));
        assert_eq!(
            normalise(&format!(" {} ", number.to_lowercase())).as_deref(),
            Some(number.as_str())
        );
        let spoken = number.replace('-', " ");
        assert_eq!(normalise(&spoken).as_deref(), Some(number.as_str()));
        assert_eq!(normalise("MS"), None);
    }

    #[test]
    fn finds_a_wrong_character() {
        let number = reference("MS", 2026, 77);
        let wrong = number.replacen(
            &number[8..9],
            if &number[8..9] == "2" { "3" } else { "2" },
            1,
        );
        assert_ne!(wrong, number);
        assert_eq!(normalise(&wrong), None);
    }
}
