//! A browser without an engine: cookies, links and forms as a person uses them,
//! and the page as text, for snapshots.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use scraper::{ElementRef, Html, Node, Selector};
use serde_json::Value;

use crate::town::{Answer, Town};

/// Redirects followed before a test takes them for a circle.
const MOST_REDIRECTS: usize = 5;

/// Somebody with a browser in front of the town.
pub(crate) struct Visit<'t> {
    town: &'t Town,
    cookies: BTreeMap<String, String>,
    /// Address of the page shown.
    pub(crate) path: String,
    /// The page shown.
    pub(crate) page: Answer,
}

/// A form with the values it would send as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    multipart: bool,
    /// Names and values, in the order of the page.
    pub(crate) values: Vec<(String, String)>,
    /// Controls a person may fill: name, kind, value.
    pub(crate) controls: Vec<(String, String, String)>,
    /// Controls for files: name, accepted endings.
    pub(crate) files: Vec<(String, String)>,
}

impl<'t> Visit<'t> {
    /// Opens an address.
    pub(crate) async fn to(town: &'t Town, path: &str) -> Visit<'t> {
        let page = Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        let mut visit = Visit {
            town,
            cookies: BTreeMap::new(),
            path: path.to_owned(),
            page,
        };
        visit.open(path).await;
        visit
    }

    pub(crate) async fn open(&mut self, path: &str) -> StatusCode {
        self.send("GET", path, None, Vec::new()).await
    }

    /// Sends a form after changing what `change` names; a name with an empty
    /// list is left out.
    pub(crate) async fn submit(&mut self, form: &Form, change: &[(&str, &str)]) -> StatusCode {
        let mut values = form.values.clone();
        for (name, value) in change {
            values.retain(|(known, _)| known != name);
            values.push(((*name).to_owned(), (*value).to_owned()));
        }
        let (kind, body) = if form.multipart {
            multipart(&values)
        } else {
            (
                "application/x-www-form-urlencoded".to_owned(),
                encoded(&values),
            )
        };
        self.send("POST", &form.action, Some(&kind), body).await
    }

    /// Sends a form with a file.
    pub(crate) async fn hand_in(
        &mut self,
        form: &Form,
        change: &[(&str, &str)],
        (control, name, bytes): (&str, &str, &[u8]),
    ) -> StatusCode {
        let mut values = form.values.clone();
        for (name, value) in change {
            values.retain(|(known, _)| known != name);
            values.push(((*name).to_owned(), (*value).to_owned()));
        }
        let (kind, mut body) = multipart(&values);
        body.truncate(body.len() - END.len());
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{control}\"; filename=\"{name}\"\r\n\
                 content-type: application/octet-stream\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n{END}").as_bytes());
        self.send("POST", &form.action, Some(&kind), body).await
    }

    /// Sends a request with the cookies and follows redirects.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> StatusCode {
        let (mut method, mut path) = (method.to_owned(), path.to_owned());
        let (mut kind, mut body) = (kind.map(str::to_owned), body);
        for _ in 0..MOST_REDIRECTS {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let mut request = Request::builder()
                .method(method.as_str())
                .uri(&path)
                .header(header::COOKIE, cookies.join("; "))
                .header(header::HOST, "town.test");
            if method == "POST" {
                request = request.header(header::ORIGIN, "http://town.test");
            }
            if let Some(kind) = &kind {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            let request = request.body(Body::from(body)).expect("a request");
            self.page = self.town.send(request).await;
            self.keep_cookies();
            self.path.clone_from(&path);
            if !self.page.status.is_redirection() {
                return self.page.status;
            }
            path = self.page.location().replace("http://town.test", "");
            (method, kind, body) = ("GET".to_owned(), None, Vec::new());
        }
        panic!("too many redirects at {path}");
    }

    fn keep_cookies(&mut self) {
        for cookie in self.page.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().expect("a cookie");
            let (name, value) = text
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// The same person in another browser: no cookies.
    pub(crate) fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    /// All forms whose address contains `part`.
    pub(crate) fn forms(&self, part: &str) -> Vec<Form> {
        let document = Html::parse_document(&self.page.text());
        document
            .select(&selector("form[method=post]"))
            .map(|form| read_form(form, &self.path))
            .filter(|form| form.action.contains(part))
            .collect()
    }

    /// The first form whose address contains `part`.
    pub(crate) fn form(&self, part: &str) -> Form {
        self.forms(part)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no form to {part} on {}:\n{}", self.path, self.outline()))
    }

    /// Texts of the error summary.
    pub(crate) fn errors(&self) -> Vec<String> {
        let document = Html::parse_document(&self.page.text());
        document
            .select(&selector("[data-errors] li"))
            .map(|item| flat(item))
            .collect()
    }

    /// What the page says, line by line, without what differs from run to run.
    pub(crate) fn outline(&self) -> String {
        let document = Html::parse_document(&self.page.text());
        let mut lines = vec![format!(
            "{} {}",
            self.page.status.as_u16(),
            masked(&self.path)
        )];
        if let Some(title) = document.select(&selector("title")).next() {
            lines.push(format!("title: {}", masked(&flat(title))));
        }
        match document.select(&selector("main")).next() {
            Some(main) => write_outline(main, &mut lines),
            None => lines.push(masked(&self.page.text())),
        }
        lines.join("\n")
    }
}

/// The flat names of answers as the pages ask for them: `owner.birth_date`.
pub(crate) fn flatten(value: &Value, path: &str, into: &mut BTreeMap<String, Value>) {
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| flatten(value, &below(key), into)),
        Value::Array(items) if items.iter().any(Value::is_object) => items
            .iter()
            .enumerate()
            .for_each(|(at, item)| flatten(item, &below(&at.to_string()), into)),
        other => {
            into.insert(path.to_owned(), other.clone());
        }
    }
}

impl Form {
    /// Fills the controls from answers, as a person would with the page before them.
    pub(crate) fn fill(&mut self, answers: &BTreeMap<String, Value>) {
        let controls = self.controls.clone();
        for (name, kind, value) in controls {
            if name.ends_with(".later") {
                self.set(&name, &value);
                continue;
            }
            match kind.as_str() {
                "radio" | "checkbox" => self.tick(&name, &value, answers),
                _ => {
                    if let Some(text) = typed(&name, answers) {
                        self.set(&name, &text);
                    }
                }
            }
        }
    }

    /// Chooses the first that is offered of the choices of a name nothing is
    /// chosen of, such as the free slots of a calendar.
    pub(crate) fn choose_first(&mut self, name: &str) {
        if self.values.iter().any(|(known, _)| known == name) {
            return;
        }
        let mut offered = self.controls.iter();
        let first = offered.find(|(known, kind, _)| known == name && kind == "radio");
        if let Some((_, _, value)) = first.cloned() {
            self.values.push((name.to_owned(), value));
        }
    }

    fn tick(&mut self, name: &str, value: &str, answers: &BTreeMap<String, Value>) {
        let wanted = match answers.get(name) {
            Some(Value::Bool(yes)) => value == if *yes { "yes" } else { "no" },
            Some(Value::String(text)) => value == text,
            Some(Value::Array(items)) => items.iter().any(|item| item == value),
            _ => return,
        };
        self.values
            .retain(|(known, given)| known != name || given != value);
        if wanted {
            self.values.push((name.to_owned(), value.to_owned()));
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.values.retain(|(known, _)| known != name);
        self.values.push((name.to_owned(), value.to_owned()));
    }
}

/// What is typed into a control: dates in three parts, decimals with a comma.
fn typed(name: &str, answers: &BTreeMap<String, Value>) -> Option<String> {
    if let Some(value) = answers.get(name) {
        return match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string().replace('.', ",")),
            _ => None,
        };
    }
    let (field, part) = name.rsplit_once('.')?;
    let date = answers.get(field)?.as_str()?;
    let at = ["year", "month", "day"]
        .iter()
        .position(|known| *known == part)?;
    date.split('-').nth(at).map(str::to_owned)
}

fn read_form(form: ElementRef<'_>, path: &str) -> Form {
    let attribute = |name| form.value().attr(name).unwrap_or_default().to_owned();
    let action = match attribute("action") {
        empty if empty.is_empty() => path.to_owned(),
        given => given,
    };
    let (mut values, mut controls, mut files) = (Vec::new(), Vec::new(), Vec::new());
    for control in form.select(&selector("input[name], textarea[name], select[name]")) {
        let element = control.value();
        let name = element.attr("name").unwrap_or_default().to_owned();
        let kind = match element.name() {
            "input" => element.attr("type").unwrap_or("text"),
            other => other,
        };
        let value = match element.name() {
            "textarea" => control.text().collect(),
            "select" => control
                .select(&selector("option[selected]"))
                .next()
                .and_then(|option| option.value().attr("value"))
                .unwrap_or_default()
                .to_owned(),
            _ => element.attr("value").unwrap_or_default().to_owned(),
        };
        let sent = !matches!(kind, "radio" | "checkbox") || element.attr("checked").is_some();
        if kind == "file" {
            files.push((name, element.attr("accept").unwrap_or_default().to_owned()));
            continue;
        }
        if kind != "hidden" {
            controls.push((name.clone(), kind.to_owned(), value.clone()));
        }
        if sent {
            values.push((name, value));
        }
    }
    Form {
        action,
        multipart: attribute("enctype") == "multipart/form-data",
        values,
        controls,
        files,
    }
}

fn encoded(values: &[(String, String)]) -> Vec<u8> {
    let text = |part: &str| -> String {
        part.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{}={}", text(name), text(value)))
        .collect();
    pairs.join("&").into_bytes()
}

const BOUNDARY: &str = "----schalter-test";
const END: &str = "------schalter-test--\r\n";

fn multipart(values: &[(String, String)]) -> (String, Vec<u8>) {
    let mut body = String::new();
    for (name, value) in values {
        body.push_str(&format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str(END);
    (
        format!("multipart/form-data; boundary={BOUNDARY}"),
        body.into_bytes(),
    )
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("a selector")
}

/// The text of an element on one line.
fn flat(element: ElementRef<'_>) -> String {
    let text: Vec<&str> = element.text().collect();
    text.join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// One line for each heading, paragraph, control, button and link.
fn write_outline(element: ElementRef<'_>, lines: &mut Vec<String>) {
    for child in element.children() {
        let Some(inner) = ElementRef::wrap(child) else {
            if let Node::Text(text) = child.value() {
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if !text.is_empty() {
                    lines.push(masked(&text));
                }
            }
            continue;
        };
        let attribute = |name: &str| inner.value().attr(name).unwrap_or_default();
        let line = match inner.value().name() {
            "h1" => Some(format!("# {}", flat(inner))),
            "h2" => Some(format!("## {}", flat(inner))),
            "h3" => Some(format!("### {}", flat(inner))),
            "p" | "label" | "legend" | "dt" | "dd" | "summary" | "th" | "td" | "time" => {
                Some(format!("{}: {}", inner.value().name(), flat(inner)))
            }
            "a" => Some(format!("link {} -> {}", flat(inner), attribute("href"))),
            "button" => Some(format!("button {}", flat(inner))),
            "option" => None,
            "input" if attribute("type") == "hidden" => None,
            "input" | "textarea" | "select" => Some(format!(
                "control {} {} {}",
                attribute("type"),
                attribute("name"),
                attribute("autocomplete")
            )),
            _ => {
                write_outline(inner, lines);
                None
            }
        };
        if let Some(line) = line {
            lines.push(masked(line.trim_end()));
        }
    }
}

/// Case numbers, secrets and ids by what they are.
pub(crate) fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
            word.push(c);
            continue;
        }
        out.push_str(&mask(&word));
        word.clear();
        if c != '\n' || out.is_empty() {
            out.push(c);
        }
    }
    out.trim_end().to_owned()
}

fn mask(word: &str) -> String {
    let parts: Vec<&str> = word.split('-').collect();
    let upper = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    let number = parts.len() == 4
        && parts[0] == "MS"
        && parts[2..].iter().all(|part| part.len() == 5 && upper(part));
    let uuid = word.len() == 36 && parts.len() == 5;
    let secret = word.len() == 26
        && word.chars().all(|c| c.is_ascii_alphanumeric())
        && word.chars().any(|c| c.is_ascii_digit());
    let spaced = parts.len() >= 4
        && parts.iter().all(|part| part.len() == 4)
        && word.chars().any(|c| c.is_ascii_digit());
    let hex = matches!(word.len(), 16 | 32) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex || word.len() == 43 {
        "[key]".to_owned()
    } else if number {
        "[number]".to_owned()
    } else if uuid {
        "[id]".to_owned()
    } else if secret || spaced {
        "[secret]".to_owned()
    } else {
        word.to_owned()
    }
}
