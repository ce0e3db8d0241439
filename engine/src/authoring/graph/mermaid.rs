//! Drawings as Mermaid text, for pages that draw it themselves.

use std::fmt::Write as _;

use super::form::{depends, say};
use super::workflow::Words;
use crate::form::{Field, Form, Rule};
use crate::text::Language;
use crate::workflow::Workflow;
use crate::workflow::chart::{Kind, ROOT, StateIndex};

/// A workflow as a Mermaid state diagram.
pub fn workflow_mermaid(workflow: &Workflow, language: Language) -> String {
    let words = Words { workflow, language };
    let mut out = format!(
        "---\ntitle: {}\n---\nstateDiagram-v2\n",
        quoted(workflow.title.get(language))
    );
    states(&words, ROOT, 1, &mut out);
    for (at, transition) in workflow.chart.transitions.iter().enumerate() {
        let guard = transition
            .guard
            .as_ref()
            .and_then(|guard| guard.when.as_ref());
        let guard = guard.map_or(String::new(), |when| format!(" [{}]", when.text()));
        let text = plain(&format!("{}{guard}", words.trigger(transition, at)));
        let source = name(workflow, transition.source);
        for target in &transition.targets {
            line(
                &mut out,
                1,
                format_args!("{source} --> {} : {text}", name(workflow, *target)),
            );
        }
    }
    out
}

fn states(words: &Words<'_>, around: StateIndex, depth: usize, out: &mut String) {
    let workflow = words.workflow;
    let state = &workflow.chart.states[around];
    for target in state.initial.iter().flat_map(|initial| &initial.targets) {
        line(
            out,
            depth,
            format_args!("[*] --> {}", name(workflow, *target)),
        );
    }
    for (count, child) in state.children.iter().enumerate() {
        let (id, label) = (name(workflow, *child), plain(&words.name(*child)));
        if state.kind == Kind::Parallel && count > 0 {
            line(out, depth, format_args!("--"));
        }
        let inner = &workflow.chart.states[*child];
        if inner.children.is_empty() {
            line(out, depth, format_args!("state \"{label}\" as {id}"));
        } else {
            line(out, depth, format_args!("state \"{label}\" as {id} {{"));
            states(words, *child, depth + 1, out);
            line(out, depth, format_args!("}}"));
        }
        if inner.kind == Kind::Final {
            line(out, depth, format_args!("{id} --> [*]"));
        }
        if let Some(role) = &workflow.states[*child].task {
            line(
                out,
                depth,
                format_args!("{id} : {}", plain(&words.role(role))),
            );
        }
    }
}

/// A form as a Mermaid flowchart.
pub fn form_mermaid(form: &Form, language: Language) -> String {
    let pages = &form.questions.pages;
    let mut out = format!(
        "---\ntitle: {}\n---\nflowchart TD\n",
        quoted(form.title.get(language))
    );
    for (at, page) in pages.iter().enumerate() {
        let mut text = format!("<b>{}</b>", plain(page.title.get(language)));
        for field in &page.fields {
            questions(field, 0, language, &mut text);
        }
        line(&mut out, 1, format_args!("p{at}[\"{text}\"]"));
    }
    for (at, page) in pages.iter().enumerate() {
        if at > 0 {
            line(&mut out, 1, format_args!("p{} --> p{at}", at - 1));
        }
        let Some(rule) = &page.visible else { continue };
        for (from, asked) in pages.iter().enumerate() {
            let mut fields: Vec<&Field> = asked.fields.iter().collect();
            let mut found = false;
            while let Some(field) = fields.pop() {
                found |= depends(page, &field.path);
                fields.extend(field.fields());
            }
            if found {
                line(
                    &mut out,
                    1,
                    format_args!("p{from} -.->|\"{}\"| p{at}", plain(rule.text())),
                );
            }
        }
    }
    out
}

fn questions(field: &Field, depth: usize, language: Language, out: &mut String) {
    let mark = match field.required {
        Rule::Never => say(language, " (freiwillig)", " (optional)"),
        _ => String::new(),
    };
    let when = field.visible.as_ref().map_or(String::new(), |rule| {
        format!(" — <i>{}</i>", plain(rule.text()))
    });
    out.push_str("<br/>");
    out.push_str(&"&emsp;".repeat(depth));
    out.push_str(&plain(field.label.text.get(language)));
    out.push_str(&mark);
    out.push_str(&when);
    for inner in field.fields() {
        questions(inner, depth + 1, language, out);
    }
}

fn line(out: &mut String, depth: usize, text: std::fmt::Arguments<'_>) {
    let written = writeln!(out, "{:indent$}{text}", "", indent = depth * 4);
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

/// A state's name without signs Mermaid has a meaning for.
fn name(workflow: &Workflow, state: StateIndex) -> String {
    format!(
        "s{state}_{}",
        workflow.states[state].path.replace(['.', '-'], "_")
    )
}

/// A text with the signs Mermaid has a meaning for written as entities.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '#' | ';' | ':' | '<' | '>' | '{' | '}' | '[' | ']' | '|' | '\\' | '`' | '%'
            | '&' => {
                out.push_str(&format!("#{};", u32::from(c)));
            }
            '\n' | '\r' | '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A text in the quotes of the front matter.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
