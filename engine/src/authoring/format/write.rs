//! Writing a tree of [`super::read`] in the canonical form.

use super::WIDTH;
use super::read::{Child, Item, Kind, Line, Many, Style, block_lines};
use crate::authoring::language::{FileKind, Value, fit};
use crate::source::Node;

/// Signs for which a text in `{ }` or `[ ]` stands in quotes.
const SPECIAL: [char; 8] = ['?', ':', '#', ',', '[', ']', '{', '}'];

/// How much wider a list of words may be: one word a line is harder to read.
const WIDER: usize = 40;

/// Widest line of a recorded file, as the recorder breaks them.
const WIDTH_OF_RECORDS: usize = 118;

/// The kind of files a program writes more often than people do: their form is
/// that of `schalter test --record`.
const RECORDED: &str = "scenarios";

/// The canonical text. `node` is the same tree as the decoders see it.
pub(super) fn write(text: &str, tree: &Item, node: &Node, kind: Option<&FileKind>) -> String {
    let recorded = kind.is_some_and(|kind| kind.name == RECORDED);
    let mut writer = Writer {
        text,
        recorded,
        width: if recorded { WIDTH_OF_RECORDS } else { WIDTH },
        out: String::with_capacity(text.len() + text.len() / 8),
    };
    let value = kind.map(|kind| Value::Map(kind.shape));
    match &tree.kind {
        Kind::Many(many) if !many.children.is_empty() => writer.root(many, node, value.as_ref()),
        Kind::Many(many) => {
            writer.lines(&many.tail, 0);
            writer.out.push_str(if many.map { "{}\n" } else { "[]\n" });
        }
        Kind::Scalar(..) => {
            writer.scalar(tree, value.as_ref());
            writer.block_text(tree, 2);
            writer.out.push('\n');
        }
    }
    writer.out
}

struct Writer<'t> {
    text: &'t str,
    /// Whether it has the form of recorded files: long lists of words fill
    /// lines, long entries of lists stay in one, and brackets sit tight.
    recorded: bool,
    width: usize,
    out: String,
}

impl Writer<'_> {
    /// The top of a file: the comment before its first key is that of the file.
    fn root(&mut self, many: &Many, node: &Node, value: Option<&Value>) {
        let Some(first) = many.children.first() else {
            return;
        };
        self.lines(&first.lead, 0);
        if first.blank && !first.lead.is_empty() {
            self.out.push('\n');
        }
        let mut bare = true;
        for at in order(many, node, value) {
            let child = &many.children[at];
            let head = if at == 0 { &[][..] } else { &child.lead };
            self.before(head, child.blank && at != 0, std::mem::take(&mut bare), 0);
            self.child(child, part(node, at), inner(value, node, at).as_ref(), 0);
        }
        self.lines(&many.tail, 0);
    }

    /// The children of a collection, each on lines of its own. `started` says
    /// that the first already has its dash.
    fn block(
        &mut self,
        many: &Many,
        node: &Node,
        value: Option<&Value>,
        indent: usize,
        started: bool,
    ) {
        for (count, at) in order(many, node, value).into_iter().enumerate() {
            let child = &many.children[at];
            let (below, inner) = (part(node, at), inner(value, node, at));
            if count > 0 || !started {
                // Recorded scenarios each begin with a blank line, the first too.
                let first = count == 0 && !(self.recorded && indent == 2);
                self.before(&child.lead, child.blank, first, indent);
                self.hoisted(child, below, inner.as_ref(), indent);
                self.pad(indent);
            }
            self.child(child, below, inner.as_ref(), indent);
        }
        self.lines(&many.tail, indent);
    }

    /// Comments of a list item that cannot stand where they were: behind the
    /// dash begins the item's first key.
    fn hoisted(&mut self, child: &Child, node: &Node, value: Option<&Value>, indent: usize) {
        let Kind::Many(many) = &child.value.kind else {
            return;
        };
        let width = self.width_of(child, node, value, indent + 1);
        if child.key.is_some()
            || !many.map
            || self.in_line(&child.value, node, value, width).is_some()
        {
            return;
        }
        let first = order(many, node, value)
            .first()
            .map(|at| &many.children[*at]);
        let trail = child.trail.iter().map(String::as_str);
        let lead = first
            .into_iter()
            .flat_map(|first| first.lead.iter().map(|line| line.text.as_str()));
        let lines: Vec<&str> = trail.chain(lead).collect();
        for line in lines {
            self.pad(indent);
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    fn child(&mut self, child: &Child, node: &Node, value: Option<&Value>, indent: usize) {
        match child.key {
            Some((start, end)) => {
                self.out.push_str(&self.text[start..end]);
                self.out.push(':');
            }
            None => self.out.push('-'),
        }
        self.value(child, node, value, indent);
    }

    /// The value after `key:` or `-`.
    fn value(&mut self, child: &Child, node: &Node, value: Option<&Value>, indent: usize) {
        let item = &child.value;
        let width = self.width_of(child, node, value, self.current_width());
        match &item.kind {
            Kind::Scalar(..) => {
                self.scalar(item, value);
                self.trail(child);
                self.block_text(item, indent + 2);
                self.out.push('\n');
            }
            Kind::Many(many) => match self.in_line(item, node, value, width) {
                Some(line) => {
                    self.out.push(' ');
                    self.out.push_str(&line);
                    self.trail(child);
                    self.out.push('\n');
                }
                None if self.recorded && many.is_flow_of_words() && item.is_simple() => {
                    self.filled(child, many, node, value, indent);
                }
                None => self.broken(child, many, node, value, indent),
            },
        }
    }

    /// How wide a value may be behind a key or dash that ends at a column.
    fn width_of(&self, child: &Child, node: &Node, value: Option<&Value>, column: usize) -> usize {
        let fitting = value.and_then(|value| fit(value, node));
        let entry = child.key.is_none() && !matches!(fitting, Some(Value::Map(_)));
        match self.recorded && entry {
            true => usize::MAX - WIDER,
            false => self.width.saturating_sub(column + 1),
        }
    }

    /// A list of words in as many lines as it needs.
    fn filled(
        &mut self,
        child: &Child,
        many: &Many,
        node: &Node,
        value: Option<&Value>,
        indent: usize,
    ) {
        self.out.push_str(" [");
        let mut column = self.current_width();
        for (at, item) in many.children.iter().enumerate() {
            let last = at + 1 == many.children.len();
            let inner = inner(value, node, at);
            let mut word = self.flow(&item.value, part(node, at), inner.as_ref());
            word.push(if last { ']' } else { ',' });
            let length = word.chars().count();
            // The blank before a word counts where one stands.
            let blank = usize::from(at > 0);
            if column + blank + length >= self.width {
                self.out.push('\n');
                self.pad(indent + 2);
                column = indent + 2 + length;
            } else {
                self.out.extend(std::iter::repeat_n(' ', blank));
                column += blank + length;
            }
            self.out.push_str(&word);
        }
        self.trail(child);
        self.out.push('\n');
    }

    /// A collection below its key or behind its dash.
    fn broken(
        &mut self,
        child: &Child,
        many: &Many,
        node: &Node,
        value: Option<&Value>,
        indent: usize,
    ) {
        let behind_dash = child.key.is_none() && many.map;
        if behind_dash {
            self.out.push(' ');
        } else {
            self.trail(child);
            self.out.push('\n');
        }
        self.block(many, node, value, indent + 2, behind_dash);
    }

    fn current_width(&self) -> usize {
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out[line..].chars().count()
    }

    fn pad(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn trail(&mut self, child: &Child) {
        if let Some(trail) = &child.trail {
            self.out.push(' ');
            self.out.push_str(trail);
        }
    }

    fn before(&mut self, lead: &[Line], blank: bool, first: bool, indent: usize) {
        for (at, line) in lead.iter().enumerate() {
            if line.blank && !(first && at == 0) {
                self.out.push('\n');
            }
            self.pad(indent);
            self.out.push_str(&line.text);
            self.out.push('\n');
        }
        if blank && !(first && lead.is_empty()) {
            self.out.push('\n');
        }
    }

    fn lines(&mut self, lines: &[Line], indent: usize) {
        let first = self.out.is_empty();
        self.before(lines, false, first, indent);
    }

    /// A scalar behind its key or dash; of a block only the header.
    fn scalar(&mut self, item: &Item, value: Option<&Value>) {
        let Kind::Scalar(style, text) = &item.kind else {
            return;
        };
        let raw = &self.text[item.start..item.end];
        let shown = match style {
            Style::Block => {
                let header: String = raw
                    .chars()
                    .take_while(|c| matches!(c, '|' | '>' | '+' | '-') || c.is_ascii_digit())
                    .collect();
                if header.contains(|c: char| c.is_ascii_digit()) {
                    double(text)
                } else {
                    header
                }
            }
            Style::Plain if text.is_empty() => return,
            Style::Plain if raw.contains('\n') => text.clone(),
            Style::Quoted if raw.contains('\n') => quote(text, value),
            _ => raw.to_owned(),
        };
        if !self.out.is_empty() {
            self.out.push(' ');
        }
        self.out.push_str(&shown);
    }

    /// The lines of a block of text, moved to their new place.
    fn block_text(&mut self, item: &Item, indent: usize) {
        if !matches!(&item.kind, Kind::Scalar(Style::Block, _)) {
            return;
        }
        let raw = &self.text[item.start..item.end];
        let header = raw.lines().next().unwrap_or_default();
        let signs: String = header.chars().take_while(|c| !c.is_whitespace()).collect();
        if signs.contains(|c: char| c.is_ascii_digit()) {
            return;
        }
        let mut lines = block_lines(self.text, item.start);
        let own = lines
            .iter()
            .find(|line| !line.trim().is_empty())
            .map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
        while lines.last().is_some_and(|line| line.trim().is_empty())
            && !(signs.contains('+') && lines.len() > 1)
        {
            lines.pop();
        }
        for line in lines {
            self.out.push('\n');
            let content = line.get(own..).unwrap_or_default();
            if !content.is_empty() {
                self.pad(indent);
                self.out.push_str(content);
            }
        }
    }

    /// A collection in one line, where that is its form and it fits.
    fn in_line(
        &self,
        item: &Item,
        node: &Node,
        value: Option<&Value>,
        width: usize,
    ) -> Option<String> {
        let Kind::Many(many) = &item.kind else {
            return None;
        };
        let texts =
            many.map && matches!(value.and_then(|value| fit(value, node)), Some(Value::Texts));
        if !item.is_simple() || !(many.flow || texts || many.children.is_empty()) {
            return None;
        }
        // Long before it is written it may be seen not to fit.
        let line = self.flow(item, node, value);
        let scalars = |child: &Child| matches!(child.value.kind, Kind::Scalar(..));
        let more = match !self.recorded && !many.map && many.children.iter().all(scalars) {
            true => WIDER,
            false => 0,
        };
        (line.chars().count() <= width + more).then_some(line)
    }

    fn flow(&self, item: &Item, node: &Node, value: Option<&Value>) -> String {
        let many = match &item.kind {
            Kind::Scalar(style, text) => {
                let fitting = value.and_then(|value| fit(value, node));
                return self.flow_scalar(item, *style, text, fitting.as_ref());
            }
            Kind::Many(many) => many,
        };
        let parts: Vec<String> = order(many, node, value)
            .into_iter()
            .map(|at| {
                let child = &many.children[at];
                let inner = inner(value, node, at);
                let shown = self.flow(&child.value, part(node, at), inner.as_ref());
                match child.key {
                    Some((start, end)) => format!("{}: {shown}", &self.text[start..end]),
                    None => shown,
                }
            })
            .collect();
        let nested = many
            .children
            .iter()
            .any(|child| matches!(&child.value.kind, Kind::Many(_)));
        match (many.map, parts.is_empty()) {
            (true, true) => "{}".to_owned(),
            (false, true) => "[]".to_owned(),
            (true, false) => format!("{{ {} }}", parts.join(", ")),
            (false, false) if nested && !self.recorded => format!("[ {} ]", parts.join(", ")),
            (false, false) => format!("[{}]", parts.join(", ")),
        }
    }

    fn flow_scalar(&self, item: &Item, style: Style, text: &str, value: Option<&Value>) -> String {
        let raw = &self.text[item.start..item.end];
        match style {
            Style::Plain if text.is_empty() => "null".to_owned(),
            Style::Plain if text.contains(SPECIAL) => quote(text, value),
            Style::Plain => text.to_owned(),
            Style::Quoted if !raw.contains('\n') => raw.to_owned(),
            _ => quote(text, value),
        }
    }
}

/// A text in quotes: rules in single ones, as they hold double ones themselves.
fn quote(text: &str, value: Option<&Value>) -> String {
    let rule = matches!(value, Some(Value::Rule(_) | Value::Cell));
    let single = rule || text.contains(['"', '\\']);
    if single && !text.contains(|c: char| c.is_control()) && (rule || !text.contains('\'')) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double(text)
    }
}

/// A text in double quotes with escapes, which YAML shares with JSON.
fn double(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The children in the order of the language; unknown keys stay behind the others.
fn order(many: &Many, node: &Node, value: Option<&Value>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..many.children.len()).collect();
    let (Some(value), Some(entries)) = (value.and_then(|value| fit(value, node)), node.as_map())
    else {
        return order;
    };
    let rank = |at: &usize| -> usize {
        let written = entries.get(*at).map_or("", |(key, _)| key.text.as_str());
        let found = match &value {
            Value::Map(shape) | Value::Changes(shape) => {
                shape.keys.iter().position(|key| key.name == written)
            }
            Value::Texts => ["de", "en"].iter().position(|key| *key == written),
            _ => return 0,
        };
        found.unwrap_or(usize::MAX)
    };
    order.sort_by_key(rank);
    order
}

/// The node of a child.
fn part(node: &Node, at: usize) -> &Node {
    let item = node.as_list().and_then(|items| items.get(at));
    let entry = node
        .as_map()
        .and_then(|entries| entries.get(at))
        .map(|(_, node)| node);
    item.or(entry).unwrap_or(node)
}

/// What the language says a child is.
fn inner(value: Option<&Value>, node: &Node, at: usize) -> Option<Value> {
    match fit(value?, node)? {
        Value::List(inner) | Value::Entries(_, inner) => Some(*inner),
        Value::Map(shape) | Value::Changes(shape) => {
            let (name, _) = node.as_map()?.get(at)?;
            shape.key(&name.text).map(|key| key.value)
        }
        Value::Texts => Some(Value::Text),
        _ => None,
    }
}
