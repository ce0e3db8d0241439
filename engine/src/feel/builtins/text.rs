//! Texts: parts, search, regular expressions, joining.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};

use super::super::{Value, operators};
use super::{Builtin, Call, Returns, boolean, integer};

/// Longest text a function may build, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// Largest compiled regular expression, in bytes.
const MAX_PATTERN: usize = 1 << 18;

pub(super) const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "string",
        signatures: &["from: any"],
        returns: Returns::Text,
        run: string,
    },
    Builtin {
        name: "substring",
        signatures: &["string: text, start position: number, length?: number"],
        returns: Returns::Text,
        run: substring,
    },
    Builtin {
        name: "string length",
        signatures: &["string: text"],
        returns: Returns::Number,
        run: |call| integer(call.text(0)?.chars().count() as u64),
    },
    Builtin {
        name: "upper case",
        signatures: &["string: text"],
        returns: Returns::Text,
        run: |call| Some(Value::text(call.text(0)?.to_uppercase())),
    },
    Builtin {
        name: "lower case",
        signatures: &["string: text"],
        returns: Returns::Text,
        run: |call| Some(Value::text(call.text(0)?.to_lowercase())),
    },
    Builtin {
        name: "trim",
        signatures: &["string: text"],
        returns: Returns::Text,
        run: |call| Some(Value::text(call.text(0)?.trim())),
    },
    Builtin {
        name: "substring before",
        signatures: &["string: text, match: text"],
        returns: Returns::Text,
        run: |call| {
            let (text, wanted) = (call.text(0)?, call.text(1)?);
            Some(Value::text(
                text.split_once(wanted).map_or("", |(before, _)| before),
            ))
        },
    },
    Builtin {
        name: "substring after",
        signatures: &["string: text, match: text"],
        returns: Returns::Text,
        run: |call| {
            let (text, wanted) = (call.text(0)?, call.text(1)?);
            Some(Value::text(
                text.split_once(wanted).map_or("", |(_, after)| after),
            ))
        },
    },
    Builtin {
        name: "contains",
        signatures: &["string: text, match: text"],
        returns: Returns::Boolean,
        run: |call| boolean(call.text(0)?.contains(call.text(1)?)),
    },
    Builtin {
        name: "starts with",
        signatures: &["string: text, match: text"],
        returns: Returns::Boolean,
        run: |call| boolean(call.text(0)?.starts_with(call.text(1)?)),
    },
    Builtin {
        name: "ends with",
        signatures: &["string: text, match: text"],
        returns: Returns::Boolean,
        run: |call| boolean(call.text(0)?.ends_with(call.text(1)?)),
    },
    Builtin {
        name: "matches",
        signatures: &["input: text, pattern: text, flags?: text"],
        returns: Returns::Boolean,
        run: matches,
    },
    Builtin {
        name: "replace",
        signatures: &["input: text, pattern: text, replacement: text, flags?: text"],
        returns: Returns::Text,
        run: replace,
    },
    Builtin {
        name: "split",
        signatures: &["string: text, delimiter: text"],
        returns: Returns::Texts,
        run: split,
    },
    Builtin {
        name: "string join",
        signatures: &["list: list|text, delimiter?: text"],
        returns: Returns::Text,
        run: join,
    },
];

fn string(call: &mut Call<'_, '_>) -> Option<Value> {
    let text = operators::to_text(call.arg(0))?;
    call.charge(text.len() / 64).then(|| Value::text(text))
}

fn substring(call: &mut Call<'_, '_>) -> Option<Value> {
    let characters: Vec<char> = call.text(0)?.chars().collect();
    let count = i64::try_from(characters.len()).ok()?;
    let start = call.whole(1)?;
    if start == 0 || start.checked_abs()? > count {
        return None;
    }
    let first = if start > 0 { start - 1 } else { count + start };
    let length = match call.args.len() {
        0..=2 => count - first,
        _ if !call.given(2) => count - first,
        _ => call.whole(2)?,
    };
    if length < 1 {
        return None;
    }
    let end = first.saturating_add(length).min(count);
    let range = usize::try_from(first).ok()?..usize::try_from(end).ok()?;
    Some(Value::text(
        characters.get(range)?.iter().collect::<String>(),
    ))
}

/// A regular expression of the standard's XPath kind, matched in linear time.
/// Nothing for a pattern or flags that are not understood.
pub(in super::super) fn pattern(pattern: &str, flags: &str) -> Option<Regex> {
    let mut builder = if flags.contains('q') {
        RegexBuilder::new(&regex::escape(pattern))
    } else {
        RegexBuilder::new(&in_rust(pattern))
    };
    builder.size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN);
    for flag in flags.chars() {
        match flag {
            's' => builder.dot_matches_new_line(true),
            'm' => builder.multi_line(true),
            'i' => builder.case_insensitive(true),
            'x' => builder.ignore_whitespace(true),
            'q' => &mut builder,
            _ => return None,
        };
    }
    builder.build().ok()
}

/// XPath's spelling of class subtraction, `[a-z-[aeiou]]`, in that of the library.
fn in_rust(pattern: &str) -> Cow<'_, str> {
    if pattern.contains("-[") {
        Cow::Owned(pattern.replace("-[", "--["))
    } else {
        Cow::Borrowed(pattern)
    }
}

/// The pattern of a call: compiled beforehand, or now.
fn pattern_of<'a>(
    call: &'a mut Call<'_, '_>,
    pattern_at: usize,
    flags_at: usize,
) -> Option<Cow<'a, Regex>> {
    let flags = match call.arg(flags_at) {
        Value::Null => String::new(),
        Value::Text(flags) => flags.to_string(),
        _ => return None,
    };
    // Compiling costs about as much as hundreds of steps.
    if call.pattern.is_none() && !call.charge(500) {
        return None;
    }
    match call.pattern {
        Some(pattern) => Some(Cow::Borrowed(pattern)),
        None => pattern(call.text(pattern_at)?, &flags).map(Cow::Owned),
    }
}

fn matches(call: &mut Call<'_, '_>) -> Option<Value> {
    let text = call.text(0)?.to_owned();
    boolean(pattern_of(call, 1, 2)?.is_match(&text))
}

fn replace(call: &mut Call<'_, '_>) -> Option<Value> {
    let text = call.text(0)?.to_owned();
    let replacement = replacement_in_rust(call.text(2)?)?;
    let pattern = pattern_of(call, 1, 3)?.into_owned();
    if text
        .len()
        .saturating_add(1)
        .saturating_mul(replacement.len() + 1)
        > MAX_TEXT
    {
        return None;
    }
    let result = pattern
        .replace_all(&text, replacement.as_str())
        .into_owned();
    call.charge(result.len() / 64).then(|| Value::text(result))
}

/// `$1` and `\$` of XPath in the library's spelling; nothing for other escapes.
fn replacement_in_rust(replacement: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = replacement.chars().peekable();
    while let Some(next) = chars.next() {
        match next {
            '\\' => match chars.next()? {
                '$' => out.push_str("$$"),
                '\\' => out.push('\\'),
                _ => return None,
            },
            '$' => {
                let mut group = String::new();
                while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                    group.push(digit);
                }
                if group.is_empty() {
                    return None;
                }
                out.push_str(&format!("${{{group}}}"));
            }
            other => out.push(other),
        }
    }
    Some(out)
}

fn split(call: &mut Call<'_, '_>) -> Option<Value> {
    let text = call.text(0)?.to_owned();
    let parts: Vec<Value> = pattern_of(call, 1, usize::MAX)?
        .split(&text)
        .map(Value::text)
        .collect();
    call.charge(parts.len()).then(|| Value::list(parts))
}

/// Null items are left out, as the standard has it.
fn join(call: &mut Call<'_, '_>) -> Option<Value> {
    let delimiter = match call.arg(1) {
        Value::Null => "",
        Value::Text(text) => text,
        _ => return None,
    };
    let mut parts: Vec<&str> = Vec::new();
    for item in call.list(0)? {
        match item {
            Value::Null => {}
            Value::Text(text) => parts.push(text),
            _ => return None,
        }
    }
    let length: usize = parts.iter().map(|part| part.len() + delimiter.len()).sum();
    if length > MAX_TEXT {
        return None;
    }
    let joined = parts.join(delimiter);
    call.charge(length / 64).then(|| Value::text(joined))
}
