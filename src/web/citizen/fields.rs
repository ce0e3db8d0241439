//! From the questions of a form as they stand now to what the templates show.

use engine::case::Attachment;
use engine::form::{self, FieldKind, FieldView as Asked, Finding, Level};
use engine::text::{Language, Text};

use super::view::{EntryView, FieldView, FileView, OptionView, PartView, Problem, UploadView};
use crate::web::frame::Said;
use crate::web::slots::{self, SlotsView};
use crate::web::texts::Texts;

/// More options than this are a list to open, not buttons (Q9).
const MOST_BUTTONS: usize = 15;

/// What belongs to the questions beside themselves.
pub struct Surroundings<'s> {
    /// Language of the page.
    pub language: Language,
    /// Words of the pages.
    pub texts: &'s Texts,
    /// Before every HTML id, so that several forms fit on one page.
    pub prefix: &'s str,
    /// What is to be mended or looked at.
    pub findings: &'s [Finding],
    /// Files there already.
    pub uploads: &'s [Attachment],
    /// The form, where people are told why a question is asked.
    pub reasons: Option<&'s form::Questions>,
    /// Free slots, where a question asks for one.
    pub slots: Option<&'s SlotsView>,
}

/// The questions of a page with the lines of the error summary.
pub struct Shown {
    /// The questions.
    pub fields: Vec<FieldView>,
    /// What must be mended, in the order of the page.
    pub problems: Vec<Problem>,
    /// What should be looked at.
    pub warnings: Vec<Problem>,
    /// Whether there is a question for files.
    pub uploads: bool,
}

/// HTML id of the question at a path.
pub fn html_id(prefix: &str, path: &str) -> String {
    format!("{prefix}{}", path.replace('.', "-"))
}

/// Turns the questions of a page into what is shown. Findings that belong to no
/// question on the page stand in the summary without a link.
pub fn show(asked: &[Asked<'_>], surroundings: &Surroundings<'_>) -> Shown {
    let fields: Vec<FieldView> = asked
        .iter()
        .map(|view| surroundings.field(view, 2))
        .collect();
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    let mut order = Vec::new();
    places(asked, &mut order);
    let mut findings: Vec<&Finding> = surroundings.findings.iter().collect();
    findings.sort_by_key(|finding| {
        order
            .iter()
            .position(|path| *path == finding.path)
            .unwrap_or(usize::MAX)
    });
    for finding in findings {
        let known = order.contains(&finding.path.as_str());
        let line = Problem {
            target: known.then(|| html_id(surroundings.prefix, &finding.path)),
            message: finding.message.get(surroundings.language).to_owned(),
        };
        let list = if finding.severity == Level::Error {
            &mut problems
        } else {
            &mut warnings
        };
        if !list.contains(&line) {
            list.push(line);
        }
    }
    Shown {
        fields,
        problems,
        warnings,
        uploads: has_uploads(asked),
    }
}

/// Paths in the order of the page.
fn places<'a>(asked: &'a [Asked<'_>], order: &mut Vec<&'a str>) {
    for view in asked {
        order.push(&view.path);
        places(&view.fields, order);
        for entry in &view.entries {
            places(entry, order);
        }
    }
}

fn has_uploads(asked: &[Asked<'_>]) -> bool {
    asked.iter().any(|view| {
        view.field.attachment().is_some()
            || has_uploads(&view.fields)
            || view.entries.iter().any(|entry| has_uploads(entry))
    })
}

/// Files of this question are sent with the whole form: there is no draft that
/// could keep them meanwhile.
pub fn send_files_along(field: &mut FieldView) {
    if let Some(upload) = &mut field.upload {
        upload.action = None;
        upload.later = false;
    }
    field.fields.iter_mut().for_each(send_files_along);
}

impl Surroundings<'_> {
    fn said(&self, text: &Text) -> Said {
        Said::of(text, self.language)
    }

    fn word(&self, key: &str) -> Said {
        Said::plain(self.texts.say(self.language, key, &[]))
    }

    /// Why a question is asked that others are not asked, where that can be
    /// said in plain words.
    fn reason(&self, view: &Asked<'_>) -> Option<String> {
        if matches!(view.field.kind, FieldKind::Info) || view.field.computed.is_some() {
            return None;
        }
        let said = form::explain_field(self.reasons?, view.field, self.language)?;
        let when = [("when", said.text)];
        said.is_plain
            .then(|| self.texts.say(self.language, "form.why.answer", &when))
    }

    fn message(&self, path: &str, level: Level) -> Option<String> {
        let found = self
            .findings
            .iter()
            .find(|finding| finding.path == path && finding.severity == level)?;
        Some(found.message.get(self.language).to_owned())
    }

    fn field(&self, view: &Asked<'_>, level: u8) -> FieldView {
        let mut shown = FieldView {
            id: html_id(self.prefix, &view.path),
            name: view.path.clone(),
            label: self.said(view.label),
            help: view.field.help.as_ref().map(|text| self.said(text)),
            why: self.reason(view),
            error: self.message(&view.path, Level::Error),
            warning: self.message(&view.path, Level::Warning),
            optional: !view.required
                && !matches!(view.field.kind, FieldKind::Info | FieldKind::Group(_)),
            value: form::display_value(view.field, view.value.as_ref(), self.language),
            input: "text",
            autocomplete: view.field.autocomplete.clone(),
            level,
            ..FieldView::default()
        };
        if view.field.computed.is_some() {
            self.computed(view, &mut shown);
        } else {
            self.kind(view, level, &mut shown);
        }
        shown.described_by = described_by(&shown);
        shown
    }

    fn computed(&self, view: &Asked<'_>, shown: &mut FieldView) {
        shown.template = "field/computed";
        shown.optional = false;
        shown.unit = self.unit(&view.field.kind);
        shown.value = match (&view.field.kind, &view.value) {
            (FieldKind::Money, Some(value)) => {
                let amount = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                shown.unit = None;
                crate::web::format::money(self.language, &amount)
            }
            (FieldKind::Date, Some(value)) => {
                crate::web::format::iso_date(self.language, value.as_str().unwrap_or_default())
            }
            (FieldKind::Boolean, Some(value)) => {
                self.word(if value.as_bool() == Some(true) {
                    "form.yes"
                } else {
                    "form.no"
                })
                .text
            }
            (FieldKind::Choice(_) | FieldKind::Country(_), Some(value)) => {
                let chosen = view
                    .field
                    .options()
                    .iter()
                    .find(|option| value.as_str() == Some(&option.id));
                chosen.map_or_else(String::new, |option| {
                    option.text.get(self.language).to_owned()
                })
            }
            (_, None) => "–".to_owned(),
            _ => std::mem::take(&mut shown.value),
        };
    }

    fn kind(&self, view: &Asked<'_>, level: u8, shown: &mut FieldView) {
        match &view.field.kind {
            FieldKind::Text(rules) if rules.multiline => {
                shown.template = "field/area";
                shown.limit = (rules.max_length < 10_000).then_some(rules.max_length);
            }
            FieldKind::Text(rules) => {
                shown.template = "field/text";
                shown.width = match rules.max_length {
                    0..=12 => "short",
                    13..=30 => "middle",
                    _ => "long",
                };
            }
            FieldKind::Choice(_) | FieldKind::Country(_) => self.choice(view, shown),
            FieldKind::Choices(_) => {
                shown.template = "field/checkboxes";
                shown.options = self.options(view, shown);
            }
            FieldKind::Boolean => {
                shown.template = "field/radios";
                shown.horizontal = true;
                shown.options = ["yes", "no"]
                    .into_iter()
                    .enumerate()
                    .map(|(at, value)| OptionView {
                        id: numbered(&shown.id, at),
                        value: value.to_owned(),
                        label: self.word(if at == 0 { "form.yes" } else { "form.no" }),
                        chosen: shown.value == value,
                    })
                    .collect();
            }
            FieldKind::Consent => {
                shown.template = "field/consent";
                shown.chosen = shown.value == "yes";
            }
            FieldKind::Date => self.date(view, shown),
            FieldKind::Slot => slots::place(shown, self.slots, self.prefix),
            FieldKind::Attachment(_) => self.upload(view, shown),
            FieldKind::Info => shown.template = "field/info",
            FieldKind::Group(_) => {
                shown.template = "field/group";
                shown.fields = view
                    .fields
                    .iter()
                    .map(|child| self.field(child, level + 1))
                    .collect();
            }
            FieldKind::List(_) => self.list(view, shown),
            _ => self.line(view, shown),
        }
    }

    /// Kinds that are one line with rules of their own (Q7, Q8).
    fn line(&self, view: &Asked<'_>, shown: &mut FieldView) {
        let (width, input, inputmode, token) = match view.field.kind {
            FieldKind::Email(_) => ("long", "email", None, Some("email")),
            FieldKind::Phone(_) => ("middle", "tel", None, Some("tel")),
            FieldKind::Url(_) => ("long", "url", None, Some("url")),
            FieldKind::Postcode(_) => ("short", "text", Some("numeric"), Some("postal-code")),
            FieldKind::Iban => ("long", "text", None, Some("off")),
            FieldKind::Year | FieldKind::Integer { .. } => ("short", "text", Some("numeric"), None),
            _ => ("short", "text", Some("decimal"), None),
        };
        shown.template = "field/text";
        shown.width = width;
        shown.input = input;
        shown.inputmode = inputmode;
        shown.literal = true;
        shown.autocomplete = shown
            .autocomplete
            .take()
            .or_else(|| token.map(str::to_owned));
        shown.unit = self.unit(&view.field.kind);
    }

    fn unit(&self, kind: &FieldKind) -> Option<Said> {
        match kind {
            FieldKind::Money => Some(Said::plain("€")),
            FieldKind::Integer { unit } | FieldKind::Number { unit } => {
                unit.as_ref().map(|text| self.said(text))
            }
            _ => None,
        }
    }

    fn choice(&self, view: &Asked<'_>, shown: &mut FieldView) {
        let country = matches!(view.field.kind, FieldKind::Country(_));
        let many = view.options.len() > MOST_BUTTONS;
        shown.template = if many { "field/select" } else { "field/radios" };
        shown.options = self.options(view, shown);
        if country && many {
            shown.autocomplete = shown
                .autocomplete
                .take()
                .or_else(|| Some("country".to_owned()));
        }
    }

    fn options(&self, view: &Asked<'_>, shown: &FieldView) -> Vec<OptionView> {
        let chosen = |id: &str| match &view.value {
            Some(serde_json::Value::Array(ids)) => {
                ids.iter().any(|known| known.as_str() == Some(id))
            }
            Some(value) => value.as_str() == Some(id),
            None => false,
        };
        view.options
            .iter()
            .enumerate()
            .map(|(at, option)| OptionView {
                id: numbered(&shown.id, at),
                value: option.id.clone(),
                label: self.said(&option.text),
                chosen: chosen(&option.id),
            })
            .collect()
    }

    fn date(&self, view: &Asked<'_>, shown: &mut FieldView) {
        shown.template = "field/date";
        let token = shown.autocomplete.take();
        let parts =
            ["day", "month", "year"]
                .into_iter()
                .zip(["form.day", "form.month", "form.year"]);
        shown.parts = parts
            .zip(form::display_date(view.value.as_ref()))
            .map(|((name, part), value)| PartView {
                id: if name == "day" {
                    shown.id.clone()
                } else {
                    format!("{}-{name}", shown.id)
                },
                name: format!("{}.{name}", view.path),
                part,
                value,
                // Only the own birthday has tokens for its parts.
                autocomplete: token
                    .as_ref()
                    .filter(|token| *token == "bday")
                    .map(|token| format!("{token}-{name}")),
            })
            .collect();
    }

    fn upload(&self, view: &Asked<'_>, shown: &mut FieldView) {
        let Some(rules) = view.field.attachment() else {
            return;
        };
        shown.template = "field/file";
        shown.name = format!("file.{}", view.path);
        let files: Vec<FileView> = self
            .uploads
            .iter()
            .filter(|upload| upload.field == view.path)
            .map(|upload| FileView {
                name: upload.name.clone(),
                size: upload.size,
                remove: format!("remove-upload:{}", upload.id),
            })
            .collect();
        let titles: Vec<&str> = rules.accept.iter().map(|kind| kind.title()).collect();
        let accept: Vec<String> = rules
            .accept
            .iter()
            .flat_map(|kind| endings(*kind))
            .collect();
        shown.upload = Some(UploadView {
            kinds: joined(&titles, &self.word("upload.or").text),
            accept: accept.join(","),
            max_size: i64::try_from(rules.max_size).unwrap_or(i64::MAX),
            max_files: rules.max_files,
            more: files.len() < rules.max_files as usize,
            files,
            action: Some(format!("upload:{}", view.path)),
            later: rules.later,
        });
    }

    fn list(&self, view: &Asked<'_>, shown: &mut FieldView) {
        let FieldKind::List(rules) = &view.field.kind else {
            return;
        };
        let item = rules
            .item_label
            .as_ref()
            .map_or_else(|| self.word("form.entry"), |text| self.said(text));
        let limit = |limit: Option<form::Limit>| match limit {
            Some(form::Limit::Number(number)) => usize::try_from(number.trunc().mantissa()).ok(),
            _ => None,
        };
        let count = view.entries.len();
        shown.template = "field/list";
        shown.entries = view
            .entries
            .iter()
            .enumerate()
            .map(|(at, entry)| EntryView {
                id: format!("{}-{at}", shown.id),
                number: at + 1,
                item: item.clone(),
                fields: entry.iter().map(|child| self.field(child, 4)).collect(),
                remove: Some(format!("remove:{}:{at}", view.path)),
            })
            .collect();
        shown.add = limit(view.max)
            .is_none_or(|most| count < most)
            .then(|| format!("add:{}", view.path));
        shown.item = item;
    }
}

/// Ids of everything that describes the control.
fn described_by(shown: &FieldView) -> String {
    let mut parts = Vec::new();
    let group = matches!(
        shown.template,
        "field/group" | "field/list" | "field/info" | "field/computed"
    );
    if group {
        return String::new();
    }
    if shown.error.is_some() {
        parts.push("error");
    }
    if shown.warning.is_some()
        && shown.template != "field/file"
        && shown.template != "field/consent"
    {
        parts.push("warning");
    }
    if shown.help.is_some() {
        parts.push("hint");
    }
    match shown.template {
        "field/date" => parts.push("example"),
        "field/checkboxes" => parts.push("several"),
        "field/file" => parts.push("rules"),
        "field/area" if shown.limit.is_some() => parts.push("limit"),
        "field/text" if shown.unit.is_some() => parts.push("unit"),
        _ => {}
    }
    parts
        .iter()
        .map(|part| format!("{}-{part}", shown.id))
        .collect::<Vec<_>>()
        .join(" ")
}

fn numbered(id: &str, at: usize) -> String {
    if at == 0 {
        id.to_owned()
    } else {
        format!("{id}-{}", at + 1)
    }
}

/// `PDF, JPG oder PNG`.
fn joined(names: &[&str], or: &str) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} {or} {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Endings and media type for `accept`.
fn endings(kind: form::FileType) -> Vec<String> {
    let mut endings = vec![format!(".{}", kind.name())];
    match kind {
        form::FileType::Jpg => endings.push(".jpeg".to_owned()),
        form::FileType::Tiff => endings.push(".tif".to_owned()),
        form::FileType::Heic => endings.push(".heif".to_owned()),
        _ => {}
    }
    endings.push(kind.media_type().to_owned());
    endings
}
