//! Actions: each a map with one key that says what to do.

use super::Decoder;
use crate::feel::{Expression, Scope, Type};
use crate::source::{Fields, Key, Node, Span};
use crate::workflow::definition::{Action, AppointmentAction, Name, Places, SYSTEM};

const ACTIONS: [&str; 20] = [
    "document",
    "mail",
    "notify",
    "deliver",
    "request_payment",
    "close_payment",
    "publish",
    "unpublish",
    "places",
    "appointment",
    "flag",
    "unflag",
    "set",
    "append",
    "raise",
    "assign",
    "forward",
    "invite_parties",
    "remind_parties",
    "expire_parties",
];

impl Decoder<'_> {
    pub(super) fn actions(&mut self, nodes: &[Node], event: &Type) -> Vec<Action> {
        let scope = self.scope(event.clone());
        nodes
            .iter()
            .filter_map(|node| self.action(node, &scope))
            .collect()
    }

    fn action(&mut self, node: &Node, scope: &Scope) -> Option<Action> {
        let Some([(key, value)]) = node.as_map() else {
            self.error(
                "wrong-shape",
                node.span,
                "an action is a map with one key, such as `flag: overdue`",
            );
            return None;
        };
        match key.text.as_str() {
            "document" => self.document(value),
            "mail" => self.mail(value),
            "notify" => self.notify(value),
            "deliver" => self.deliver(value, scope),
            "request_payment" => self.payment(value, scope),
            "close_payment" => self.close_payment(value),
            "publish" => self.only_true(value, Action::Publish, "publish"),
            "unpublish" => self.only_true(value, Action::Unpublish, "unpublish"),
            "places" => self.places(value),
            "appointment" => self.appointment(value, scope),
            "flag" => self.word(value, "flag").map(Action::Flag),
            "unflag" => self.word(value, "flag").map(Action::Unflag),
            "set" => Some(Action::Set(self.assignments(value, scope, false))),
            "append" => Some(Action::Append(self.assignments(value, scope, true))),
            "raise" => self.word(value, "event").map(Action::Raise),
            "assign" => self.assign(value),
            "forward" => self.forward(value, scope),
            "invite_parties" => self
                .party_letter(value, "`invite_parties`")
                .map(|template| Action::InviteParties { template }),
            "remind_parties" => self
                .party_letter(value, "`remind_parties`")
                .map(|template| Action::RemindParties { template }),
            "expire_parties" => {
                if value.as_bool() != Some(true) {
                    self.error("wrong-value", value.span, "write `expire_parties: true`");
                }
                Some(Action::ExpireParties)
            }
            other => {
                self.unknown("unknown-action", key.span, "action", other, &ACTIONS);
                None
            }
        }
    }

    fn document(&mut self, node: &Node) -> Option<Action> {
        let fields = Fields::of(node, "`document`", self.report)?;
        let template = fields.need_text("template", self.report);
        let name = fields.text("as", self.report);
        let title = fields.texts("title", self.report);
        let public = fields.bool("public", self.report).unwrap_or(true);
        fields.finish("`document`", self.report);
        let template = template?;
        let name = name.unwrap_or_else(|| template.clone());
        if !self.is_word(&name) {
            self.error("wrong-id", node.span, format!("the name of a document has small letters, digits, `_` and `-`, but here is `{name}`"));
        }
        self.documents.insert(name.clone());
        Some(Action::Document {
            template,
            name,
            title,
            public,
        })
    }

    fn mail(&mut self, node: &Node) -> Option<Action> {
        let fields = Fields::of(node, "`mail`", self.report)?;
        if let Some(to) = fields.need("to", self.report)
            && to.as_text() != Some("applicant")
        {
            self.error(
                "wrong-value",
                to.span,
                "a mail goes `to: applicant`; use `notify` for staff",
            );
        }
        let template = fields.need_text("template", self.report);
        let attach = self.attach(&fields);
        let calendar = fields.bool("calendar", self.report).unwrap_or(false);
        fields.finish("`mail`", self.report);
        Some(Action::Mail {
            template: template?,
            attach,
            calendar,
        })
    }

    /// The mail to parties: who they are stands in the form.
    fn party_letter(&mut self, node: &Node, what: &'static str) -> Option<String> {
        let fields = Fields::of(node, what, self.report)?;
        let template = fields.need_text("template", self.report);
        fields.finish(what, self.report);
        template
    }

    fn notify(&mut self, node: &Node) -> Option<Action> {
        let fields = Fields::of(node, "`notify`", self.report)?;
        let role_node = fields.need("role", self.report);
        let role = role_node.and_then(|node| self.role(node));
        let template = fields.need_text("template", self.report);
        fields.finish("`notify`", self.report);
        let role = role?;
        if role == SYSTEM || self.is_citizen(&role) {
            let span = role_node.map_or(node.span, |node| node.span);
            self.error(
                "wrong-value",
                span,
                "`notify` writes to staff; use `mail` for the applicant",
            );
        }
        Some(Action::Notify {
            role,
            template: template?,
        })
    }

    fn deliver(&mut self, node: &Node, scope: &Scope) -> Option<Action> {
        let fields = Fields::of(node, "`deliver`", self.report)?;
        let department = fields
            .get("department")
            .and_then(|node| self.name(node, scope));
        let queue = fields.get("queue").and_then(|node| self.name(node, scope));
        let attach = self.attach(&fields);
        fields.finish("`deliver`", self.report);
        if department.is_some() && queue.is_none() {
            self.error(
                "missing-key",
                node.span,
                "a `department` needs a `queue` of that department",
            );
        }
        Some(Action::Deliver {
            department,
            queue,
            attach,
        })
    }

    fn payment(&mut self, node: &Node, scope: &Scope) -> Option<Action> {
        let fields = Fields::of(node, "`request_payment`", self.report)?;
        let amount = fields
            .need("amount", self.report)
            .and_then(|node| self.expression(node, scope, &Type::Number));
        let purpose = fields.texts("purpose", self.report);
        fields.finish("`request_payment`", self.report);
        Some(Action::RequestPayment {
            amount: amount?,
            purpose,
        })
    }

    fn close_payment(&mut self, node: &Node) -> Option<Action> {
        if node.as_bool() != Some(true) {
            self.error("wrong-value", node.span, "write `close_payment: true`");
        }
        Some(Action::ClosePayment)
    }

    fn places(&mut self, node: &Node) -> Option<Action> {
        match node.as_text() {
            Some("take") => Some(Action::Places(Places::Take)),
            Some("release") => Some(Action::Places(Places::Release)),
            Some("wait") => Some(Action::Places(Places::Wait)),
            other => {
                self.unknown(
                    "wrong-value",
                    node.span,
                    "way with places",
                    other.unwrap_or(""),
                    &["take", "release", "wait"],
                );
                None
            }
        }
    }

    fn appointment(&mut self, node: &Node, scope: &Scope) -> Option<Action> {
        if node.as_map().is_some() {
            let fields = Fields::of(node, "`appointment`", self.report)?;
            let slot = fields.need("take", self.report);
            let slot = slot.and_then(|node| self.expression(node, scope, &Type::Text));
            fields.finish("`appointment`", self.report);
            return slot.map(AppointmentAction::Take).map(Action::Appointment);
        }
        let known = ["take", "release", "attended", "no_show"];
        Some(Action::Appointment(match node.as_text() {
            Some("take") => AppointmentAction::TakeChosen,
            Some("release") => AppointmentAction::Release,
            Some("attended") => AppointmentAction::Attended,
            Some("no_show") => AppointmentAction::NoShow,
            other => {
                let other = other.unwrap_or("");
                self.unknown(
                    "wrong-value",
                    node.span,
                    "way with appointments",
                    other,
                    &known,
                );
                return None;
            }
        }))
    }

    fn assign(&mut self, node: &Node) -> Option<Action> {
        match node.as_text() {
            Some("actor") => Some(Action::Assign { actor: true }),
            Some("nobody") => Some(Action::Assign { actor: false }),
            other => {
                self.unknown(
                    "wrong-value",
                    node.span,
                    "assignee",
                    other.unwrap_or(""),
                    &["actor", "nobody"],
                );
                None
            }
        }
    }

    fn forward(&mut self, node: &Node, scope: &Scope) -> Option<Action> {
        let fields = Fields::of(node, "`forward`", self.report)?;
        let department = fields
            .need("department", self.report)
            .and_then(|node| self.name(node, scope));
        let queue = fields
            .need("queue", self.report)
            .and_then(|node| self.name(node, scope));
        fields.finish("`forward`", self.report);
        Some(Action::Forward {
            department: department?,
            queue: queue?,
        })
    }

    /// A plain id, or an expression: ids have no dots and quotes, and every
    /// expression that yields an id has one or the other.
    fn name(&mut self, node: &Node, scope: &Scope) -> Option<Name> {
        match node.as_text() {
            Some(text) if self.is_word(text) => Some(Name::Fixed(text.to_owned())),
            _ => self
                .expression(node, scope, &Type::Text)
                .map(Name::Computed),
        }
    }

    fn assignments(
        &mut self,
        node: &Node,
        scope: &Scope,
        append: bool,
    ) -> Vec<(String, Expression)> {
        let Some(entries) = node.as_map() else {
            self.error(
                "wrong-shape",
                node.span,
                "name the variables: `{ variable: expression }`",
            );
            return Vec::new();
        };
        entries
            .iter()
            .filter_map(|(key, value)| self.assignment(key, value, scope, append))
            .collect()
    }

    fn assignment(
        &mut self,
        key: &Key,
        node: &Node,
        scope: &Scope,
        append: bool,
    ) -> Option<(String, Expression)> {
        let Some(declared) = self.vars.get(&key.text).map(|var| var.ty.clone()) else {
            let known: Vec<String> = self.vars.keys().cloned().collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown("unknown-variable", key.span, "variable", &key.text, &known);
            return None;
        };
        let wanted = match (&declared, append) {
            (Type::List(item), true) => item.as_ref(),
            (_, true) => {
                self.error(
                    "wrong-type",
                    key.span,
                    format!("`append` needs a list, but `{}` is none", key.text),
                );
                return None;
            }
            (_, false) => &declared,
        };
        if node.kind == crate::source::NodeKind::Null {
            // `set: { missing: null }` forgets a variable.
            return Expression::compile("null", scope)
                .ok()
                .map(|null| (key.text.clone(), null));
        }
        let expression = self.expression(node, scope, wanted)?;
        Some((key.text.clone(), expression))
    }

    fn attach(&mut self, fields: &Fields<'_>) -> Vec<String> {
        let names = fields.text_list("attach", self.report);
        let span = fields.get("attach").map_or(fields.span, |node| node.span);
        self.attachments
            .extend(names.iter().cloned().map(|name| (name, span)));
        names
    }

    fn word(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = node.as_text().unwrap_or_default();
        if text.split('.').all(|part| self.is_word(part)) {
            return Some(text.to_owned());
        }
        let span: Span = node.span;
        self.error(
            "wrong-id",
            span,
            format!("the name of a {what} has small letters, digits, `_` and `-` only"),
        );
        None
    }

    fn is_word(&self, text: &str) -> bool {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
    }
}
