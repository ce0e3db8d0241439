//! First pass over the fields of a form: library groups are put in place of
//! `use`, and every field gets its static type, so that rules may name fields
//! that come later.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::catalogue::{Codelist, DataSet, Department, unknown};
use crate::feel::table::DecisionTable;
use crate::feel::{Scope, Type};
use crate::source::{
    Diagnostic, FileId, Key, Node, NodeKind, Report, Scalar, ScalarStyle, Span, suggest,
};
use crate::text::Text;
use crate::workflow::Workflow;

/// Everything forms may refer to. What a form uses is noted, so that its
/// bundle holds exactly the files it was compiled from.
#[derive(Default)]
pub(crate) struct Shared<'a> {
    /// Departments; `None` where their file could not be read, then nothing is checked against them.
    pub(crate) departments: Option<(FileId, &'a [Department])>,
    /// Groups of field libraries by `library.group`.
    pub(crate) groups: BTreeMap<String, Group<'a>>,
    /// Codelists by id.
    pub(crate) codelists: BTreeMap<String, (FileId, &'a Codelist)>,
    /// Data sets by id.
    pub(crate) data: BTreeMap<String, (FileId, &'a DataSet)>,
    /// Decision tables by id; `None` for one that has errors of its own.
    pub(crate) tables: BTreeMap<String, (FileId, Option<Arc<DecisionTable>>)>,
    /// Workflows by id; `None` for one that has errors of its own.
    pub(crate) workflows: BTreeMap<String, (FileId, Option<Arc<Workflow>>)>,
    /// Calendars by id; `None` for one that has errors of its own.
    pub(crate) calendars: BTreeMap<String, (FileId, Option<Arc<crate::appointment::Calendar>>)>,
    /// Files used since this was last emptied.
    pub(crate) used: RefCell<BTreeSet<FileId>>,
    /// Fields put in place so far for what is being compiled, since groups that
    /// use groups may multiply.
    pub(crate) expanded: Cell<usize>,
    /// Whether names outside a group may be unknown: a library looked at alone.
    pub(crate) open: bool,
}

impl Shared<'_> {
    /// Notes that a file is needed by what is being compiled.
    pub(crate) fn uses(&self, file: FileId) {
        self.used.borrow_mut().insert(file);
    }
}

/// A group of a field library.
pub(crate) struct Group<'a> {
    pub(crate) title: Option<Text>,
    pub(crate) fields: &'a [Node],
    /// Rules across its fields, which hold wherever the group is used.
    pub(crate) checks: &'a [Node],
    pub(crate) file: FileId,
}

/// A field before its rules are compiled.
pub(crate) struct Outline {
    pub(crate) id: String,
    pub(crate) node: Node,
    /// Name of the type, `group` for `use`; empty where it is missing or unknown.
    pub(crate) type_name: String,
    /// Type in expressions; `None` for fields without a value.
    pub(crate) ty: Option<Type>,
    pub(crate) children: Vec<Outline>,
    /// Title of the library group, the label where the field gives none.
    pub(crate) title: Option<Text>,
    /// Checks of the library group that `with` does not leave out.
    pub(crate) checks: Vec<Node>,
}

/// Most fields of a form.
const MAX_FIELDS: usize = 10_000;

/// Names of the field types in definitions.
pub(crate) const TYPES: [&str; 21] = [
    "text",
    "choice",
    "choices",
    "boolean",
    "date",
    "year",
    "integer",
    "number",
    "money",
    "email",
    "phone",
    "url",
    "iban",
    "slot",
    "postcode",
    "country",
    "attachment",
    "consent",
    "info",
    "group",
    "list",
];

/// Expands a list of field nodes. `stack` holds the library groups being expanded.
pub(crate) fn expand(
    nodes: &[Node],
    shared: &Shared<'_>,
    stack: &mut Vec<String>,
    report: &mut Report,
) -> Vec<Outline> {
    let mut outlines: Vec<Outline> = Vec::new();
    let mut ids = HashSet::new();
    for node in nodes {
        let count = shared.expanded.get() + 1;
        shared.expanded.set(count);
        if count > MAX_FIELDS {
            if count == MAX_FIELDS + 1 {
                let message =
                    format!("with its library groups this has more than {MAX_FIELDS} fields");
                report.push(
                    Diagnostic::error("too-many-fields", node.span, message)
                        .help("look for groups that use other groups several times"),
                );
            }
            break;
        }
        let Some(outline) = expand_one(node, shared, stack, report) else {
            continue;
        };
        if !ids.insert(outline.id.clone()) {
            let span = node.get("id").map_or(node.span, |id| id.span);
            report.push(crate::catalogue::duplicate("fields", &outline.id, span));
        } else {
            outlines.push(outline);
        }
    }
    outlines
}

fn expand_one(
    node: &Node,
    shared: &Shared<'_>,
    stack: &mut Vec<String>,
    report: &mut Report,
) -> Option<Outline> {
    if node.as_map().is_none() {
        let message = format!(
            "a field must be a map of keys and values, but here is {}",
            node.kind_name()
        );
        report.push(Diagnostic::error("wrong-shape", node.span, message));
        return None;
    }
    let id = field_id(node, report)?;
    let mut outline = Outline {
        id,
        node: node.clone(),
        type_name: String::new(),
        ty: None,
        children: Vec::new(),
        title: None,
        checks: Vec::new(),
    };
    match (node.get("use"), node.get("type")) {
        (Some(wanted), None) => {
            outline.type_name = "group".to_owned();
            expand_use(&mut outline, wanted, shared, stack, report);
        }
        (None, Some(type_node)) => {
            let name = type_node.as_text().unwrap_or_default();
            if TYPES.contains(&name) {
                outline.type_name = name.to_owned();
            } else {
                report.push(unknown(
                    "unknown-type",
                    "field type",
                    name,
                    TYPES,
                    type_node.span,
                ));
            }
            if matches!(name, "group" | "list") {
                let fields = node
                    .get("fields")
                    .and_then(Node::as_list)
                    .unwrap_or_default();
                outline.children = expand(fields, shared, stack, report);
            }
        }
        (Some(_), Some(type_node)) => report.push(
            Diagnostic::error(
                "use-and-type",
                type_node.span,
                "a field has either `type` or `use`, not both",
            )
            .help("remove `type`; the group of the library brings its fields"),
        ),
        (None, None) => report.push(no_type(node, &outline.id)),
    }
    outline.ty = type_of(&outline, shared);
    Some(outline)
}

/// A field with neither `type` nor `use`; perhaps the key is there, but mistyped.
fn no_type(node: &Node, id: &str) -> Diagnostic {
    let keys = node.as_map().unwrap_or_default();
    let meant = keys.iter().find_map(|(key, _)| {
        let short = key.text.len() > 2 && key.text != "title";
        let meant = suggest(&key.text, ["type", "use"]).filter(|_| short)?;
        Some((key, meant))
    });
    match meant {
        Some((key, meant)) => {
            let message = format!("a field has no key `{}`", key.text);
            Diagnostic::error("unknown-key", key.span, message).help(meant)
        }
        None => Diagnostic::error(
            "missing-key",
            node.span,
            format!("the field `{id}` has no `type`"),
        )
        .help("add `type:`, or `use:` for a group of a library"),
    }
}

fn field_id(node: &Node, report: &mut Report) -> Option<String> {
    let Some(id) = node.get("id") else {
        report.push(
            Diagnostic::error("missing-key", node.span, "this field has no `id`").help("add `id:`"),
        );
        return None;
    };
    let text = id.as_text().unwrap_or_default();
    let good = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !good {
        report.push(
            Diagnostic::error("bad-id", id.span, format!("`{text}` cannot be the id of a field"))
                .help("use small letters a-z, digits and `_`, beginning with a letter; it is a name in rules"),
        );
    }
    (!text.is_empty()).then(|| text.to_owned())
}

fn expand_use(
    outline: &mut Outline,
    wanted: &Node,
    shared: &Shared<'_>,
    stack: &mut Vec<String>,
    report: &mut Report,
) {
    let name = wanted.as_text().unwrap_or_default();
    let Some(group) = shared.groups.get(name) else {
        let library = name.split('.').next().unwrap_or_default();
        let prefix = format!("{library}.");
        let known: Vec<&str> = shared.groups.keys().map(String::as_str).collect();
        let of_library: Vec<&str> = known
            .iter()
            .copied()
            .filter(|group| group.starts_with(&prefix))
            .collect();
        let diagnostic = if of_library.is_empty() {
            unknown("unknown-library", "library group", name, known, wanted.span)
        } else {
            unknown(
                "unknown-group",
                "library group",
                name,
                of_library,
                wanted.span,
            )
        };
        report.push(diagnostic);
        // The label may have been that of the group.
        outline.title = Some(Text::default());
        return;
    };
    if stack.iter().any(|open| open == name) {
        let circle = format!("{} → {name}", stack.join(" → "));
        report.push(
            Diagnostic::error(
                "cyclic-use",
                wanted.span,
                format!("library groups use each other in a circle: {circle}"),
            )
            .help("remove one of these `use`"),
        );
        return;
    }
    shared.uses(group.file);
    outline.title = group.title.clone();
    let (fields, checks) = overridden(group, outline.node.get("with"), name, report);
    outline.checks = checks;
    stack.push(name.to_owned());
    outline.children = expand(&fields, shared, stack, report);
    stack.pop();
}

/// The fields and checks of a group after `with`.
fn overridden(
    group: &Group<'_>,
    with: Option<&Node>,
    name_of_group: &str,
    report: &mut Report,
) -> (Vec<Node>, Vec<Node>) {
    let mut fields = group.fields.to_vec();
    let mut checks = group.checks.to_vec();
    let Some(with) = with else {
        return (fields, checks);
    };
    let Some(entries) = with.as_map() else {
        let message = format!(
            "`with` must be a map of the group's fields, but here is {}",
            with.kind_name()
        );
        report.push(Diagnostic::error("wrong-shape", with.span, message));
        return (fields, checks);
    };
    for (name, change) in entries {
        let called = |node: &Node| node.get("id").and_then(Node::as_text) == Some(&name.text);
        let Some(at) = fields.iter().position(called) else {
            if let Some(at) = checks.iter().position(called) {
                leave_out(&mut checks, at, change, report);
                continue;
            }
            let known: Vec<&str> = (fields.iter().chain(&checks))
                .filter_map(|node| node.get("id")?.as_text())
                .collect();
            report.push(unknown(
                "unknown-field",
                &format!("field in `{name_of_group}`:"),
                &name.text,
                known,
                name.span,
            ));
            continue;
        };
        match change.as_text() {
            Some("omit") => drop(fields.remove(at)),
            Some("required") => set(
                &mut fields[at],
                "required",
                literal(change.span, "true"),
                name.span,
            ),
            Some("optional") => set(
                &mut fields[at],
                "required",
                literal(change.span, "false"),
                name.span,
            ),
            _ => match change.as_map() {
                Some(keys) => {
                    for (key, value) in keys {
                        set(&mut fields[at], &key.text, value.clone(), key.span);
                    }
                }
                None => report.push(
                    Diagnostic::error(
                        "wrong-shape",
                        change.span,
                        format!("`{}` cannot be changed to this", name.text),
                    )
                    .help("write `omit`, `required`, `optional`, or a map of keys to replace"),
                ),
            },
        }
    }
    (fields, checks)
}

/// `with: { check: omit }`: the check does not hold here.
fn leave_out(checks: &mut Vec<Node>, at: usize, change: &Node, report: &mut Report) {
    if change.as_text() == Some("omit") {
        checks.remove(at);
        return;
    }
    report.push(
        Diagnostic::error(
            "wrong-shape",
            change.span,
            "a check of a group cannot be changed, only left out",
        )
        .help("write `omit`, and write a check of your own on the page"),
    );
}

fn literal(span: Span, text: &str) -> Node {
    let scalar = Scalar {
        text: text.to_owned(),
        style: ScalarStyle::Plain,
        content_start: None,
    };
    Node {
        span,
        kind: NodeKind::Scalar(scalar),
    }
}

fn set(field: &mut Node, key: &str, value: Node, span: Span) {
    if let NodeKind::Map(entries) = &mut field.kind {
        match entries.iter_mut().find(|(known, _)| known.text == key) {
            Some(entry) => entry.1 = value,
            None => entries.push((
                Key {
                    text: key.to_owned(),
                    span,
                },
                value,
            )),
        }
    }
}

/// Whether the answer may be missing although its container is there.
fn may_be_missing(outline: &Outline) -> bool {
    let node = &outline.node;
    let optional = node
        .get("required")
        .is_some_and(|required| required.as_bool() != Some(true));
    // Collections without an entry are empty lists, not null.
    let collection = matches!(
        outline.type_name.as_str(),
        "list" | "choices" | "attachment"
    );
    node.get("visible").is_some() || node.get("computed").is_some() || (optional && !collection)
}

fn type_of(outline: &Outline, shared: &Shared<'_>) -> Option<Type> {
    let record = || Type::Record(Arc::new(record_of(&outline.children)));
    let ty = match outline.type_name.as_str() {
        "text" | "email" | "phone" | "url" | "iban" | "slot" | "postcode" => Type::Text,
        "choice" | "country" => option_type(outline, shared),
        "choices" => Type::List(Box::new(option_type(outline, shared))),
        "boolean" | "consent" => Type::Boolean,
        "date" => Type::Date,
        "year" | "integer" | "number" | "money" => Type::Number,
        "attachment" => Type::List(Box::new(Type::Text)),
        "group" => record(),
        "list" => Type::List(Box::new(record())),
        "info" => return None,
        _ => Type::Any,
    };
    Some(if may_be_missing(outline) {
        ty.optional()
    } else {
        ty
    })
}

/// Names and types of the fields of one container.
pub(super) fn record_of(outlines: &[Outline]) -> BTreeMap<String, Type> {
    outlines
        .iter()
        .filter_map(|outline| Some((outline.id.clone(), outline.ty.clone()?)))
        .collect()
}

fn option_type(outline: &Outline, shared: &Shared<'_>) -> Type {
    let ids: Vec<String> = match (outline.type_name.as_str(), outline.node.get("options")) {
        ("country", None) => codelist_ids(shared, "countries"),
        (_, Some(node)) => match (node.as_list(), node.get("codelist").and_then(Node::as_text)) {
            (Some(items), _) => items
                .iter()
                .filter_map(|item| Some(item.get("id")?.as_text()?.to_owned()))
                .collect(),
            (_, Some(codelist)) => codelist_ids(shared, codelist),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    // Without options there is an error already; rules shall not add to it.
    if ids.is_empty() {
        Type::Text
    } else {
        Type::Choice(Arc::from(ids))
    }
}

fn codelist_ids(shared: &Shared<'_>, id: &str) -> Vec<String> {
    shared
        .codelists
        .get(id)
        .map(|(_, list)| list.options.iter().map(|o| o.0.clone()).collect())
        .unwrap_or_default()
}

/// The scope inside a container: its own names before those around it.
pub(super) fn inner_scope(around: &Scope, children: &[Outline]) -> Scope {
    let mut scope = around.clone();
    scope.names.extend(record_of(children));
    scope
}
