//! The search for cells that fulfil all demands: one subject after the other,
//! giving up as soon as a demand can no longer be met.

use std::collections::BTreeSet;

use super::super::Value;
use super::cells::{Cell, Kind, Subject, both_null, results};
use super::formula::{ANY, Atom, FALSE, Formula, TRUE, and, branch, not, or};
use super::{Answer, Witness};

/// Nodes of formulas looked at before giving up.
const BUDGET: usize = 400_000;
/// Most cells of a subject.
const MAX_CELLS: usize = 2_000;

/// An atom with its results for every cell of its subjects.
struct Table {
    subjects: Vec<usize>,
    results: Vec<u8>,
    /// The results of all cells together.
    all: u8,
}

enum Outcome {
    Found,
    Dead,
    OutOfBudget,
}

struct Search<'d> {
    subjects: Vec<Subject>,
    cells: Vec<Vec<Cell>>,
    tables: Vec<Table>,
    demands: &'d [(Formula, u8)],
    assigned: Vec<Option<usize>>,
    left: usize,
    /// Whether only something not understood stands in the way.
    perhaps: bool,
}

pub(super) fn run(subjects: Vec<Subject>, atoms: Vec<Atom>, demands: &[(Formula, u8)]) -> Answer {
    let mut cells: Vec<Vec<Cell>> = subjects.iter().map(Subject::cells).collect();
    if cells.iter().any(|cells| cells.len() > MAX_CELLS) {
        return Answer::Unknown;
    }
    merge(&atoms, &mut cells);
    let tables = atoms.iter().map(|atom| table(atom, &cells)).collect();
    let mut search = Search {
        assigned: vec![None; subjects.len()],
        subjects,
        cells,
        tables,
        demands,
        left: BUDGET,
        perhaps: false,
    };
    match search.step() {
        Outcome::Found => Answer::Yes(search.witness()),
        Outcome::Dead if !search.perhaps => Answer::No,
        _ => Answer::Unknown,
    }
}

/// Keeps one of the cells that all tests see alike.
fn merge(atoms: &[Atom], cells: &mut [Vec<Cell>]) {
    for (subject, cells) in cells.iter_mut().enumerate() {
        let own: Vec<&Atom> = atoms
            .iter()
            .filter(|atom| atom.subjects.contains(&subject))
            .collect();
        if own.iter().any(|atom| atom.subjects.len() > 1) {
            continue;
        }
        let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
        cells.retain(|cell| {
            let signature = own
                .iter()
                .map(|atom| results(&atom.test, &[cell]))
                .collect();
            seen.insert(signature)
        });
    }
}

fn table(atom: &Atom, cells: &[Vec<Cell>]) -> Table {
    let all: Vec<u8> = match atom.subjects[..] {
        [left, right] => (cells[left].iter())
            .flat_map(|a| cells[right].iter().map(move |b| (a, b)))
            .map(|(a, b)| results(&atom.test, &[a, b]))
            .collect(),
        [subject] => (cells[subject].iter())
            .map(|cell| results(&atom.test, &[cell]))
            .collect(),
        _ => vec![ANY],
    };
    Table {
        subjects: atom.subjects.clone(),
        all: all.iter().fold(0, |all, one| all | one),
        results: all,
    }
}

impl Search<'_> {
    fn step(&mut self) -> Outcome {
        let mut open = Vec::new();
        for (at, (formula, wanted)) in self.demands.iter().enumerate() {
            let possible = self.results(formula);
            if self.left == 0 {
                return Outcome::OutOfBudget;
            }
            if possible & wanted == 0 {
                return Outcome::Dead;
            }
            if possible & !wanted != 0 {
                open.push(at);
            }
        }
        if open.is_empty() {
            return Outcome::Found;
        }
        let demands = self.demands;
        let formulas = open.iter().map(|at| &demands[*at].0);
        if let Some(subject) = self.pick(formulas.clone(), true) {
            return self.try_cells(subject);
        }
        // What is left hangs on conditions that are not understood.
        if self.perhaps {
            return Outcome::Dead;
        }
        let Some(subject) = self.pick(formulas, false) else {
            self.perhaps = true;
            return Outcome::Dead;
        };
        match self.try_cells(subject) {
            Outcome::Found => {
                self.perhaps = true;
                self.assigned[subject] = None;
                Outcome::Dead
            }
            other => other,
        }
    }

    fn try_cells(&mut self, subject: usize) -> Outcome {
        for cell in 0..self.cells[subject].len() {
            self.assigned[subject] = Some(cell);
            match self.step() {
                Outcome::Dead => {}
                end => return end,
            }
        }
        self.assigned[subject] = None;
        Outcome::Dead
    }

    /// An open subject one of the formulas hangs on, with the fewest cells.
    fn pick<'f>(&self, formulas: impl Iterator<Item = &'f Formula>, exact: bool) -> Option<usize> {
        let mut found = BTreeSet::new();
        for formula in formulas {
            self.open_subjects(formula, exact, &mut found);
        }
        found
            .into_iter()
            .min_by_key(|subject| self.cells[*subject].len())
    }

    fn open_subjects(&self, formula: &Formula, exact: bool, found: &mut BTreeSet<usize>) {
        match formula {
            Formula::Known(_) => {}
            Formula::Atom(atom) => {
                let table = &self.tables[*atom];
                let open = |subject: &&usize| {
                    self.assigned[**subject].is_none() && self.subjects[**subject].exact == exact
                };
                if self.atom(table).count_ones() > 1 {
                    found.extend(table.subjects.iter().filter(open));
                }
            }
            Formula::Not(inner) | Formula::Holds(inner) => {
                self.open_subjects(inner, exact, found);
            }
            Formula::And(parts) | Formula::Or(parts) => {
                for part in parts {
                    self.open_subjects(part, exact, found);
                }
            }
            Formula::If(parts) => {
                for part in parts.iter() {
                    self.open_subjects(part, exact, found);
                }
            }
        }
    }

    /// The results a formula can still have.
    fn results(&mut self, formula: &Formula) -> u8 {
        self.left = self.left.saturating_sub(1);
        match formula {
            Formula::Known(mask) => *mask,
            Formula::Atom(atom) => {
                let table = &self.tables[*atom];
                self.atom(table)
            }
            Formula::Not(inner) => not(self.results(inner)),
            Formula::Holds(inner) => {
                let inner = self.results(inner);
                let falls = if inner & !TRUE != 0 { FALSE } else { 0 };
                inner & TRUE | falls
            }
            Formula::And(parts) => parts.iter().fold(TRUE, |all, part| {
                if all == FALSE {
                    all
                } else {
                    and(all, self.results(part))
                }
            }),
            Formula::Or(parts) => parts.iter().fold(FALSE, |all, part| {
                if all == TRUE {
                    all
                } else {
                    or(all, self.results(part))
                }
            }),
            Formula::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let condition = self.results(condition);
                branch(condition, self.results(then), self.results(otherwise))
            }
        }
    }

    fn atom(&self, table: &Table) -> u8 {
        match table.subjects[..] {
            [subject] => self.assigned[subject].map_or(table.all, |cell| table.results[cell]),
            [left, right] => {
                let width = self.cells[right].len();
                match (self.assigned[left], self.assigned[right]) {
                    (Some(a), Some(b)) => table.results[a * width + b],
                    (Some(a), None) => fold(&table.results[a * width..(a + 1) * width]),
                    (None, Some(b)) => table
                        .results
                        .iter()
                        .skip(b)
                        .step_by(width)
                        .fold(0, |all, one| all | one),
                    (None, None) => table.all,
                }
            }
            _ => ANY,
        }
    }

    fn witness(&self) -> Witness {
        let mut witness = Witness::default();
        let chosen = (self.assigned.iter().zip(&self.cells))
            .map(|(at, cells)| at.and_then(|at| cells.get(at)));
        for (subject, cell) in self.subjects.iter().zip(chosen) {
            let Some(cell) = cell else { continue };
            match (subject.kind, &subject.sides) {
                (Kind::Order, Some((left, right))) => {
                    witness.relations.push(relation(left, right, &cell.value));
                }
                _ => {
                    witness
                        .values
                        .insert(subject.shown.clone(), cell.value.clone());
                }
            }
        }
        witness
    }
}

fn fold(results: &[u8]) -> u8 {
    results.iter().fold(0, |all, one| all | one)
}

fn relation(left: &str, right: &str, sign: &Value) -> String {
    match sign {
        Value::Number(sign) if sign.is_zero() => format!("{left} = {right}"),
        Value::Number(sign) if sign.is_sign_negative() => format!("{left} < {right}"),
        Value::Number(_) => format!("{left} > {right}"),
        sign if *sign == both_null() => format!("{left} and {right} are null"),
        _ => format!("{left} or {right} is null"),
    }
}
