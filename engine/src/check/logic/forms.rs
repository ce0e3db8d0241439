//! The conditions of forms: pages, questions, options, labels, checks.

use super::known::{At, Known};
use super::{Words, lines, tell};
use crate::feel::solve::Question;
use crate::form::{Bound, Check, Field, Form, Level, Page, Questions, Rule};
use crate::source::{Diagnostic, Report};

/// Checks the questions and lines of a form.
pub(super) fn check(form: &Form, report: &mut Report) {
    let known = Known::of(&form.questions);
    questions(&form.questions, &known, report);
    lines::routes(form, &known, report);
    lines::fees(form, &known, report);
    lines::tables(form, &known, report);
}

/// Checks the questions of a form, or of the small form of an action.
pub(super) fn questions(questions: &Questions, known: &Known<'_>, report: &mut Report) {
    for page in &questions.pages {
        if let Some(rule) = &page.visible {
            let what = format!("the condition of the page `{}`", page.id);
            let words = Words {
                what: &what,
                never: "unreachable-page",
                so: "nobody ever reaches it",
                always: "remove `visible`: the page is always there",
            };
            tell(rule, known.judge(rule, "", &[]), &words, report);
        }
        let around: Vec<At<'_>> = page
            .visible
            .iter()
            .map(|rule| (rule, String::new()))
            .collect();
        for field in &page.fields {
            check_field(field, "", &around, known, report);
        }
        for check in &page.checks {
            check_check(check, page, known, report);
        }
    }
    check_together(questions, known, report);
}

fn check_field<'f>(
    field: &'f Field,
    place: &str,
    around: &[At<'f>],
    known: &Known<'f>,
    report: &mut Report,
) {
    let mut shown = around.to_vec();
    if let Some(rule) = &field.visible {
        let required = match field.required {
            Rule::Always => "required question",
            _ => "question",
        };
        let what = format!("the condition of the {required} `{}`", field.path);
        let words = Words {
            what: &what,
            never: "unreachable-field",
            so: "it is never asked",
            always: "remove `visible`: where the page is shown, the question is asked",
        };
        tell(rule, known.judge(rule, place, around), &words, report);
        shown.push((rule, place.to_owned()));
    }
    if let Rule::When(rule) = &field.required {
        let what = format!("the condition under `required` of `{}`", field.path);
        let words = Words {
            what: &what,
            never: "condition-never-true",
            so: "an answer is never needed",
            always: "write `required: true`",
        };
        tell(rule, known.judge(rule, place, &shown), &words, report);
    }
    check_words(field, place, &shown, known, report);
    check_limits(field, place, &shown, known, report);
    for child in field.fields() {
        check_field(child, &field.path, &shown, known, report);
    }
}

/// Options and labels that hang on conditions.
fn check_words<'f>(
    field: &'f Field,
    place: &str,
    shown: &[At<'f>],
    known: &Known<'f>,
    report: &mut Report,
) {
    for option in field.options() {
        let Some(rule) = &option.visible else {
            continue;
        };
        let what = format!("the condition of the option `{}`", option.id);
        let words = Words {
            what: &what,
            never: "unreachable-option",
            so: "nobody can ever choose it",
            always: "remove `visible`: the option is always offered",
        };
        tell(rule, known.judge(rule, place, shown), &words, report);
    }
    let cases: Vec<_> = field
        .label
        .cases
        .iter()
        .map(|(rule, _)| Some(rule))
        .collect();
    lines::in_order(&cases, place, shown, known, &lines::LABELS, report);
}

/// Limits by rules that leave no answer.
fn check_limits<'f>(
    field: &'f Field,
    place: &str,
    shown: &[At<'f>],
    known: &Known<'f>,
    report: &mut Report,
) {
    let rule = [&field.min, &field.max]
        .into_iter()
        .flatten()
        .find_map(|bound| match bound {
            Bound::Rule(rule) => Some(rule),
            _ => None,
        });
    let Some(rule) = rule.filter(|_| field.min.is_some() && field.max.is_some()) else {
        return;
    };
    let around = |question: &mut Question<'_>| {
        for (rule, place) in shown {
            question.is_true(rule, place);
        }
    };
    let path = match place {
        "" => field.path.clone(),
        _ => known.full_path(&field.path),
    };
    let possible = known.ask(|question| {
        around(question);
        question.is_present(&path);
    });
    if possible.is_no() && !known.ask(around).is_no() {
        report.push(
            Diagnostic::error(
                "empty-range",
                rule.span().unwrap_or(field.span),
                "`max` is always below `min`: no answer can be right",
            )
            .help("correct one of the two"),
        );
    }
}

fn check_check(check: &Check, page: &Page, known: &Known<'_>, report: &mut Report) {
    let place = check.within.as_deref().unwrap_or("");
    let around = |question: &mut Question<'_>| {
        if let Some(rule) = &page.visible {
            question.is_true(rule, "");
        }
        for (rule, place) in check.group.iter().flat_map(|group| known.shown(group)) {
            question.is_true(rule, place);
        }
    };
    if known.ask(around).is_no() {
        return;
    }
    let span = check.assert.span().unwrap_or_default();
    let passes = known.ask(|question| {
        around(question);
        question.is_not_false(&check.assert, place);
    });
    if passes.is_no() {
        let message = format!(
            "nobody can pass the check `{}`: its rule is always false",
            check.id
        );
        let diagnostic = match check.level {
            Level::Error => Diagnostic::error("check-never-passes", span, message),
            Level::Warning => Diagnostic::warning("check-never-passes", span, message),
        };
        report.push(diagnostic.help("`assert` says what must be true of good answers"));
        return;
    }
    let fails = known.ask(|question| {
        around(question);
        question.is_false(&check.assert, place);
    });
    if fails.is_no() {
        let message = format!(
            "the check `{}` never finds anything: no answers make its rule false",
            check.id
        );
        report.push(
            Diagnostic::warning("check-never-fails", span, message)
                .help("null counts as fulfilled; correct the rule or remove the check"),
        );
    }
}

/// Checks of pages everybody passes that leave no answers between them.
fn check_together(questions: &Questions, known: &Known<'_>, report: &mut Report) {
    let mut checks: Vec<&Check> = questions
        .pages
        .iter()
        .filter(|page| page.visible.is_none())
        .flat_map(|page| &page.checks)
        .filter(|check| check.level == Level::Error && check.within.is_none())
        .collect();
    let possible = |checks: &[&Check]| {
        known.ask(|question| {
            for check in checks {
                question.is_not_false(&check.assert, "");
            }
        })
    };
    // One that never passes is told of already.
    checks.retain(|check| !possible(&[check]).is_no());
    if checks.len() < 2 || !possible(&checks).is_no() {
        return;
    }
    // The fewest that exclude each other, by leaving out one after the other.
    let mut culprits = checks;
    let mut at = 0;
    while at < culprits.len() {
        let mut fewer = culprits.clone();
        fewer.remove(at);
        if possible(&fewer).is_no() {
            culprits = fewer;
        } else {
            at += 1;
        }
    }
    let [.., last] = culprits[..] else { return };
    if culprits.len() < 2 {
        return;
    }
    let names: Vec<String> = culprits
        .iter()
        .map(|check| format!("`{}`", check.id))
        .collect();
    let message = format!(
        "no answers pass the checks {} together, so nobody can ever send this form",
        names.join(" and ")
    );
    report.push(
        Diagnostic::error(
            "checks-exclude-each-other",
            last.assert.span().unwrap_or_default(),
            message,
        )
        .help("let one of them hold only where the other does not"),
    );
}
