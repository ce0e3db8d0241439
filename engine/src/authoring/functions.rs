//! The built-in functions for people: how they are called and what they mean.

use crate::feel::names::{FunctionInfo, functions};

/// The page that explains them; the one place where their meaning is written.
const HANDBOOK: &str = include_str!("../../../docs/handbook/rules.md");

/// A built-in function with what the handbook says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name, signatures, result.
    pub info: FunctionInfo,
    /// What it does, where its name does not say it.
    pub meaning: Option<&'static str>,
}

/// All functions, sorted by name.
pub fn all() -> Vec<Function> {
    let mut all: Vec<Function> = functions()
        .into_iter()
        .map(|info| Function {
            meaning: meaning(info.name),
            info,
        })
        .collect();
    all.sort_by_key(|function| function.info.name);
    all
}

/// The function of a name.
pub fn find(name: &str) -> Option<Function> {
    all()
        .into_iter()
        .find(|function| function.info.name == name)
}

/// The words behind the signature in a table of the handbook; elsewhere calls
/// stand as examples.
fn meaning(name: &str) -> Option<&'static str> {
    let opening = format!("`{name}(");
    let mut rows = HANDBOOK.lines().filter(|line| line.starts_with('|'));
    let (_, after) = rows.find_map(|row| row.split_once(&opening))?;
    let words = &after[after.find('`')? + 1..];
    let end = words.find([';', '·', '|', '`']).unwrap_or(words.len());
    let words = words[..end].trim();
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handbook_explains_what_a_name_does_not_say() {
        let age = find("age").unwrap();
        assert_eq!(age.info.signatures.len(), 1);
        assert!(age.info.signatures[0].starts_with("age(birth: "), "{age:?}");
        assert!(age.meaning.unwrap().starts_with("whole years"), "{age:?}");
        assert_eq!(find("abs").unwrap().meaning, None);
        assert_eq!(find("nothing"), None);
    }
}
