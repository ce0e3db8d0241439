//! Which thing of the older version is which of the newer: by name, and where
//! the name is gone, by likeness.

/// Two lists set against each other.
pub(super) struct Matched<'a, T> {
    /// In both: before and after, in the order of the newer.
    pub(super) kept: Vec<(&'a T, &'a T)>,
    /// In both, with another name.
    pub(super) renamed: Vec<(&'a T, &'a T)>,
    /// Only in the newer.
    pub(super) added: Vec<&'a T>,
    /// Only in the older.
    pub(super) removed: Vec<&'a T>,
}

/// Sets two lists against each other. What has no counterpart of the same
/// name is taken as renamed where `alike` says so.
pub(super) fn matched<'a, T>(
    before: impl IntoIterator<Item = &'a T>,
    after: impl IntoIterator<Item = &'a T>,
    name: impl Fn(&T) -> &str,
    alike: impl Fn(&T, &T) -> bool,
) -> Matched<'a, T> {
    let mut removed: Vec<&T> = before.into_iter().collect();
    let mut result = Matched {
        kept: Vec::new(),
        renamed: Vec::new(),
        added: Vec::new(),
        removed: Vec::new(),
    };
    let mut open = Vec::new();
    for new in after {
        match removed.iter().position(|old| name(old) == name(new)) {
            Some(at) => result.kept.push((removed.remove(at), new)),
            None => open.push(new),
        }
    }
    for new in open {
        match removed.iter().position(|old| alike(old, new)) {
            Some(at) => result.renamed.push((removed.remove(at), new)),
            None => result.added.push(new),
        }
    }
    result.removed = removed;
    result
}

/// Whether most words of two texts are the same.
pub(super) fn similar(one: &str, other: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (one, other) = (words(one), words(other));
    if one.is_empty() || other.is_empty() {
        return false;
    }
    let same = one.iter().filter(|word| other.contains(word)).count();
    same * 2 > one.len().max(other.len())
}
