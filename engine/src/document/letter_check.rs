//! What can be known about a letter before it is filled in: whether the values
//! it names exist, and whether its blocks are those of a letter.

use handlebars::Template;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};

use super::letter::{Letter, LetterProblem};
use crate::source::suggest;

/// Blocks a letter may use.
const BLOCKS: [&str; 4] = ["if", "unless", "each", "with"];
/// Conditions inside of brackets.
const CONDITIONS: [&str; 10] = [
    "eq", "ne", "and", "or", "not", "gt", "gte", "lt", "lte", "len",
];
/// Deepest nesting of blocks.
const MAX_DEPTH: usize = 6;
/// Any member.
const OPEN: &[&str] = &["*"];

/// The values of a letter with their members; without members it is a text.
const VALUES: [(&str, &[&str]); 21] = [
    ("answers", OPEN),
    (
        "appointment",
        &[
            "moment",
            "date",
            "time",
            "until",
            "minutes",
            "kind",
            "calendar",
            "place",
            "room",
            "bring",
            "change_until",
        ],
    ),
    ("applicant", &["name", "email", "address"]),
    ("case", &["reference", "opened_on", "language"]),
    (
        "city",
        &[
            "name",
            "place",
            "phone",
            "email",
            "iban",
            "administrative_court",
            "social_court",
        ],
    ),
    ("clerk", &["name", "account"]),
    ("deadline", &[]),
    ("department", &["name", "email", "phone", "address"]),
    ("event", OPEN),
    ("fee", &["total", "lines"]),
    ("outstanding", &[]),
    ("params", OPEN),
    ("party", &["name", "title", "url"]),
    ("payment", &["url", "amount"]),
    ("rank", &[]),
    ("raw", OPEN),
    ("sections", &[]),
    ("service", &["id", "title"]),
    ("status_url", &[]),
    ("today", &[]),
    ("vars", OPEN),
];

/// The values letters can name from the top, with the members that are known.
pub fn letter_values() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    VALUES.into_iter()
}

/// A value a letter shows or asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its path from the top, such as `vars.missing`.
    pub path: String,
    /// Line in the file.
    pub line: usize,
    /// Whether the letter asks first if there is such a value: then it may be empty.
    pub guarded: bool,
}

impl Letter {
    /// Everything suspicious: values nobody provides, names inside lists that
    /// belong to the top, blocks and helpers a letter does not have.
    pub fn problems(&self) -> Vec<LetterProblem> {
        self.examined().problems
    }

    /// The values it names from the top, with their lines, for checks against
    /// the questions and variables there are.
    pub fn references(&self) -> Vec<Reference> {
        self.examined().references
    }

    fn examined(&self) -> Examination {
        let mut found = Examination::default();
        for (template, line_before) in self.parts() {
            found.line_before = line_before;
            found.template(template, 0, false, 1);
        }
        found
    }
}

#[derive(Default)]
struct Examination {
    problems: Vec<LetterProblem>,
    references: Vec<Reference>,
    /// Lines of the file before the template.
    line_before: usize,
    /// Values the blocks around ask for.
    asked: Vec<String>,
    /// Whether the parameters read just now are those of a question.
    asking: bool,
}

impl Examination {
    fn problem(&mut self, line: usize, message: String) {
        self.problems.push(LetterProblem::new(line, message));
    }

    /// A problem of one value.
    fn of_value(&mut self, line: usize, value: &str, message: String, help: Option<String>) {
        self.problems.push(LetterProblem {
            value: Some(value.to_owned()),
            help,
            ..LetterProblem::new(line, message)
        });
    }

    fn template(&mut self, template: &Template, depth: usize, inside: bool, around: usize) {
        for (at, element) in template.elements.iter().enumerate() {
            // Handlebars has no positions for the branches of `else if`.
            let own = template
                .mapping
                .get(at)
                .map(|mapping| mapping.0 + self.line_before);
            let line = own.unwrap_or(around);
            if depth > MAX_DEPTH {
                return self.problem(
                    line,
                    format!("blocks are nested more than {MAX_DEPTH} deep"),
                );
            }
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::Expression(expression) if expression.params.is_empty() => {
                    self.parameter(&expression.name, line, inside);
                }
                TemplateElement::Expression(expression) => {
                    self.helper(expression, &CONDITIONS, line, inside);
                }
                TemplateElement::HelperBlock(block) => self.block(block, line, depth, inside),
                TemplateElement::HtmlExpression(_) => {
                    self.problem(
                        line,
                        "values are written with two braces: `{{ }}`".to_owned(),
                    );
                }
                _ => self.problem(line, "a letter has no partials and decorators".to_owned()),
            }
        }
    }

    fn block(&mut self, block: &HelperTemplate, line: usize, depth: usize, inside: bool) {
        let enters = matches!(block.name.as_name(), Some("each" | "with"));
        let around = self.asked.len();
        // An empty list has no entries, so `each` asks as `if` does.
        self.asking = true;
        self.helper(block, &BLOCKS, line, inside);
        self.asking = false;
        if let Some(template) = &block.template {
            self.template(template, depth + 1, inside || enters, line);
        }
        // The other branch of `unless` has what was asked for; telling the two
        // apart is not worth a wrong finding.
        if let Some(template) = &block.inverse {
            // The parts of an `else if` chain lie in each other, but read side by side.
            self.template(
                template,
                if block.chain { depth } else { depth + 1 },
                inside,
                line,
            );
        }
        self.asked.truncate(around);
    }

    fn helper(&mut self, helper: &HelperTemplate, known: &[&str], line: usize, inside: bool) {
        let name = helper.name.as_name().unwrap_or_default();
        if !known.contains(&name) {
            let hint = suggest(name, known.iter().copied());
            let hint = hint.unwrap_or_else(|| format!("there are: {}", known.join(", ")));
            self.problem(line, format!("a letter has no `{name}` here; {hint}"));
        }
        for parameter in helper.params.iter().chain(helper.hash.values()) {
            self.parameter(parameter, line, inside);
        }
    }

    fn parameter(&mut self, parameter: &Parameter, line: usize, inside: bool) {
        match parameter {
            Parameter::Literal(_) => {}
            Parameter::Subexpression(inner) => {
                if let TemplateElement::Expression(inner) = inner.element.as_ref() {
                    self.helper(inner, &CONDITIONS, line, inside);
                }
            }
            _ => {
                let path = parameter.as_name().unwrap_or_default().replace('/', ".");
                self.path(&path, line, inside);
            }
        }
    }

    fn path(&mut self, path: &str, line: usize, inside: bool) {
        let from_top = path.strip_prefix("@root.");
        if from_top.is_none()
            && (path.starts_with(['.', '@']) || path == "this" || path.starts_with("this."))
        {
            return;
        }
        let inside = inside && from_top.is_none();
        let path = from_top.unwrap_or(path);
        let mut parts = path.split('.');
        let root = parts.next().unwrap_or_default();
        let member = parts.next();
        match (VALUES.iter().find(|(name, _)| *name == root), member) {
            // Names inside of a list are those of its entries.
            (None, _) if inside => {}
            (None, _) => {
                let help = suggest(root, VALUES.iter().map(|(name, _)| *name));
                self.of_value(line, path, format!("there is no value `{root}`"), help);
            }
            (Some(_), Some(_)) if inside => {
                let message = "inside of a list this value is unknown, the text stays empty";
                let help = format!("write `@root.{path}`");
                self.of_value(line, path, message.to_owned(), Some(help));
            }
            (Some((_, members)), Some(member))
                if *members != OPEN && !members.contains(&member) =>
            {
                let help = suggest(member, members.iter().copied()).or_else(|| {
                    (!members.is_empty()).then(|| format!("there are: {}", members.join(", ")))
                });
                let message = format!("`{root}` has no value `{member}`");
                self.of_value(line, path, message, help);
            }
            (Some(_), _) if inside => {}
            (Some(_), _) => {
                if self.asking {
                    self.asked.push(path.to_owned());
                }
                self.references.push(Reference {
                    path: path.to_owned(),
                    line,
                    guarded: self.asked.iter().any(|asked| asked == path),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(source: &str) -> Vec<(usize, String)> {
        let letter = Letter::compile(source).unwrap();
        letter
            .problems()
            .into_iter()
            .map(|problem| (problem.line, problem.message))
            .collect()
    }

    #[test]
    fn good_letters_have_no_problems() {
        let source = "subject: {{case.reference}}\n---\n{{#if (eq vars.kind \"a\")}}{{vars.a}}{{else if vars.b}}{{vars.b}}{{else}}{{deadline}}{{/if}}\n{{#each sections}}\n### {{title}}\n{{#each rows}}\n{{label}} :: {{value}} {{@index}} {{../title}} {{@root.case.reference}}\n{{/each}}\n{{/each}}\n{{#each answers.items}}{{this}}{{/each}}";
        assert_eq!(problems(source), []);
        let letter = Letter::compile(source).unwrap();
        let paths: Vec<(String, usize)> = letter
            .references()
            .into_iter()
            .map(|reference| (reference.path, reference.line))
            .collect();
        let expected = [
            ("case.reference", 1),
            ("vars.kind", 3),
            ("vars.a", 3),
            ("vars.b", 3),
            ("vars.b", 3),
            ("deadline", 3),
            ("sections", 4),
            ("case.reference", 7),
            ("answers.items", 10),
        ];
        assert_eq!(paths, expected.map(|(path, line)| (path.to_owned(), line)));
    }

    #[test]
    fn mistakes_are_named_with_their_lines() {
        let source = "subject: {{case.referenz}}\n---\n{{aplicant.name}}\n{{#each fee.lines}}\n{{service.title}}\n{{/each}}";
        let found = problems(source);
        let expected = [
            (1, "`case` has no value `referenz`"),
            (3, "there is no value `aplicant`"),
            (
                5,
                "inside of a list this value is unknown, the text stays empty",
            ),
        ];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }
}
