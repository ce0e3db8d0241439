//! Pair kerning of the text face, out of the files made by `fonts/kerning.py`.

use std::collections::HashMap;

/// Steps between neighbours. Rows stand for left characters, columns for right
/// ones; both are found by position in small tables, as every glyph is looked up.
pub(crate) struct Kerning {
    /// Row of a left character, from 1; 0 for none.
    rows: Vec<u16>,
    /// Column of a right character, from 1; 0 for none.
    columns: Vec<u16>,
    width: usize,
    steps: Vec<i16>,
}

impl Kerning {
    /// Reads rules: left characters, step, right characters, one rule a line.
    /// `None` when a line is not of that form. Characters below `limit` only.
    pub(crate) fn read(text: &str, limit: usize) -> Option<Kerning> {
        let mut kerning = Kerning {
            rows: vec![0; limit],
            columns: vec![0; limit],
            width: 0,
            steps: Vec::new(),
        };
        let (mut lefts, mut rights) = (0, 0);
        let mut pairs: HashMap<(u16, u16), i16> = HashMap::new();
        for line in text.lines() {
            let mut fields = line.split(' ');
            let (left, step, right) =
                (fields.next()?, fields.next()?.parse().ok()?, fields.next()?);
            for right in right.chars() {
                let column = numbered(&mut kerning.columns, right, &mut rights)?;
                for left in left.chars() {
                    let row = numbered(&mut kerning.rows, left, &mut lefts)?;
                    pairs.insert((row, column), step);
                }
            }
        }
        kerning.width = usize::from(rights) + 1;
        kerning.steps = vec![0; kerning.width * (usize::from(lefts) + 1)];
        for ((row, column), step) in pairs {
            kerning.steps[usize::from(row) * kerning.width + usize::from(column)] = step;
        }
        Some(kerning)
    }

    /// How far `right` moves to the right when it follows `left`, in thousandths.
    pub(crate) fn step(&self, left: char, right: char) -> i32 {
        let place =
            |table: &[u16], c: char| table.get(c as usize).map_or(0, |place| usize::from(*place));
        let (row, column) = (place(&self.rows, left), place(&self.columns, right));
        i32::from(self.steps[row * self.width + column])
    }
}

fn numbered(table: &mut [u16], c: char, count: &mut u16) -> Option<u16> {
    let place = table.get_mut(c as usize)?;
    if *place == 0 {
        *count += 1;
        *place = *count;
    }
    Some(*place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_found_by_pair() {
        let kerning = Kerning::read("TŤ -70 eo\nr -160 ,.", 0x3000).unwrap();
        assert_eq!(kerning.step('T', 'e'), -70);
        assert_eq!(kerning.step('Ť', 'o'), -70);
        assert_eq!(kerning.step('r', ','), -160);
        assert_eq!(kerning.step('r', 'e'), 0);
        assert_eq!(kerning.step('🦊', 'e'), 0);
    }

    #[test]
    fn broken_rules_are_refused() {
        assert!(Kerning::read("T e", 0x3000).is_none());
        assert!(Kerning::read("T x e", 0x3000).is_none());
        assert!(Kerning::read("🦊 1 e", 0x3000).is_none());
    }
}
