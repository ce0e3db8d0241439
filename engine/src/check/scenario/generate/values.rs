//! Random answers that fit their questions: types, limits, patterns and
//! options first, then whatever the checks still find is tried again.

use std::collections::BTreeSet;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value as Json, json};

use crate::check::scenario::generate::random::Random;
use crate::feel::Value;
use crate::form::{
    Check, Evaluation, Field, FieldKind, Findings, Limit, Questions, TextRules, paths,
};

/// How often answers are mended before they are given up.
const MENDS: usize = 25;
/// Rounds in which newly visible questions are answered.
const ROUNDS: usize = 6;
/// Accounts that are correct.
const IBANS: [&str; 5] = [
    "DE89370400440532013000",
    "AT611904300234573201",
    "CH9300762011623852957",
    "FR1420041010050500013M02606",
    "TR330006100519786457841326",
];
const WORDS: [&str; 8] = [
    "Ana", "Weiß", "Handel", "Öztürk", "Fahrrad", "Am Markt", "Kaffee", "Straße",
];

/// Makes answers for questions.
pub(in crate::check::scenario) struct Filler<'q> {
    questions: &'q Questions,
    /// Texts of the data sets, which rules look values up in.
    pool: Vec<String>,
    skipped: BTreeSet<String>,
    /// How many of a hundred optional questions are answered.
    eager: usize,
}

impl<'q> Filler<'q> {
    pub(in crate::check::scenario) fn new(questions: &'q Questions, eager: usize) -> Filler<'q> {
        let mut pool = Vec::new();
        for set in questions.data.values() {
            texts_of(set, &mut pool);
        }
        Filler {
            questions,
            pool,
            skipped: BTreeSet::new(),
            eager,
        }
    }

    /// Answers `check` accepts, or those it did not accept in the end.
    pub(in crate::check::scenario) fn good<'e>(
        &mut self,
        env: crate::form::Env<'e>,
        random: &mut Random,
        check: impl Fn(&Map<String, Json>) -> Result<(), Findings>,
    ) -> Result<Map<String, Json>, Map<String, Json>>
    where
        'q: 'e,
    {
        let mut answers = Map::new();
        self.fill(&mut answers, env, random);
        for _ in 0..MENDS {
            match check(&answers) {
                Ok(()) => return Ok(answers),
                Err(findings) => self.mend(&mut answers, &findings),
            }
            self.fill(&mut answers, env, random);
        }
        match check(&answers) {
            Ok(()) => Ok(answers),
            Err(_) => Err(answers),
        }
    }

    /// Takes away what findings are about, so that it is answered anew.
    fn mend(&mut self, answers: &mut Map<String, Json>, findings: &Findings) {
        self.skipped.clear();
        let checks: Vec<_> = self
            .questions
            .pages
            .iter()
            .flat_map(|page| &page.checks)
            .collect();
        for finding in &findings.0 {
            if !finding.path.is_empty() {
                remove(answers, &finding.path);
            }
            if let Some(check) = checks.iter().find(|check| check.id == finding.code) {
                for read in check.assert.reads() {
                    forget(answers, check, &finding.path, read);
                }
            }
        }
    }

    /// Answers every question that is visible and not answered yet.
    fn fill<'e>(
        &mut self,
        answers: &mut Map<String, Json>,
        env: crate::form::Env<'e>,
        random: &mut Random,
    ) where
        'q: 'e,
    {
        for _ in 0..ROUNDS {
            let (sent, _) = crate::check::scenario::given::with_uploads(answers, self.questions, 1);
            let evaluation = self.questions.evaluate(&sent, env);
            let mut changed = false;
            for page in evaluation.pages() {
                changed |= self.fields(&page.fields, "", answers, &evaluation, random);
            }
            if !changed {
                return;
            }
        }
    }

    fn fields(
        &mut self,
        fields: &[Field],
        place: &str,
        answers: &mut Map<String, Json>,
        evaluation: &Evaluation<'_>,
        random: &mut Random,
    ) -> bool {
        let mut changed = false;
        for field in fields {
            let path = paths::join(place, &field.id);
            let open = evaluation.is_visible(&path) && !self.skipped.contains(&path);
            if field.computed.is_some() || !open {
                continue;
            }
            let given = answers.contains_key(&field.id);
            if !given && !evaluation.is_required(field, &path) && !random.percent(self.eager) {
                self.skipped.insert(path);
                continue;
            }
            match &field.kind {
                FieldKind::Group(children) => {
                    let entry = answers.entry(field.id.clone()).or_insert_with(|| json!({}));
                    if let Json::Object(inner) = entry {
                        changed |= self.fields(children, &path, inner, evaluation, random);
                    }
                }
                FieldKind::List(rules) => {
                    if !given {
                        let entries = vec![json!({}); entries(field, &path, evaluation, random)];
                        answers.insert(field.id.clone(), Json::Array(entries));
                        changed = true;
                    } else if let Some(Json::Array(entries)) = answers.get_mut(&field.id) {
                        for (at, entry) in entries.iter_mut().enumerate() {
                            let Json::Object(inner) = entry else { continue };
                            let path = format!("{path}.{at}");
                            changed |= self.fields(&rules.fields, &path, inner, evaluation, random);
                        }
                    }
                }
                _ if given => {}
                _ => {
                    if let Some(value) = self.value(field, &path, evaluation, random) {
                        answers.insert(field.id.clone(), value);
                        changed = true;
                    }
                }
            }
        }
        changed
    }

    fn value(
        &self,
        field: &Field,
        path: &str,
        evaluation: &Evaluation<'_>,
        random: &mut Random,
    ) -> Option<Json> {
        let limit = |bound| evaluation.limit(bound, path);
        let (min, max) = (limit(field.min.as_ref()), limit(field.max.as_ref()));
        Some(match &field.kind {
            FieldKind::Text(rules) => json!(self.text(rules, random)),
            FieldKind::Email(_) => json!("person@example.org"),
            FieldKind::Phone(_) => json!("+49 2151 555123"),
            FieldKind::Url(_) => json!("https://example.org/"),
            FieldKind::Postcode(_) => json!(self.postcode(random)),
            FieldKind::Iban => json!(random.one(&IBANS)?),
            FieldKind::Choice(_) => json!(random.one(&evaluation.options(field, path))?.id),
            FieldKind::Country(_) if random.percent(50) => json!("DE"),
            FieldKind::Country(_) => json!(random.one(&evaluation.options(field, path))?.id),
            FieldKind::Choices(_) => choices(field, path, (min, max), evaluation, random),
            FieldKind::Boolean => json!(random.percent(50)),
            FieldKind::Slot => json!(slot(evaluation.env().now.date(), random)?),
            FieldKind::Consent => json!(evaluation.is_required(field, path) || random.percent(50)),
            FieldKind::Date => {
                json!(date(min, max, evaluation.env().now.date(), random).to_string())
            }
            FieldKind::Year => {
                let year = i64::from(evaluation.env().now.year());
                json!(whole(min, max, (year - 90, year), random))
            }
            FieldKind::Integer { .. } => json!(whole(min, max, (0, 20), random)),
            FieldKind::Number { .. } | FieldKind::Money => {
                let whole = whole(min, max, (0, 500), random);
                json!(format!("{whole}.00"))
            }
            FieldKind::Attachment(rules) => {
                let kind = random.one(&rules.accept)?;
                json!([format!("datei.{}", kind.name())])
            }
            FieldKind::Info | FieldKind::Group(_) | FieldKind::List(_) => return None,
        })
    }

    /// A text that matches its pattern; one of the data sets where one does.
    fn text(&self, rules: &TextRules, random: &mut Random) -> String {
        let max = rules.max_length.max(1) as usize;
        if let Some(pattern) = &rules.pattern {
            let anchored = Regex::new(&format!("^(?:{})$", pattern.regex));
            let fits = |text: &&String| anchored.as_ref().is_ok_and(|regex| regex.is_match(text));
            let known: Vec<&String> = self.pool.iter().filter(fits).collect();
            if !known.is_empty() && random.percent(90) {
                return random
                    .one(&known)
                    .map(|text| (*text).clone())
                    .unwrap_or_default();
            }
            if let Ok(hir) = regex_syntax::parse(&pattern.regex) {
                let mut text = String::new();
                matching(&hir, random, &mut text);
                return text.chars().take(max).collect();
            }
        }
        let mut text = (*random.one(&WORDS).unwrap_or(&"Wort")).to_owned();
        let min = rules.min_length.unwrap_or(1) as usize;
        while text.chars().count() < min || (random.percent(30) && text.len() < 60) {
            text.push(' ');
            text.push_str(random.one(&WORDS).unwrap_or(&"Wort"));
        }
        text.chars()
            .take(max)
            .collect::<String>()
            .trim_end()
            .to_owned()
    }

    fn postcode(&self, random: &mut Random) -> String {
        let five =
            |text: &&String| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        let known: Vec<&String> = self.pool.iter().filter(five).collect();
        match random.one(&known) {
            Some(text) if random.percent(80) => (*text).clone(),
            _ => format!("{:05}", random.between(10_000, 99_000)),
        }
    }
}

fn texts_of(value: &Value, pool: &mut Vec<String>) {
    match value {
        Value::Text(text) => pool.push(text.to_string()),
        Value::List(items) => items.iter().for_each(|item| texts_of(item, pool)),
        Value::Record(fields) => fields.values().for_each(|value| texts_of(value, pool)),
        _ => {}
    }
}

/// Takes away what a check reads under a name, which is found from the inside out
/// of where the finding stands.
fn forget(answers: &mut Map<String, Json>, check: &Check, at: &str, read: &str) {
    let levels = check
        .within
        .as_deref()
        .map_or(0, |path| path.split('.').count());
    let mut place: Vec<&str> = Vec::new();
    let mut names = 0;
    for part in at.split('.') {
        let index = part.bytes().all(|byte| byte.is_ascii_digit());
        names += usize::from(!index);
        if names > levels || levels == 0 {
            break;
        }
        place.push(part);
    }
    while !place.is_empty() {
        let path = format!("{}.{read}", place.join("."));
        if paths::get(answers, &path).is_some() {
            return remove(answers, &path);
        }
        place.pop();
    }
    remove(answers, read);
}

/// Takes an answer away; of a path without indices in every entry.
fn remove(answers: &mut Map<String, Json>, path: &str) {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    if rest.is_empty() {
        answers.shift_remove(first);
        return;
    }
    match answers.get_mut(first) {
        Some(Json::Object(inner)) => remove(inner, rest),
        Some(Json::Array(entries)) => {
            let (index, after) = rest.split_once('.').unwrap_or((rest, ""));
            match index.parse::<usize>() {
                Ok(at) => {
                    if let Some(Json::Object(inner)) = entries.get_mut(at) {
                        remove(inner, after);
                    }
                }
                Err(_) => {
                    for entry in entries.iter_mut().filter_map(Json::as_object_mut) {
                        remove(entry, rest);
                    }
                }
            }
        }
        _ => {}
    }
}

fn number(limit: Option<Limit>) -> Option<i64> {
    match limit? {
        Limit::Number(number) => number.to_i64(),
        Limit::Date(_) => None,
    }
}

fn entries(field: &Field, path: &str, evaluation: &Evaluation<'_>, random: &mut Random) -> usize {
    let limit = |bound| number(evaluation.limit(bound, path));
    let min = limit(field.min.as_ref()).unwrap_or(0);
    let max = limit(field.max.as_ref()).unwrap_or(i64::MAX);
    let least = if evaluation.is_required(field, path) {
        min.max(1)
    } else {
        min
    };
    usize::try_from(random.between(least, (least + 2).min(max).max(least))).unwrap_or(1)
}

fn choices(
    field: &Field,
    path: &str,
    (min, max): (Option<Limit>, Option<Limit>),
    evaluation: &Evaluation<'_>,
    random: &mut Random,
) -> Json {
    let mut options: Vec<String> = evaluation
        .options(field, path)
        .iter()
        .map(|option| option.id.clone())
        .collect();
    let count = i64::try_from(options.len()).unwrap_or(1);
    let least = number(min).unwrap_or(1).max(1).min(count);
    let most = number(max).unwrap_or(count).clamp(least, count.max(least));
    let mut chosen = Vec::new();
    for _ in 0..random.between(least, most) {
        if !options.is_empty() {
            chosen.push(options.remove(random.below(options.len())));
        }
    }
    json!(chosen)
}

fn whole(min: Option<Limit>, max: Option<Limit>, usual: (i64, i64), random: &mut Random) -> i64 {
    let ceil = |limit| match limit {
        Some(Limit::Number(number)) => Decimal::ceil(&number).to_i64(),
        _ => None,
    };
    let low = ceil(min).unwrap_or(usual.0.min(number(max).unwrap_or(i64::MAX)));
    let high = number(max).unwrap_or(usual.1.max(low));
    match random.below(10) {
        0 => low,
        1 => high,
        _ => random.between(low, high.min(low.saturating_add(200)).max(low)),
    }
}

fn date(
    min: Option<Limit>,
    max: Option<Limit>,
    today: jiff::civil::Date,
    random: &mut Random,
) -> jiff::civil::Date {
    let day = |limit| match limit {
        Some(Limit::Date(date)) => Some(date),
        _ => None,
    };
    let shift = |from: jiff::civil::Date, days: i64| {
        let span = jiff::Span::new().try_days(days).unwrap_or_default();
        from.checked_add(span).unwrap_or(from)
    };
    let (low, high) = match (day(min), day(max)) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, shift(low, 300)),
        (None, Some(high)) => (shift(high, -12_000), high),
        (None, None) => (shift(today, -400), shift(today, 200)),
    };
    match random.below(10) {
        0 => return low,
        1 => return high,
        2 if low <= today && today <= high => return today,
        _ => {}
    }
    let days = low.until(high).map_or(0, |span| i64::from(span.get_days()));
    shift(low, random.between(0, days.max(0)))
}

/// A text a regular expression matches.
fn matching(hir: &Hir, random: &mut Random, out: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            // Readable letters where the class has some.
            let plain = |c: &char| {
                class
                    .ranges()
                    .iter()
                    .any(|r| (r.start()..=r.end()).contains(c))
            };
            let usual: Vec<char> = ('a'..='z')
                .chain('A'..='Z')
                .chain('0'..='9')
                .filter(plain)
                .collect();
            let other = class.ranges().first().map(|range| range.start());
            out.extend(random.one(&usual).copied().or(other));
        }
        HirKind::Class(Class::Bytes(class)) => {
            out.extend(
                class
                    .ranges()
                    .first()
                    .map(|range| char::from(range.start())),
            );
        }
        HirKind::Repetition(repetition) => {
            let least = i64::from(repetition.min);
            let most = repetition.max.map_or(least + 5, i64::from);
            for _ in 0..random.between(least, most.min(least + 8)) {
                matching(&repetition.sub, random, out);
            }
        }
        HirKind::Capture(capture) => matching(&capture.sub, random, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| matching(part, random, out)),
        HirKind::Alternation(ways) => {
            if let Some(way) = random.one(ways) {
                matching(way, random, out);
            }
        }
    }
}

/// A moment appointments are often given at; what the calendar does not offer
/// is mended like any other answer.
fn slot(today: jiff::civil::Date, random: &mut Random) -> Option<String> {
    let days = random.one(&[1, 2, 3, 5, 7, 9, 14, 21])?;
    let time = random.one(&[
        "08:00", "08:30", "09:00", "09:30", "10:00", "11:00", "14:00",
    ])?;
    let day = today.checked_add(jiff::Span::new().days(*days)).ok()?;
    Some(format!("{day}T{time}"))
}
