//! A form after decoding: every text, type and rule in its place, ready to be
//! shown, evaluated and checked. Nothing here refers to the files any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::appointment::Calendar;
use crate::feel::table::DecisionTable;
use crate::feel::{Expression, Scope, Value};
use crate::source::Span;
use crate::text::{Language, Text};

use super::migrate::FormMigration;
use super::order::Order;
use super::schema::Schemas;

/// A service: what citizens read about it, its questions and its rules.
#[derive(Debug)]
pub struct Form {
    /// Id of the service, the folder's name.
    pub id: String,
    /// Version the designer counts up.
    pub version: i64,
    /// Name of the service.
    pub title: Text,
    /// One or two sentences what it is for.
    pub summary: Text,
    /// What stands on the start page, and who works it.
    pub service: ServiceInfo,
    /// Statutes.
    pub legal: Vec<LegalReference>,
    /// How sure we must be who applies.
    pub identification: Identification,
    /// What happens to the data (Art. 13 GDPR).
    pub privacy: Privacy,
    /// Pages, fields and their rules.
    pub questions: Questions,
    /// Whom letters and mails go to; absent for anonymous reports.
    pub applicant: Option<ApplicantRules>,
    /// The workflow its cases run through.
    pub workflow: WorkflowUse,
    /// Places, where they are limited.
    pub capacity: Option<CapacityRules>,
    /// The appointment it leads to.
    pub appointment: Option<AppointmentRules>,
    /// Where cases go; the first line that holds.
    pub routing: Vec<RouteRule>,
    /// What it costs.
    pub fee: Vec<FeeRule>,
    /// Where answers of drafts of older versions go.
    pub migrations: Vec<FormMigration>,
    /// What of it everybody may read.
    pub publication: Option<super::publication::PublicationRules>,
    /// Paths of the questions of the personal checklist.
    pub checklist: Vec<String>,
    /// People besides the applicant whose word is needed.
    pub parties: Option<super::PartiesRules>,
}

impl Form {
    /// The page of an id.
    pub fn page(&self, id: &str) -> Option<&Page> {
        self.questions.page(id)
    }
}

/// The start page of a service and the department behind it.
#[derive(Clone, Debug, Default)]
pub struct ServiceInfo {
    /// Department id of the catalogue.
    pub department: String,
    /// Queue of that department.
    pub queue: String,
    /// Portals it is offered in.
    pub portals: Vec<String>,
    /// Words people search for, German then English.
    pub keywords: BTreeMap<Language, Vec<String>>,
    /// Key of the national service catalogue (LeiKa).
    pub leika: Option<String>,
    /// Who may apply.
    pub who: Option<Text>,
    /// What must be the case.
    pub prerequisites: Vec<Text>,
    /// What to have at hand.
    pub needed: Vec<Text>,
    /// Deadlines of the citizen.
    pub deadlines: Vec<Text>,
    /// Minutes it takes to fill in.
    pub minutes: Option<i64>,
    /// How long the department takes.
    pub processing_time: Option<Text>,
    /// What it costs, in words.
    pub cost: Option<Text>,
    /// What happens after sending, step by step.
    pub next: Vec<Text>,
}

/// A statute a service rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalReference {
    /// Such as `§ 14 Abs. 1 GewO`.
    pub reference: String,
    /// The city should check it.
    pub verify: bool,
    /// It is an example of local law.
    pub sample: bool,
}

/// How sure we must be who applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdentificationLevel {
    /// Not at all.
    #[default]
    None,
    /// A confirmed mail address.
    Email,
    /// eIDAS substantial.
    Substantial,
    /// eIDAS high.
    High,
    /// Statutory written form (§ 126 BGB, § 3a VwVfG).
    Written,
}

impl IdentificationLevel {
    /// All levels with their names in definitions.
    pub const NAMES: [(&'static str, IdentificationLevel); 5] = [
        ("none", IdentificationLevel::None),
        ("email", IdentificationLevel::Email),
        ("substantial", IdentificationLevel::Substantial),
        ("high", IdentificationLevel::High),
        ("written", IdentificationLevel::Written),
    ];

    /// The name in definitions.
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, level)| *level == self)
            .map_or("none", |(name, _)| name)
    }
}

/// Level of identification and why.
#[derive(Clone, Debug, Default)]
pub struct Identification {
    /// The level.
    pub level: IdentificationLevel,
    /// Why, shown to the citizen.
    pub reason: Option<Text>,
    /// The city should check it.
    pub verify: bool,
}

/// What the citizen is told about the data (Art. 13 GDPR).
#[derive(Clone, Debug, Default)]
pub struct Privacy {
    /// What the data are for.
    pub purpose: Text,
    /// Legal basis.
    pub basis: String,
    /// ISO 8601 duration the data are kept after the case is closed, such as `P10Y`.
    pub retention: String,
    /// Who else receives them.
    pub recipients: Vec<Text>,
}

/// Whom letters and mails go to.
#[derive(Clone, Debug)]
pub struct ApplicantRules {
    /// Text: the full name.
    pub name: Expression,
    /// Text or null: the mail address.
    pub email: Option<Expression>,
    /// Texts: the postal address, one line each.
    pub address: Vec<Expression>,
}

/// The workflow of a form with the parameters it sets.
#[derive(Clone, Debug)]
pub struct WorkflowUse {
    /// Id of the workflow.
    pub id: String,
    /// Parameters by name, over the answers.
    pub with: Vec<(String, Expression)>,
    /// Parameters by name that decision tables decide, such as the days of a deadline.
    pub tables: Vec<(String, TableCall)>,
}

/// A decision table asked with the answers.
#[derive(Clone, Debug)]
pub struct TableCall {
    /// The table.
    pub table: Arc<DecisionTable>,
    /// Inputs by name.
    pub inputs: Vec<(String, Expression)>,
    /// Where it is called.
    pub span: Span,
}

/// Limited places.
#[derive(Clone, Debug)]
pub struct CapacityRules {
    /// Text: id of the resource.
    pub resource: Expression,
    /// Number of places that exist.
    pub limit: Expression,
    /// Number of places asked for; one without a rule.
    pub quantity: Option<Expression>,
}

/// The appointment a service leads to.
#[derive(Clone, Debug)]
pub struct AppointmentRules {
    /// The calendar.
    pub calendar: Arc<Calendar>,
    /// Kind within the calendar.
    pub kind: AppointmentKindRule,
    /// The room people chose; any of the kind without a rule.
    pub room: Option<Expression>,
    /// How many minutes it takes; those of the kind without a rule.
    pub minutes: Option<Expression>,
}

/// The kind of an appointment: written down, or computed.
#[derive(Clone, Debug)]
pub enum AppointmentKindRule {
    /// As written.
    Fixed(String),
    /// From an expression.
    Computed(Expression),
}

/// One line of the routing.
#[derive(Clone, Debug)]
pub struct RouteRule {
    /// When it applies; always without.
    pub when: Option<Expression>,
    /// Department id; where a table decides, for the case that no rule of it fits.
    pub department: String,
    /// Queue id.
    pub queue: String,
    /// The table that decides, with results such as `finance/trade-tax`.
    pub table: Option<TableCall>,
}

/// One possible line of the fee.
#[derive(Clone, Debug)]
pub struct FeeRule {
    /// Id within the form.
    pub id: String,
    /// What is charged.
    pub label: Text,
    /// Statute or tariff.
    pub basis: Option<String>,
    /// When it is charged; always without. May name the item of `each`.
    pub when: Option<Expression>,
    /// Once for each item of a list, under a name.
    pub each: Option<(Expression, String)>,
    /// How much.
    pub amount: FeeAmount,
}

/// How much a fee line is.
#[derive(Clone, Debug)]
pub enum FeeAmount {
    /// An expression.
    Rule(Expression),
    /// A decision table with its inputs.
    Table {
        /// The table.
        table: Arc<DecisionTable>,
        /// Inputs by name.
        inputs: Vec<(String, Expression)>,
    },
}

/// Pages with fields, and all that is needed to evaluate and check them: the
/// questions of a form, or of the small form of a workflow action.
#[derive(Debug)]
pub struct Questions {
    /// The pages in order.
    pub pages: Vec<Page>,
    /// Data sets by name, as lists of records.
    pub data: BTreeMap<String, Value>,
    /// Names and types of all answers and data sets.
    pub(crate) types: Scope,
    pub(super) order: Order,
    pub(super) schemas: Schemas,
}

impl Questions {
    /// The page of an id.
    pub fn page(&self, id: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.id == id)
    }

    /// The field of a path; indices of list entries may stand in it.
    pub fn field(&self, path: &str) -> Option<&Field> {
        let mut names = path.split('.').filter(|part| !is_index(part));
        let first = names.next()?;
        let mut field = self.top_fields().find(|field| field.id == first)?;
        for name in names {
            field = field.fields().iter().find(|child| child.id == name)?;
        }
        Some(field)
    }

    /// The page a path is asked on.
    pub fn page_of(&self, path: &str) -> Option<&Page> {
        let first = path.split('.').next()?;
        self.pages
            .iter()
            .find(|page| page.fields.iter().any(|field| field.id == first))
    }

    /// The fields of all pages, without those inside groups and lists.
    pub fn top_fields(&self) -> impl Iterator<Item = &Field> {
        self.pages.iter().flat_map(|page| &page.fields)
    }

    /// Every field, groups before their content, in the order of the pages.
    pub fn all_fields(&self) -> Vec<&Field> {
        let mut all = Vec::new();
        for field in self.top_fields() {
            field.collect(&mut all);
        }
        all
    }
}

/// Whether a part of a path is the index of a list entry.
pub(super) fn is_index(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// One page of questions.
#[derive(Clone, Debug)]
pub struct Page {
    /// Id within the form, part of its URL.
    pub id: String,
    /// Topic of the page.
    pub title: Text,
    /// Text above the questions.
    pub intro: Option<Text>,
    /// When it is shown; always without.
    pub visible: Option<Expression>,
    /// Its questions.
    pub fields: Vec<Field>,
    /// Rules across several questions.
    pub checks: Vec<Check>,
}

/// A rule across several questions.
#[derive(Clone, Debug)]
pub struct Check {
    /// Id within the form, the code of the finding. That of a check of a library
    /// group is behind the path of the group: `owner_address.german_postcode`.
    pub id: String,
    /// What must hold; null counts as fulfilled.
    pub assert: Expression,
    /// Path of the field the finding stands at, without indices.
    pub at: String,
    /// The group or list whose names the rule sees first, without indices; the
    /// entries of lists are looked at one by one.
    pub within: Option<String>,
    /// The library group it comes with, without indices: where this is not asked
    /// or left empty, there is nothing to check.
    pub group: Option<String>,
    /// Whether it may be passed.
    pub level: Level,
    /// What to do.
    pub message: Text,
}

/// Whether a finding keeps the citizen on the page.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Must be corrected.
    Error,
    /// Should be looked at.
    Warning,
}

/// One question, or a group or list of them.
#[derive(Clone, Debug)]
pub struct Field {
    /// Id within its page, group or list.
    pub id: String,
    /// Path within the answers, dotted, without indices of list entries.
    pub path: String,
    /// Where it stands in the definition.
    pub span: Span,
    /// What is asked.
    pub label: Label,
    /// Text below the label.
    pub help: Option<Text>,
    /// Type and what belongs to it.
    pub kind: FieldKind,
    /// Whether an answer is needed where the field is visible.
    pub required: Rule,
    /// When it is asked; always without.
    pub visible: Option<Expression>,
    /// Computed by the server, never typed.
    pub computed: Option<Expression>,
    /// What the page starts with.
    pub default: Option<Json>,
    /// Least number, date or count of entries.
    pub min: Option<Bound>,
    /// Greatest number, date or count of entries.
    pub max: Option<Bound>,
    /// Token of the HTML attribute `autocomplete`; for dates `bday` stands for its three parts.
    pub autocomplete: Option<String>,
    /// Number on the official paper form.
    pub reference: Option<String>,
    /// In the form of an action: the applicant reads the answer on the status page.
    pub public: bool,
}

impl Field {
    /// The fields inside a group or of one entry of a list, else none.
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            FieldKind::Group(fields) | FieldKind::List(ListRules { fields, .. }) => fields,
            _ => &[],
        }
    }

    /// The options of a choice, choices or country, else none.
    pub fn options(&self) -> &[Choice] {
        match &self.kind {
            FieldKind::Choice(options)
            | FieldKind::Choices(options)
            | FieldKind::Country(options) => options,
            _ => &[],
        }
    }

    /// The rules for the characters of a text, of any kind that has them.
    pub fn text_rules(&self) -> Option<&TextRules> {
        match &self.kind {
            FieldKind::Text(rules)
            | FieldKind::Email(rules)
            | FieldKind::Phone(rules)
            | FieldKind::Url(rules)
            | FieldKind::Postcode(rules) => Some(rules),
            _ => None,
        }
    }

    /// The rules of an attachment.
    pub fn attachment(&self) -> Option<&AttachmentRules> {
        match &self.kind {
            FieldKind::Attachment(rules) => Some(rules),
            _ => None,
        }
    }

    fn collect<'f>(&'f self, all: &mut Vec<&'f Field>) {
        all.push(self);
        for child in self.fields() {
            child.collect(all);
        }
    }
}

/// What is asked, possibly in other words depending on the answers.
#[derive(Clone, Debug, Default)]
pub struct Label {
    /// The first whose condition holds is shown.
    pub cases: Vec<(Expression, Text)>,
    /// Shown where none holds.
    pub text: Text,
}

/// Whether an answer is needed.
#[derive(Clone, Debug)]
pub enum Rule {
    /// Whenever the field is visible.
    Always,
    /// Not.
    Never,
    /// Where the expression is true.
    When(Expression),
}

/// The type of a field with what only this type has.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// Free text.
    Text(TextRules),
    /// A mail address.
    Email(TextRules),
    /// A telephone number.
    Phone(TextRules),
    /// A web address.
    Url(TextRules),
    /// A German postcode.
    Postcode(TextRules),
    /// A bank account number (ISO 13616).
    Iban,
    /// A free appointment, as local time such as `2026-12-01T09:15`.
    Slot,
    /// One of several options.
    Choice(Arc<[Choice]>),
    /// Several of several options.
    Choices(Arc<[Choice]>),
    /// A country: one option of the codelist `countries`.
    Country(Arc<[Choice]>),
    /// Yes or no.
    Boolean,
    /// A box that must be ticked when required.
    Consent,
    /// A calendar date.
    Date,
    /// A year.
    Year,
    /// A whole number.
    Integer {
        /// Text behind the number.
        unit: Option<Text>,
    },
    /// A decimal number.
    Number {
        /// Text behind the number.
        unit: Option<Text>,
    },
    /// An amount in euros.
    Money,
    /// Files.
    Attachment(AttachmentRules),
    /// Text only, no answer.
    Info,
    /// Fields that belong together; answers are an object.
    Group(Vec<Field>),
    /// A repeatable group; answers are a list of objects.
    List(ListRules),
}

impl FieldKind {
    /// The name of the type in definitions.
    pub fn name(&self) -> &'static str {
        match self {
            FieldKind::Text(_) => "text",
            FieldKind::Email(_) => "email",
            FieldKind::Phone(_) => "phone",
            FieldKind::Url(_) => "url",
            FieldKind::Postcode(_) => "postcode",
            FieldKind::Iban => "iban",
            FieldKind::Slot => "slot",
            FieldKind::Choice(_) => "choice",
            FieldKind::Choices(_) => "choices",
            FieldKind::Country(_) => "country",
            FieldKind::Boolean => "boolean",
            FieldKind::Consent => "consent",
            FieldKind::Date => "date",
            FieldKind::Year => "year",
            FieldKind::Integer { .. } => "integer",
            FieldKind::Number { .. } => "number",
            FieldKind::Money => "money",
            FieldKind::Attachment(_) => "attachment",
            FieldKind::Info => "info",
            FieldKind::Group(_) => "group",
            FieldKind::List(_) => "list",
        }
    }

    /// Whether the answer is a number, kept as decimal text.
    pub fn is_numeric(&self) -> bool {
        matches!(
            self,
            FieldKind::Year
                | FieldKind::Integer { .. }
                | FieldKind::Number { .. }
                | FieldKind::Money
        )
    }
}

/// Rules for the characters of a text.
#[derive(Clone, Debug, Default)]
pub struct TextRules {
    /// Fewest characters.
    pub min_length: Option<u32>,
    /// Most characters.
    pub max_length: u32,
    /// Regular expression for the whole text.
    pub pattern: Option<Pattern>,
    /// Several lines.
    pub multiline: bool,
}

/// A regular expression for the whole text with the words for a text that does
/// not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As written, without anchors.
    pub regex: String,
    /// What to do; a general sentence where the designer gave none.
    pub message: Option<Text>,
}

/// One option of a choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its id, the stored answer.
    pub id: String,
    /// What the citizen reads.
    pub text: Text,
    /// When it is offered; always without.
    pub visible: Option<Expression>,
}

/// The entries of a list.
#[derive(Clone, Debug)]
pub struct ListRules {
    /// The fields of one entry.
    pub fields: Vec<Field>,
    /// What one entry is called.
    pub item_label: Option<Text>,
}

/// Which files are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentRules {
    /// Kinds of files.
    pub accept: Vec<FileType>,
    /// Largest file, in bytes.
    pub max_size: u64,
    /// Most files.
    pub max_files: u32,
    /// May be handed in after sending.
    pub later: bool,
}

/// A kind of file people hand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileType {
    /// PDF document.
    Pdf,
    /// JPEG picture.
    Jpg,
    /// PNG picture.
    Png,
    /// TIFF picture.
    Tiff,
    /// HEIC picture of a phone.
    Heic,
    /// Word processing, Office Open XML.
    Docx,
    /// Spreadsheet, Office Open XML.
    Xlsx,
    /// Text document, OpenDocument.
    Odt,
    /// Spreadsheet, OpenDocument.
    Ods,
    /// Comma-separated values.
    Csv,
    /// Plain text.
    Txt,
    /// ZIP archive.
    Zip,
}

impl FileType {
    /// Name in definitions, and usual ending; media type; what people call it.
    pub const ALL: [(FileType, &'static str, &'static str, &'static str); 12] = [
        (FileType::Pdf, "pdf", "application/pdf", "PDF"),
        (FileType::Jpg, "jpg", "image/jpeg", "JPG"),
        (FileType::Png, "png", "image/png", "PNG"),
        (FileType::Tiff, "tiff", "image/tiff", "TIFF"),
        (FileType::Heic, "heic", "image/heic", "HEIC"),
        (
            FileType::Docx,
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "Word (DOCX)",
        ),
        (
            FileType::Xlsx,
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "Excel (XLSX)",
        ),
        (
            FileType::Odt,
            "odt",
            "application/vnd.oasis.opendocument.text",
            "OpenDocument (ODT)",
        ),
        (
            FileType::Ods,
            "ods",
            "application/vnd.oasis.opendocument.spreadsheet",
            "OpenDocument (ODS)",
        ),
        (FileType::Csv, "csv", "text/csv", "CSV"),
        (FileType::Txt, "txt", "text/plain", "TXT"),
        (FileType::Zip, "zip", "application/zip", "ZIP"),
    ];

    fn row(self) -> &'static (FileType, &'static str, &'static str, &'static str) {
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .unwrap_or(&Self::ALL[0])
    }

    /// The name in definitions, which is the usual ending without a dot.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        self.row().2
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        self.row().3
    }

    /// The kind of a name in definitions; `jpeg` and `tif` are understood.
    pub fn from_name(name: &str) -> Option<FileType> {
        let name = match name {
            "jpeg" => "jpg",
            "tif" => "tiff",
            other => other,
        };
        Self::ALL.iter().find(|row| row.1 == name).map(|row| row.0)
    }
}

/// A limit, fixed or depending on the answers and the date.
#[derive(Clone, Debug)]
pub enum Bound {
    /// A number, or a count of entries.
    Number(Decimal),
    /// A date.
    Date(Date),
    /// An expression of the field's type.
    Rule(Expression),
}
