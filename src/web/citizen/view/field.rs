//! What the templates under `field/` show.

use serde::Serialize;

use crate::web::frame::Said;
use crate::web::slots::SlotsView;

/// A question as the templates under `field/` show it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FieldView {
    /// Template: `field/text`, `field/area`, `field/radios`, `field/checkboxes`, `field/select`,
    /// `field/date`, `field/slots`, `field/consent`, `field/file`, `field/info`, `field/computed`, `field/group`
    /// or `field/list`.
    pub template: &'static str,
    /// HTML id of the control, or of its first control.
    pub id: String,
    /// Name of the control.
    pub name: String,
    /// What is asked.
    pub label: Said,
    /// Text below the label.
    pub help: Option<Said>,
    /// Why it is asked, where others are not asked it.
    pub why: Option<String>,
    /// What is wrong, words of the error summary.
    pub error: Option<String>,
    /// A remark that may be passed.
    pub warning: Option<String>,
    /// Whether it may be left empty.
    pub optional: bool,
    /// Whether its label is the heading of the page (F3).
    pub heading: bool,
    /// What was typed.
    pub value: String,
    /// Ids for `aria-describedby`, separated by blanks; empty for none.
    pub described_by: String,
    /// `type` of the control, such as `text`, `email`, `tel`, `url`.
    pub input: &'static str,
    /// `inputmode`, where it differs.
    pub inputmode: Option<&'static str>,
    /// `autocomplete`.
    pub autocomplete: Option<String>,
    /// `maxlength` is not set; the limit is said in words where it matters.
    pub limit: Option<u32>,
    /// Whether spelling is not to be checked: codes, names, addresses.
    pub literal: bool,
    /// Width class: `short`, `middle`, `long` or empty for full.
    pub width: &'static str,
    /// Text behind the control.
    pub unit: Option<Said>,
    /// Whether a consent is given.
    pub chosen: bool,
    /// Options of a choice.
    pub options: Vec<OptionView>,
    /// Whether the options stand side by side.
    pub horizontal: bool,
    /// Free slots to choose from.
    pub slots: Option<SlotsView>,
    /// The three parts of a date.
    pub parts: Vec<PartView>,
    /// An upload.
    pub upload: Option<UploadView>,
    /// Questions of a group.
    pub fields: Vec<FieldView>,
    /// Entries of a list.
    pub entries: Vec<EntryView>,
    /// Value of the button that adds an entry; none when there may be no more.
    pub add: Option<String>,
    /// What one entry is called.
    pub item: Said,
    /// `2` or `3`: level of the heading of a group or list.
    pub level: u8,
}

/// An option of a choice.
#[derive(Clone, Debug, Serialize)]
pub struct OptionView {
    /// HTML id.
    pub id: String,
    /// Value sent.
    pub value: String,
    /// What is read.
    pub label: Said,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Day, month or year of a date.
#[derive(Clone, Debug, Serialize)]
pub struct PartView {
    /// HTML id.
    pub id: String,
    /// Name of the control.
    pub name: String,
    /// Key of its label in the texts: `form.day`, `form.month` or `form.year`.
    pub part: &'static str,
    /// What was typed.
    pub value: String,
    /// `autocomplete`, such as `bday-day`.
    pub autocomplete: Option<String>,
}

/// The files of an attachment question.
#[derive(Clone, Debug, Serialize)]
pub struct UploadView {
    /// Kinds people read, such as `PDF, JPG oder PNG`.
    pub kinds: String,
    /// Value of `accept`.
    pub accept: String,
    /// Largest file in bytes.
    pub max_size: i64,
    /// Most files.
    pub max_files: u32,
    /// Files there already.
    pub files: Vec<FileView>,
    /// Whether one more may be added.
    pub more: bool,
    /// Value of the upload button; none where files go with the whole form.
    pub action: Option<String>,
    /// Whether it may be handed in later.
    pub later: bool,
}

/// A file that was uploaded.
#[derive(Clone, Debug, Serialize)]
pub struct FileView {
    /// Name as given.
    pub name: String,
    /// Size in bytes.
    pub size: i64,
    /// Value of its remove button.
    pub remove: String,
}

/// An entry of a list.
#[derive(Clone, Debug, Serialize)]
pub struct EntryView {
    /// HTML id.
    pub id: String,
    /// Number from 1.
    pub number: usize,
    /// What it is called.
    pub item: Said,
    /// Its questions.
    pub fields: Vec<FieldView>,
    /// Value of its remove button; none when it must stay.
    pub remove: Option<String>,
}
