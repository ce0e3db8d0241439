//! Which values a letter would show without having them, given what is known
//! of the values at the moment it is sent. Follows the conditions of the
//! template, so that `{{#if vars.note}}{{vars.note}}{{/if}}` has no gap.

use handlebars::Template;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use serde_json::Value as Json;

use super::letter::Letter;
use super::letter_check::Reference;

/// What is known of a value when a letter is filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// There is none.
    Absent,
    /// It is exactly this; null counts as absent.
    Is(Json),
    /// Nothing is known; whoever asks takes care of it elsewhere.
    Unknown,
}

impl Letter {
    /// The values the letter would show although they are absent, each once.
    pub fn gaps(&self, known: &dyn Fn(&str) -> Known) -> Vec<Reference> {
        let mut walk = Walk {
            known,
            gaps: Vec::new(),
            line_before: 0,
        };
        for (template, line_before) in self.parts() {
            walk.line_before = line_before;
            walk.template(template, false, 1);
        }
        walk.gaps
    }
}

struct Walk<'k> {
    known: &'k dyn Fn(&str) -> Known,
    gaps: Vec<Reference>,
    /// Lines of the file before the template.
    line_before: usize,
}

impl Walk<'_> {
    fn template(&mut self, template: &Template, inside: bool, around: usize) {
        for (at, element) in template.elements.iter().enumerate() {
            let own = template
                .mapping
                .get(at)
                .map(|mapping| mapping.0 + self.line_before);
            let line = own.unwrap_or(around);
            match element {
                TemplateElement::Expression(shown) if shown.params.is_empty() => {
                    self.shown(&shown.name, line, inside);
                }
                TemplateElement::HelperBlock(block) => self.block(block, line, inside),
                _ => {}
            }
        }
    }

    fn shown(&mut self, name: &Parameter, line: usize, inside: bool) {
        let Some(path) = path_from_top(name, inside) else {
            return;
        };
        if self.look(&path) == Known::Absent && !self.gaps.iter().any(|gap| gap.path == path) {
            self.gaps.push(Reference {
                path,
                line,
                guarded: false,
            });
        }
    }

    fn block(&mut self, block: &HelperTemplate, line: usize, inside: bool) {
        let name = block.name.as_name().unwrap_or_default();
        let subject = block.params.first();
        let truth = subject.and_then(|subject| self.truth(subject, inside));
        let (taken, enters) = match name {
            "unless" => (truth.map(|truth| !truth), false),
            "each" | "with" => (truth, true),
            _ => (truth, false),
        };
        if let Some(template) = block.template.as_ref().filter(|_| taken != Some(false)) {
            self.template(template, inside || enters, line);
        }
        if let Some(template) = block.inverse.as_ref().filter(|_| taken != Some(true)) {
            self.template(template, inside, line);
        }
    }

    /// Whether a condition holds, where that is known.
    fn truth(&self, parameter: &Parameter, inside: bool) -> Option<bool> {
        if let Parameter::Subexpression(inner) = parameter
            && let TemplateElement::Expression(call) = inner.element.as_ref()
        {
            return self.condition(call, inside);
        }
        match self.value(parameter, inside) {
            Known::Unknown => None,
            Known::Absent => Some(false),
            Known::Is(value) => Some(is_truthy(&value)),
        }
    }

    fn condition(&self, call: &HelperTemplate, inside: bool) -> Option<bool> {
        let truths = || call.params.iter().map(|part| self.truth(part, inside));
        match call.name.as_name()? {
            "not" => truths().next()?.map(|truth| !truth),
            "and" if truths().any(|truth| truth == Some(false)) => Some(false),
            "and" => truths().all(|truth| truth == Some(true)).then_some(true),
            "or" if truths().any(|truth| truth == Some(true)) => Some(true),
            "or" => truths().all(|truth| truth == Some(false)).then_some(false),
            name @ ("eq" | "ne") => {
                let [left, right] = call.params.as_slice() else {
                    return None;
                };
                let equal = match (self.value(left, inside), self.value(right, inside)) {
                    (Known::Unknown, _) | (_, Known::Unknown) => return None,
                    (left, right) => left == right,
                };
                Some(equal == (name == "eq"))
            }
            _ => None,
        }
    }

    fn value(&self, parameter: &Parameter, inside: bool) -> Known {
        match parameter {
            Parameter::Literal(value) => Known::Is(value.clone()),
            Parameter::Subexpression(_) => Known::Unknown,
            named => path_from_top(named, inside).map_or(Known::Unknown, |path| self.look(&path)),
        }
    }

    fn look(&self, path: &str) -> Known {
        match (self.known)(path) {
            Known::Is(Json::Null) => Known::Absent,
            known => known,
        }
    }
}

/// The path of a name counted from the top, as far as it is one: names inside
/// of lists are those of the entries.
fn path_from_top(name: &Parameter, inside: bool) -> Option<String> {
    let path = name.as_name()?.replace('/', ".");
    match path.strip_prefix("@root.") {
        Some(path) => Some(path.to_owned()),
        None if inside || path.starts_with(['.', '@']) || path == "this" => None,
        None => Some(path),
    }
}

/// As Handlebars sees it.
fn is_truthy(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(fields) => !fields.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn gaps(body: &str, values: &Json) -> Vec<(String, usize)> {
        let letter = Letter::compile(&format!("subject: x\n---\n{body}")).unwrap();
        let known = |path: &str| {
            let pointer = format!("/{}", path.replace('.', "/"));
            match values.pointer(&pointer) {
                Some(Json::String(text)) if text == "?" => Known::Unknown,
                Some(value) => Known::Is(value.clone()),
                None => Known::Absent,
            }
        };
        let gaps = letter.gaps(&known).into_iter();
        gaps.map(|gap| (gap.path, gap.line)).collect()
    }

    #[test]
    fn only_what_would_be_shown_is_missed() {
        let values = json!({ "a": "x", "zero": 0, "unknown": "?" });
        assert_eq!(
            gaps("{{a}} {{b}}\n{{c}}", &values),
            [("b".into(), 3), ("c".into(), 4)]
        );
        assert_eq!(gaps("{{#if b}}{{b}}{{else}}{{a}}{{/if}}", &values), []);
        assert_eq!(gaps("{{#if a}}{{b}}{{/if}}", &values).len(), 1);
        assert_eq!(gaps("{{#if zero}}{{b}}{{/if}}", &values), []);
        assert_eq!(
            gaps("{{#if unknown}}{{b}}{{else}}{{c}}{{/if}}", &values).len(),
            2
        );
        assert_eq!(
            gaps("{{#unless b}}{{a}}{{else}}{{c}}{{/unless}}", &values),
            []
        );
        assert_eq!(gaps("{{#each b}}{{name}}{{@root.c}}{{/each}}", &values), []);
        assert_eq!(
            gaps("{{#each unknown}}{{name}}{{@root.c}}{{/each}}", &values).len(),
            1
        );
        assert_eq!(gaps("{{#if (eq a \"y\")}}{{b}}{{/if}}", &values), []);
        assert_eq!(
            gaps("{{#if (and a (not b))}}{{c}}{{/if}}", &values).len(),
            1
        );
    }
}
