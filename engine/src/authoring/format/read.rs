//! A YAML text as a tree that remembers comments, blank lines and the way
//! scalars and collections are written.

use granit_parser::{Event, Parser, ScalarStyle};

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// In one or two quotes.
    Quoted,
    /// A block after `|` or `>`.
    Block,
}

/// A value with its place in the text.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A scalar with its text after unescaping.
    Scalar(Style, String),
    /// A list or a map.
    Many(Many),
}

/// A list, or a map whose children have keys.
#[derive(Debug)]
pub(super) struct Many {
    pub(super) map: bool,
    pub(super) flow: bool,
    pub(super) children: Vec<Child>,
    /// Comments after the last child.
    pub(super) tail: Vec<Line>,
}

/// An entry of a map or an item of a list, with the comments that belong to it.
#[derive(Debug)]
pub(super) struct Child {
    /// The key as written.
    pub(super) key: Option<(usize, usize)>,
    pub(super) value: Item,
    /// Comment lines before it.
    pub(super) lead: Vec<Line>,
    /// Whether a blank line stands directly before it.
    pub(super) blank: bool,
    /// The comment at the end of its line.
    pub(super) trail: Option<String>,
}

/// A comment on a line of its own.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    /// Whether a blank line stands before it.
    pub(super) blank: bool,
}

impl Child {
    fn start(&self) -> usize {
        self.key.map_or(self.value.start, |key| key.0)
    }
}

impl Many {
    /// Whether it is a list in brackets with nothing nested inside.
    pub(super) fn is_flow_of_words(&self) -> bool {
        let scalar = |child: &Child| matches!(child.value.kind, Kind::Scalar(..));
        self.flow && !self.map && self.children.iter().all(scalar)
    }
}

impl Item {
    /// Whether nothing below has a comment or is a block of text.
    pub(super) fn is_simple(&self) -> bool {
        match &self.kind {
            Kind::Scalar(style, _) => *style != Style::Block,
            Kind::Many(many) => {
                many.tail.is_empty()
                    && many.children.iter().all(|child| {
                        child.lead.is_empty() && child.trail.is_none() && child.value.is_simple()
                    })
            }
        }
    }
}

/// Reads a text that is known to be good; `None` where it has something the
/// dialect does not have.
pub(super) fn tree(text: &str) -> Option<Item> {
    let mut scalars = Vec::new();
    let mut root = items(text, &mut scalars)?;
    let comments = comments(text, &scalars);
    let mut rest = Rest {
        text,
        comments: &comments,
    };
    rest.attach(&mut root, usize::MAX, None);
    Some(root)
}

/// An open collection while events are read.
struct Frame {
    start: usize,
    many: Many,
    key: Option<(usize, usize)>,
}

fn items(text: &str, scalars: &mut Vec<(usize, usize)>) -> Option<Item> {
    let mut stack: Vec<Frame> = Vec::new();
    let mut root = None;
    for next in Parser::new_from_str(text) {
        let (event, span) = next.ok()?;
        let start = span.start.byte_offset()?;
        let end = span.end.byte_offset()?.max(start);
        let item = match event {
            Event::Scalar(value, style, ..) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    _ => Style::Block,
                };
                let last = scalars.last().map_or(0, |(_, end)| *end);
                let (start, end, covered) = if style == Style::Block {
                    // The parser's span begins with the content.
                    let header = header(text, last, start)?;
                    (header, block_end(text, header), line_end(text, header))
                } else {
                    (start, end, start)
                };
                // A comment may stand behind the header of a block.
                let covered = covered.min(end).max(last);
                let covered = match text[start..covered].find(" #") {
                    Some(comment) if style == Style::Block => {
                        scalars.push((start, start + comment));
                        covered
                    }
                    _ => covered,
                };
                scalars.push((covered, end.max(covered)));
                let kind = Kind::Scalar(style, value.into_owned());
                Item { start, end, kind }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let map = matches!(event, Event::MappingStart(..));
                let flow = text[start..].starts_with(if map { '{' } else { '[' });
                let many = Many {
                    map,
                    flow,
                    children: Vec::new(),
                    tail: Vec::new(),
                };
                stack.push(Frame {
                    start,
                    many,
                    key: None,
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Frame { start, many, .. } = stack.pop()?;
                Item {
                    start,
                    end,
                    kind: Kind::Many(many),
                }
            }
            Event::Alias(..) => return None,
            _ => continue,
        };
        match stack.last_mut() {
            None => root = Some(item),
            Some(frame) if frame.many.map && frame.key.is_none() => {
                matches!(item.kind, Kind::Scalar(Style::Plain | Style::Quoted, _)).then_some(())?;
                frame.key = Some((item.start, item.end));
            }
            Some(frame) => frame.many.children.push(Child {
                key: frame.key.take(),
                value: item,
                lead: Vec::new(),
                blank: false,
                trail: None,
            }),
        }
    }
    root
}

/// One past the last character of the line an offset lies in.
fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |length| at + length)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |before| before + 1)
}

/// Where the header of a block of text stands, between the scalar before it and its content.
fn header(text: &str, from: usize, to: usize) -> Option<usize> {
    let mut at = from;
    while at < to {
        let next = at + text[at..to].find(['|', '>', '#'])?;
        if !text[next..].starts_with('#') {
            return Some(next);
        }
        at = line_end(text, next);
    }
    None
}

/// The lines below the header of a block of text.
pub(super) fn block_lines(text: &str, start: usize) -> Vec<&str> {
    let header_end = line_end(text, start);
    let mut lines: Vec<&str> = Vec::new();
    let mut indent = None;
    for line in text[header_end..].split('\n').skip(1) {
        let own = line.len() - line.trim_start_matches(' ').len();
        if !line.trim().is_empty() {
            if indent.is_some_and(|indent| own < indent) {
                break;
            }
            indent = indent.or(Some(own).filter(|own| *own > 0));
            if indent.is_none() {
                break;
            }
        }
        lines.push(line);
    }
    lines
}

fn block_end(text: &str, start: usize) -> usize {
    let mut end = line_end(text, start);
    let mut last = end;
    for line in block_lines(text, start) {
        end = (end + 1 + line.len()).min(text.len());
        if !line.trim().is_empty() {
            last = end;
        }
    }
    last
}

/// A comment in the text.
struct Comment {
    start: usize,
    end: usize,
}

/// Between scalars stand only blanks, signs and comments.
fn comments(text: &str, scalars: &[(usize, usize)]) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut at = 0;
    let ends = std::iter::once((text.len(), text.len()));
    for (start, end) in scalars.iter().copied().chain(ends) {
        while at < start {
            let Some(hash) = text[at..start].find('#').map(|hash| at + hash) else {
                break;
            };
            let before = text[..hash].chars().next_back();
            at = hash + 1;
            if before.is_none_or(char::is_whitespace) {
                let end = line_end(text, hash);
                found.push(Comment { start: hash, end });
                at = end;
            }
        }
        at = at.max(end);
    }
    found
}

/// Comments that have found no place yet, in order.
struct Rest<'t> {
    text: &'t str,
    comments: &'t [Comment],
}

impl Rest<'_> {
    /// Gives the comments up to `limit` to what they stand at. `outer` is the
    /// column of the map around.
    fn attach(&mut self, item: &mut Item, limit: usize, outer: Option<usize>) {
        let Kind::Many(many) = &mut item.kind else {
            return;
        };
        let starts: Vec<usize> = many.children.iter().map(Child::start).collect();
        let left = starts.first().filter(|_| many.map && !many.flow);
        let column = left.map(|first| self.column(*first));
        for (at, child) in many.children.iter_mut().enumerate() {
            let next = starts.get(at + 1).copied().unwrap_or(limit);
            child.lead = self.before(starts[at]);
            child.blank = !many.flow && self.blank_before(starts[at]);
            self.inside(child, next, column);
        }
        if many.flow {
            many.tail = self.before(item.end);
        } else if let Some(first) = starts.first() {
            let column = self.column(*first);
            let column = if many.map {
                column
            } else {
                // A list may stand as far to the left as its key; what follows is then of the map.
                let dash = self.dash(*first, column);
                dash + usize::from(outer == Some(dash))
            };
            many.tail = self.tail(column, limit);
        }
    }

    /// The comments of a child's own line and of what is inside.
    fn inside(&mut self, child: &mut Child, next: usize, column: Option<usize>) {
        let value = child.value.start;
        if let Some((_, key_end)) = child.key
            && self.comments.first().is_some_and(|c| c.start < value)
        {
            child.trail = self.on_line(key_end);
        }
        self.attach(&mut child.value, next, column);
        let after = match &child.value.kind {
            Kind::Scalar(Style::Block, _) => Some(value),
            Kind::Many(many) if !many.flow => None,
            _ => Some(child.value.end),
        };
        let trail = after.and_then(|at| self.on_line(at));
        if let Some(trail) = trail {
            match &child.trail {
                None => child.trail = Some(trail),
                Some(_) => child.lead.push(Line {
                    text: trail,
                    blank: false,
                }),
            }
        }
    }

    fn take(&mut self) -> Option<&Comment> {
        let (first, rest) = self.comments.split_first()?;
        self.comments = rest;
        Some(first)
    }

    fn line(&self, comment: &Comment) -> Line {
        Line {
            text: self.text[comment.start..comment.end].trim_end().to_owned(),
            blank: self.blank_before(comment.start),
        }
    }

    fn before(&mut self, limit: usize) -> Vec<Line> {
        let count = self.comments.iter().take_while(|c| c.start < limit).count();
        let (now, rest) = self.comments.split_at(count);
        self.comments = rest;
        now.iter().map(|comment| self.line(comment)).collect()
    }

    /// The comment on the line of an offset, behind it.
    fn on_line(&mut self, at: usize) -> Option<String> {
        let first = self.comments.first()?;
        let between = self.text.get(at..first.start)?;
        if between.contains(|c: char| !" \t,:|>+-0123456789".contains(c)) {
            return None;
        }
        let text = self.text[first.start..first.end].trim_end().to_owned();
        self.take();
        Some(text)
    }

    /// Comments after the last child that stand at least as far to the right.
    fn tail(&mut self, column: usize, limit: usize) -> Vec<Line> {
        let count = self
            .comments
            .iter()
            .take_while(|c| c.start < limit && self.column(c.start) >= column)
            .count();
        let (now, rest) = self.comments.split_at(count);
        self.comments = rest;
        now.iter().map(|comment| self.line(comment)).collect()
    }

    fn column(&self, at: usize) -> usize {
        at - line_start(self.text, at)
    }

    /// Where the dash before a list item stands.
    fn dash(&self, at: usize, column: usize) -> usize {
        let before = &self.text[line_start(self.text, at)..at];
        before.rfind("- ").unwrap_or(column.saturating_sub(2))
    }

    fn blank_before(&self, at: usize) -> bool {
        let start = line_start(self.text, at);
        start > 0
            && self.text[line_start(self.text, start - 1)..start]
                .trim()
                .is_empty()
    }
}
