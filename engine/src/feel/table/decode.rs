//! A decision table from its YAML file: compiles the cells, runs the examples,
//! and looks for gaps and overlaps.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, Time};
use serde_json::Value as Json;

use super::super::{Expression, PlainWorld, Problem, Scope, Type, UnaryTests, Value, operators};
use super::{DecisionTable, HitPolicy, Input, Output, Rule, Validity, coverage};
use crate::source::{Diagnostic, Fields, Key, Node, Report, suggest};
use crate::text::Text;

/// Day on which examples run where nothing in the table names one.
const SOME_DAY: Date = Date::constant(2026, 1, 1);

/// Decodes a file of the kind `schalter: decision/1`. Problems go to `report`
/// with their place in the cell; a table with errors in it is not returned.
pub fn decode(node: &Node, report: &mut Report) -> Option<DecisionTable> {
    let errors_before = report.count(crate::source::Severity::Error);
    let fields = Fields::of(node, "a decision table", report)?;
    fields.need_text("schalter", report);
    let id = fields.need_text("id", report);
    let title = fields.need_texts("title", report);
    let basis = fields.text("basis", report);
    let validity = validity(&fields, report);
    let hit_policy = hit_policy(&fields, report);
    let inputs = inputs(&fields, report);
    let output = output(&fields, report);
    fields.need("rules", report);
    let scope = inputs.iter().fold(Scope::default(), |scope, input| {
        scope.with(input.name.clone(), input.ty.clone().optional())
    });
    let reader = RuleReader {
        inputs: &inputs,
        scope: &scope,
        output: output.unwrap_or(Output::Number),
    };
    let rules = fields
        .list("rules", report)
        .iter()
        .filter_map(|node| reader.rule(node, report))
        .collect();
    let examples = fields.list("examples", report);
    fields.finish("a decision table", report);
    let table = DecisionTable {
        id: id?,
        title: title?,
        basis,
        validity,
        hit_policy: hit_policy.unwrap_or_default(),
        output: output?,
        inputs,
        rules,
    };
    if hit_policy == Some(HitPolicy::CollectSum)
        && !matches!(table.output, Output::Money | Output::Number)
    {
        let message = "`collect sum` adds results, so the output must be money or number";
        let span = node.get("output").map_or(node.span, |output| output.span);
        report.push(
            Diagnostic::error("table-output", span, message)
                .help("write `output: money` or `output: number`, or choose another `hit_policy`"),
        );
    }
    if report.count(crate::source::Severity::Error) > errors_before {
        return None;
    }
    coverage::check(&table, node, report);
    for example in examples {
        run_example(&table, example, report);
    }
    (report.count(crate::source::Severity::Error) == errors_before).then_some(table)
}

/// A calendar date.
fn day(fields: &Fields<'_>, key: &'static str, report: &mut Report) -> Option<Date> {
    let node = fields.get(key)?;
    let day = node.as_text().and_then(|text| text.parse::<Date>().ok());
    if day.is_none() {
        let message = format!("`{key}` must be a date such as 2026-01-31");
        report.push(Diagnostic::error("wrong-shape", node.span, message));
    }
    day
}

fn validity(fields: &Fields<'_>, report: &mut Report) -> Validity {
    let validity = Validity {
        from: day(fields, "valid_from", report),
        to: day(fields, "valid_to", report),
    };
    if let (Some(from), Some(to)) = (validity.from, validity.to)
        && to < from
    {
        let message = "`valid_to` is before `valid_from`";
        let span = fields.get("valid_to").map_or(fields.span, |to| to.span);
        report.push(
            Diagnostic::error("table-validity", span, message).help("exchange the two dates"),
        );
    }
    validity
}

/// One word of a fixed list.
fn word<T: Copy>(node: &Node, what: &str, known: &[(&str, T)], report: &mut Report) -> Option<T> {
    let text = node.as_text().unwrap_or_default();
    let found = known
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let help = suggest(text, names.iter().copied())
            .unwrap_or_else(|| format!("known are: {}", names.join(", ")));
        report.push(
            Diagnostic::error("wrong-value", node.span, format!("`{text}` is no {what}"))
                .help(help),
        );
    }
    found
}

fn hit_policy(fields: &Fields<'_>, report: &mut Report) -> Option<HitPolicy> {
    let Some(node) = fields.get("hit_policy") else {
        return Some(HitPolicy::Unique);
    };
    let known = [
        ("unique", HitPolicy::Unique),
        ("first", HitPolicy::First),
        ("collect sum", HitPolicy::CollectSum),
    ];
    word(node, "hit policy", &known, report)
}

fn output(fields: &Fields<'_>, report: &mut Report) -> Option<Output> {
    let known = [
        ("money", Output::Money),
        ("number", Output::Number),
        ("text", Output::Text),
        ("boolean", Output::Boolean),
    ];
    word(
        fields.need("output", report)?,
        "output type",
        &known,
        report,
    )
}

fn inputs(fields: &Fields<'_>, report: &mut Report) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for node in fields.list("inputs", report) {
        let Some(input) = input(node, report) else {
            continue;
        };
        if inputs.iter().any(|known| known.name == input.name) {
            let message = format!("the input `{}` stands here twice", input.name);
            report.push(Diagnostic::error("duplicate-id", node.span, message));
        } else {
            inputs.push(input);
        }
    }
    inputs
}

fn input(node: &Node, report: &mut Report) -> Option<Input> {
    let fields = Fields::of(node, "an input", report)?;
    let name = fields.need_text("name", report);
    let known = [
        ("text", Type::Text),
        ("number", Type::Number),
        ("integer", Type::Number),
        ("money", Type::Number),
        ("boolean", Type::Boolean),
        ("date", Type::Date),
        ("choice", Type::Choice(Arc::from([]))),
    ];
    let by_index: Vec<(&str, usize)> = known
        .iter()
        .enumerate()
        .map(|(index, (name, _))| (*name, index))
        .collect();
    let chosen = fields
        .need("type", report)
        .and_then(|node| word(node, "type of an input", &by_index, report));
    let options = fields.text_list("options", report);
    fields.finish("an input", report);
    let (kind, mut ty) = known.into_iter().nth(chosen?)?;
    match (kind, options.is_empty()) {
        ("choice", true) => {
            let message = "an input of type `choice` needs its `options`";
            report.push(Diagnostic::error("missing-key", node.span, message));
        }
        ("choice", false) => ty = Type::Choice(Arc::from(options)),
        (_, false) => {
            let message = format!("an input of type `{kind}` has no options");
            report.push(
                Diagnostic::error("wrong-value", node.span, message).help("make it `type: choice`"),
            );
        }
        _ => {}
    }
    Some(Input {
        name: name?,
        ty,
        integer: kind == "integer",
    })
}

struct RuleReader<'t> {
    inputs: &'t [Input],
    scope: &'t Scope,
    output: Output,
}

impl RuleReader<'_> {
    fn rule(&self, node: &Node, report: &mut Report) -> Option<Rule> {
        let fields = Fields::of(node, "a rule", report)?;
        let mut cells: Vec<Option<UnaryTests>> = vec![None; self.inputs.len()];
        for (key, cell) in fields.map("when", report) {
            match self.inputs.iter().position(|input| input.name == key.text) {
                Some(index) => cells[index] = self.cell(cell, &self.inputs[index], report),
                None => push_unknown_input(self.inputs, key, report),
            }
        }
        let then = fields
            .need("then", report)
            .and_then(|node| self.then(node, report));
        let label: Option<Text> = fields.texts("label", report);
        let validity = validity(&fields, report);
        fields.finish("a rule", report);
        Some(Rule {
            cells,
            then: then?,
            label,
            validity,
            span: node.span,
        })
    }

    fn cell(&self, node: &Node, input: &Input, report: &mut Report) -> Option<UnaryTests> {
        let text = expression_text(node, report)?;
        UnaryTests::compile(text, &input.ty, self.scope)
            .map_err(|problems| push_problems(node, problems, report))
            .ok()
    }

    fn then(&self, node: &Node, report: &mut Report) -> Option<Expression> {
        let text = expression_text(node, report)?;
        Expression::compile_for(text, self.scope, &self.output.ty())
            .map_err(|problems| push_problems(node, problems, report))
            .ok()
    }
}

fn expression_text<'n>(node: &'n Node, report: &mut Report) -> Option<&'n str> {
    let text = node.as_text();
    if text.is_none() {
        let message = format!("here should be an expression, but is {}", node.kind_name());
        report.push(Diagnostic::error("wrong-shape", node.span, message));
    }
    text
}

/// The problems of an expression as diagnostics at their place in the node.
fn push_problems(node: &Node, problems: Vec<Problem>, report: &mut Report) {
    for problem in problems {
        let span = node.text_span(problem.start, problem.end);
        report
            .push(Diagnostic::error(problem.code, span, problem.message).maybe_help(problem.help));
    }
}

/// Runs one example; a result other than expected is an error.
fn run_example(table: &DecisionTable, node: &Node, report: &mut Report) {
    let Some(fields) = Fields::of(node, "an example", report) else {
        return;
    };
    let given = given(table, &fields, report);
    let on = day(&fields, "on", report);
    let expect = fields.need("expect", report);
    fields.finish("an example", report);
    let Some(expect) = expect else { return };
    let wanted = Value::from_json(&json(expect), &table.output.ty());
    let on = on.unwrap_or_else(|| example_day(table));
    match table.evaluate(&given, on.to_datetime(Time::midnight()), &PlainWorld) {
        Ok(got) if operators::same(&got, &wanted) => {}
        Ok(got) => {
            let text = operators::to_text(&got).unwrap_or_default();
            let message = format!(
                "this example expects {}, but the table yields {text}",
                shown(&wanted)
            );
            report.push(Diagnostic::error("table-example", expect.span, message));
        }
        Err(error) => report.push(Diagnostic::error(
            "table-example",
            node.span,
            error.to_string(),
        )),
    }
}

/// The inputs of an example, read as the types of the table's inputs.
fn given(
    table: &DecisionTable,
    fields: &Fields<'_>,
    report: &mut Report,
) -> BTreeMap<String, Value> {
    let mut given = BTreeMap::new();
    for (key, value) in fields.map("given", report) {
        let Some(input) = table.inputs.iter().find(|input| input.name == key.text) else {
            push_unknown_input(&table.inputs, key, report);
            continue;
        };
        let read = Value::from_json(&json(value), &input.ty);
        if read == Value::Null && value.as_text().is_some() {
            let message = format!("`{}` should be {}", key.text, input.ty);
            report.push(Diagnostic::error("table-example", value.span, message));
        }
        given.insert(key.text.clone(), read);
    }
    given
}

fn push_unknown_input(inputs: &[Input], key: &Key, report: &mut Report) {
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let help = suggest(&key.text, names.iter().copied())
        .unwrap_or_else(|| format!("the inputs are: {}", names.join(", ")));
    let message = format!("the table has no input `{}`", key.text);
    report.push(Diagnostic::error("unknown-input", key.span, message).help(help));
}

fn shown(value: &Value) -> String {
    operators::to_text(value).unwrap_or_else(|| "something of another type".to_owned())
}

/// The day an example without `on` runs on: the first day of the table or of
/// its newest rule, which is what the table says now.
fn example_day(table: &DecisionTable) -> Date {
    let newest = table
        .rules
        .iter()
        .filter_map(|rule| rule.validity.from)
        .max();
    newest.max(table.validity.from).unwrap_or(SOME_DAY)
}

/// A scalar of YAML as JSON; numbers stay texts, so that no digit is lost.
fn json(node: &Node) -> Json {
    match (node.as_bool(), node.as_text()) {
        (Some(value), _) => Json::Bool(value),
        (None, Some(text)) => Json::String(text.to_owned()),
        (None, None) => Json::Null,
    }
}
