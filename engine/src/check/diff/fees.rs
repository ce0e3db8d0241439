//! What it costs: the lines of the fee and the rows of the tables behind them,
//! with the day from which another amount holds.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::changes::{Area, Changes, on_one_line, quoted, subject};
use super::matching::matched;
use crate::feel::DecisionTable;
use crate::feel::table::{Output, Rule, Validity};
use crate::form::{FeeAmount, FeeRule, Form, date_text, money_in_words};
use crate::text::{Language, Text};

const AREA: Area = Area::Fees;

pub(super) fn compare(before: &Form, after: &Form, changes: &mut Changes) {
    let lines = matched(
        &before.fee,
        &after.fee,
        |fee| fee.id.as_str(),
        |old, new| old.label == new.label,
    );
    for fee in lines.added {
        let (de, en) = (fee.label.get(Language::De), fee.label.get(Language::En));
        let (amount, amount_en) = amount(&fee.amount);
        changes.add(
            AREA,
            "fee-added",
            &fee.id,
            format!("Neu: „{de}“, {amount}"),
            format!("New: “{en}”, {amount_en}"),
        );
    }
    for fee in lines.removed {
        let (de, en) = (fee.label.get(Language::De), fee.label.get(Language::En));
        changes.add(
            AREA,
            "fee-removed",
            &fee.id,
            format!("„{de}“ entfällt"),
            format!("“{en}” is gone"),
        );
    }
    let mut tables: Vec<&str> = Vec::new();
    for (old, new) in lines.kept.into_iter().chain(lines.renamed) {
        compare_line(old, new, changes);
        if let (FeeAmount::Table { table: old, .. }, FeeAmount::Table { table: new, .. }) =
            (&old.amount, &new.amount)
            && !tables.contains(&new.id.as_str())
        {
            tables.push(&new.id);
            compare_table(old, new, changes);
        }
    }
}

fn amount(amount: &FeeAmount) -> (String, String) {
    match amount {
        FeeAmount::Rule(rule) => (
            result(rule.text(), true, Language::De),
            result(rule.text(), true, Language::En),
        ),
        FeeAmount::Table { table, .. } => (
            format!(
                "Betrag nach der Tabelle „{}“",
                table.title.get(Language::De)
            ),
            format!("amount by the table “{}”", table.title.get(Language::En)),
        ),
    }
}

fn compare_line(old: &FeeRule, new: &FeeRule, changes: &mut Changes) {
    let (de, en) = (new.label.get(Language::De), new.label.get(Language::En));
    let about =
        |what: &str, what_en: &str| subject(format!("{what} „{de}“"), format!("{what_en} “{en}”"));
    changes.texts(
        AREA,
        "fee-label",
        &new.id,
        subject("Name einer Gebühr", "Name of a fee"),
        Some(&old.label),
        Some(&new.label),
    );
    changes.values(
        AREA,
        "fee-basis",
        &new.id,
        about("Rechtsgrundlage von", "Legal basis of"),
        old.basis.clone(),
        new.basis.clone(),
    );
    changes.rules(
        AREA,
        "fee-when",
        &new.id,
        about("Bedingung von", "Condition of"),
        old.when.as_ref(),
        new.when.as_ref(),
    );
    let each = |fee: &FeeRule| fee.each.as_ref().and_then(|(list, _)| quoted(Some(list)));
    changes.values(
        AREA,
        "fee-each",
        &new.id,
        about(
            "Wofür je Eintrag berechnet wird,",
            "Charged for each entry of",
        ),
        each(old),
        each(new),
    );
    match (&old.amount, &new.amount) {
        (FeeAmount::Rule(old), FeeAmount::Rule(rule)) => {
            if on_one_line(old.text()) != on_one_line(rule.text()) {
                let about = Row {
                    id: &new.id,
                    label: &new.label,
                    money: true,
                };
                about.amount(old.text(), rule.text(), None, changes);
            }
        }
        (FeeAmount::Table { inputs: old, .. }, FeeAmount::Table { inputs, .. }) => {
            for (name, rule) in inputs {
                let before = old.iter().find(|(other, _)| other == name);
                changes.rules(
                    AREA,
                    "fee-input",
                    &new.id,
                    about(
                        &format!("Eingabe „{name}“ der Tabelle von"),
                        &format!("Input “{name}” of the table of"),
                    ),
                    before.map(|(_, rule)| rule),
                    Some(rule),
                );
            }
        }
        (old, new_amount) => {
            let ((from, from_en), (to, to_en)) = (amount(old), amount(new_amount));
            changes.add(
                AREA,
                "fee-amount",
                &new.id,
                format!("„{de}“: jetzt {to}, bisher {from}"),
                format!("“{en}”: now {to_en}, was {from_en}"),
            );
        }
    }
}

/// What one amount is charged for.
struct Row<'a> {
    id: &'a str,
    label: &'a Text,
    money: bool,
}

impl Row<'_> {
    /// The sentence for another amount: rises, falls, or is computed otherwise.
    fn amount(&self, old: &str, new: &str, from: Option<Date>, changes: &mut Changes) {
        let number = |text: &str| text.trim().parse::<Decimal>().ok();
        let (kind, verb, verb_en) = match (number(old), number(new)) {
            (Some(old), Some(new)) if new > old => ("fee-rises", "steigt", "rises"),
            (Some(_), Some(_)) => ("fee-falls", "sinkt", "falls"),
            _ => ("fee-amount", "ändert sich", "changes"),
        };
        let since = |language| match (from, language) {
            (Some(day), Language::De) => format!(" ab dem {}", date_text(day, language)),
            (Some(day), Language::En) => format!(" from {}", date_text(day, language)),
            (None, _) => String::new(),
        };
        changes.add(
            AREA,
            kind,
            self.id,
            format!(
                "Die Gebühr „{}“ {verb}{} von {} auf {}",
                self.label.get(Language::De),
                since(Language::De),
                result(old, self.money, Language::De),
                result(new, self.money, Language::De),
            ),
            format!(
                "The fee “{}” {verb_en}{} from {} to {}",
                self.label.get(Language::En),
                since(Language::En),
                result(old, self.money, Language::En),
                result(new, self.money, Language::En),
            ),
        );
    }
}

/// A fixed amount as people write it, a rule as it stands in the file.
fn result(text: &str, money: bool, language: Language) -> String {
    match text.trim().parse::<Decimal>() {
        Ok(amount) if money => money_in_words(amount, language),
        Ok(number) => number.to_string(),
        Err(_) => format!("`{}`", on_one_line(text)),
    }
}

fn compare_table(old: &DecisionTable, new: &DecisionTable, changes: &mut Changes) {
    let (de, en) = (new.title.get(Language::De), new.title.get(Language::En));
    let about =
        |what: &str, what_en: &str| subject(format!("{what} „{de}“"), format!("{what_en} “{en}”"));
    changes.values(
        AREA,
        "table-basis",
        &new.id,
        about("Rechtsgrundlage der Tabelle", "Legal basis of the table"),
        old.basis.clone(),
        new.basis.clone(),
    );
    if old.hit_policy != new.hit_policy {
        changes.add(
            AREA,
            "table-hit-policy",
            &new.id,
            format!("Tabelle „{de}“: was gilt, wenn mehrere Zeilen passen, hat sich geändert"),
            format!("Table “{en}”: what counts when several rows fit has changed"),
        );
    }
    if old.validity != new.validity {
        let (was, was_en) = validity(&old.validity);
        let (is, is_en) = validity(&new.validity);
        changes.add(
            AREA,
            "table-validity",
            &new.id,
            format!("Tabelle „{de}“ gilt jetzt {is}, bisher {was}"),
            format!("Table “{en}” holds {is_en} now, {was_en} before"),
        );
    }
    compare_rows(old, new, changes);
}

/// Rows are the same where their cells are. A row that follows another of the
/// same cells at a later day is a change from that day.
fn compare_rows(old: &DecisionTable, new: &DecisionTable, changes: &mut Changes) {
    let mut open: Vec<&Rule> = old.rules().iter().collect();
    let mut fresh = Vec::new();
    for row in new.rules() {
        let same = |other: &&Rule| {
            cells(old, other) == cells(new, row)
                && other.result().text() == row.result().text()
                && other.validity.from == row.validity.from
        };
        match open.iter().position(same) {
            Some(at) => {
                let before = open.remove(at);
                compare_row_words(new, before, row, changes);
                ended(new, before, row, changes);
            }
            None => fresh.push(row),
        }
    }
    for row in fresh {
        // The row it takes the place of, on the day before it begins.
        let mut before = old.rules().iter().filter(|other| {
            cells(old, other) == cells(new, row)
                && row.validity.from.is_none_or(|from| {
                    let eve = from.yesterday().unwrap_or(from);
                    other.validity.holds(eve) || other.validity.holds(from)
                })
        });
        let name = row_name(new, row);
        let about = Row {
            id: &new.id,
            label: &name,
            money: new.output == Output::Money,
        };
        match before.next_back() {
            Some(before) => {
                open.retain(|other| !std::ptr::eq(*other, before));
                let from = row
                    .validity
                    .from
                    .filter(|_| before.validity.from != row.validity.from);
                about.amount(before.result().text(), row.result().text(), from, changes);
                compare_row_words(new, before, row, changes);
            }
            None => row_added(new, row, &name, changes),
        }
    }
    for row in open {
        let name = row_name(old, row);
        changes.add(
            AREA,
            "row-removed",
            &new.id,
            format!("Die Zeile „{}“ entfällt", name.get(Language::De)),
            format!("The row “{}” is gone", name.get(Language::En)),
        );
    }
}

fn row_added(table: &DecisionTable, row: &Rule, name: &Text, changes: &mut Changes) {
    let money = table.output == Output::Money;
    let since = |language| match (row.validity.from, language) {
        (Some(day), Language::De) => format!(" ab dem {}", date_text(day, language)),
        (Some(day), Language::En) => format!(" from {}", date_text(day, language)),
        (None, _) => String::new(),
    };
    changes.add(
        AREA,
        "row-added",
        &table.id,
        format!(
            "Neue Zeile „{}“{}: {}",
            name.get(Language::De),
            since(Language::De),
            result(row.result().text(), money, Language::De)
        ),
        format!(
            "New row “{}”{}: {}",
            name.get(Language::En),
            since(Language::En),
            result(row.result().text(), money, Language::En)
        ),
    );
}

/// A row that holds shorter or longer than before, where no other row follows
/// it without a gap.
fn ended(table: &DecisionTable, before: &Rule, after: &Rule, changes: &mut Changes) {
    if before.validity.to == after.validity.to {
        return;
    }
    let follows = after.validity.to.and_then(|day| day.tomorrow().ok());
    let followed = table.rules().iter().any(|other| {
        follows.is_some()
            && other.validity.from == follows
            && cells(table, other) == cells(table, after)
    });
    if followed {
        return;
    }
    let name = row_name(table, after);
    let (is, is_en) = validity(&after.validity);
    changes.add(
        AREA,
        "row-validity",
        &table.id,
        format!("Die Zeile „{}“ gilt jetzt {is}", name.get(Language::De)),
        format!("The row “{}” now holds {is_en}", name.get(Language::En)),
    );
}

fn compare_row_words(table: &DecisionTable, before: &Rule, after: &Rule, changes: &mut Changes) {
    changes.texts(
        AREA,
        "row-label",
        &table.id,
        subject("Name einer Zeile der Gebühr", "Name of a line of the fee"),
        before.label.as_ref(),
        after.label.as_ref(),
    );
}

/// The cells by the names of their inputs, without those that always hold.
fn cells(table: &DecisionTable, row: &Rule) -> Vec<(String, String)> {
    let cells = table.inputs().iter().zip(row.cells());
    let mut cells: Vec<(String, String)> = cells
        .filter_map(|(input, cell)| Some((input, cell.as_ref()?)))
        .filter(|(_, cell)| !cell.is_any())
        .map(|(input, cell)| (input.name.clone(), on_one_line(cell.text())))
        .collect();
    cells.sort();
    cells
}

/// The label of a row, else the table's name with the conditions.
fn row_name(table: &DecisionTable, row: &Rule) -> Text {
    if let Some(label) = &row.label {
        return label.clone();
    }
    let cells: Vec<String> = cells(table, row)
        .into_iter()
        .map(|(name, cell)| format!("{name}: {cell}"))
        .collect();
    match cells.is_empty() {
        true => table.title.clone(),
        false => {
            let cells = cells.join(", ");
            Text::both(
                format!("{} ({cells})", table.title.get(Language::De)),
                format!("{} ({cells})", table.title.get(Language::En)),
            )
        }
    }
}

fn validity(validity: &Validity) -> (String, String) {
    let day = |day: Date, language| date_text(day, language);
    match (validity.from, validity.to) {
        (None, None) => ("ohne Ende".to_owned(), "without end".to_owned()),
        (Some(from), None) => (
            format!("ab dem {}", day(from, Language::De)),
            format!("from {}", day(from, Language::En)),
        ),
        (None, Some(to)) => (
            format!("bis zum {}", day(to, Language::De)),
            format!("until {}", day(to, Language::En)),
        ),
        (Some(from), Some(to)) => (
            format!(
                "vom {} bis zum {}",
                day(from, Language::De),
                day(to, Language::De)
            ),
            format!(
                "from {} to {}",
                day(from, Language::En),
                day(to, Language::En)
            ),
        ),
    }
}
