//! YAML text to [`Node`]s: one document, no anchors, no aliases, no tags, no
//! duplicate keys, bounded depth and size.

use std::collections::HashSet;

use granit_parser::{Event, Parser, ScalarStyle as Style};

use super::{Diagnostic, FileId, Key, Node, NodeKind, Report, Scalar, ScalarStyle, Span};

/// Largest definition file, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Deepest nesting of lists and maps.
const MAX_DEPTH: usize = 64;

/// Reads the one document of a file. Problems go to `report`; `None` means
/// nothing usable could be read.
pub fn read_yaml(file: FileId, text: &str, report: &mut Report) -> Option<Node> {
    if text.len() > MAX_BYTES {
        let message = format!(
            "the file has {} MB; definition files have at most {} MB",
            text.len() / 1_000_000,
            MAX_BYTES / 1_000_000
        );
        report.push(
            Diagnostic::error("file-too-large", Span::new(file, 0, 0), message)
                .help("split it, for example into several libraries or data sets"),
        );
        return None;
    }
    let offset = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    Reader {
        file,
        text: &text[offset..],
        offset,
        report,
        stack: Vec::new(),
        root: None,
        failed: false,
    }
    .read()
}

enum Frame {
    List {
        start: usize,
        items: Vec<Node>,
    },
    Map {
        start: usize,
        entries: Vec<(Key, Node)>,
        /// The keys there are, since looking through the entries would take
        /// long in a large map.
        known: HashSet<String>,
        key: Option<Key>,
    },
}

struct Reader<'t, 'r> {
    file: FileId,
    text: &'t str,
    offset: usize,
    report: &'r mut Report,
    stack: Vec<Frame>,
    root: Option<Node>,
    failed: bool,
}

impl Reader<'_, '_> {
    fn read(mut self) -> Option<Node> {
        let parser = Parser::new_from_str(self.text);
        let mut documents = 0;
        for next in parser {
            let (event, span) = match next {
                Ok(pair) => pair,
                Err(error) => {
                    let at = error.marker().byte_offset().unwrap_or(0);
                    if let Some(tab) = tab_before(self.text, at) {
                        self.report.push(
                            Diagnostic::error(
                                "yaml-syntax",
                                self.span(tab, tab + 1),
                                "this line is indented with a tab",
                            )
                            .help("indent with spaces, two for each level; most editors can be told to"),
                        );
                        return None;
                    }
                    let span = self.span(at, at + 1);
                    let info = error.info().to_string();
                    let cause = match info.trim() {
                        "" => "a bracket or a quote is not closed",
                        cause => cause,
                    };
                    self.report.push(
                        Diagnostic::error("yaml-syntax", span, format!("this is not valid YAML: {cause}"))
                            .help("check the indentation, and quote texts that contain : # , [ ] { } or ?"),
                    );
                    return None;
                }
            };
            let start = span.start.byte_offset().unwrap_or(0);
            let end = span.end.byte_offset().unwrap_or(start);
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        self.refuse(
                            "several-documents",
                            start,
                            end,
                            "a definition file holds one document only",
                        );
                        return None;
                    }
                }
                Event::Alias(..) => {
                    self.refuse(
                        "yaml-alias",
                        start,
                        end,
                        "anchors and aliases are not used in definitions; write the value again, or use a field library",
                    );
                    // Something stands here, so nothing is missing on top.
                    let node = self.scalar("*", Style::Plain, start, end);
                    self.put(node);
                }
                Event::Scalar(value, style, anchor, tag) => {
                    self.refuse_properties(anchor, tag.is_some(), start, end);
                    let node = self.scalar(&value, style, start, end);
                    self.put(node);
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.refuse_properties(anchor, tag.is_some(), start, end);
                    if !self.open(Frame::List {
                        start,
                        items: Vec::new(),
                    }) {
                        return None;
                    }
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.refuse_properties(anchor, tag.is_some(), start, end);
                    if !self.open(Frame::Map {
                        start,
                        entries: Vec::new(),
                        known: HashSet::new(),
                        key: None,
                    }) {
                        return None;
                    }
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(end),
                _ => {}
            }
        }
        if self.root.is_none() && !self.failed {
            self.refuse("empty-file", 0, 0, "the file is empty");
        }
        self.root
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start + self.offset, end + self.offset)
    }

    fn refuse(&mut self, code: &'static str, start: usize, end: usize, message: &str) {
        self.failed = true;
        let span = self.span(start, end);
        self.report.push(Diagnostic::error(code, span, message));
    }

    fn refuse_properties(&mut self, anchor: usize, tag: bool, start: usize, end: usize) {
        // What stands before the value: `&name` or `!!str`.
        let before = |mark: char| {
            let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
            let at = self.text[line..start].find(mark).map(|at| line + at);
            at.map_or((start, end), |at| (at, start.max(at + 1)))
        };
        let (anchor_at, tag_at) = (before('&'), before('!'));
        if anchor != 0 {
            self.refuse(
                "yaml-anchor",
                anchor_at.0,
                anchor_at.1,
                "anchors and aliases are not used in definitions; use a field library",
            );
        }
        if tag {
            self.refuse(
                "yaml-tag",
                tag_at.0,
                tag_at.1,
                "YAML tags such as !!str are not used in definitions; put texts in quotes",
            );
        }
    }

    fn open(&mut self, frame: Frame) -> bool {
        if self.stack.len() >= MAX_DEPTH {
            let (Frame::List { start, .. } | Frame::Map { start, .. }) = frame;
            self.refuse(
                "too-deep",
                start,
                start + 1,
                "lists and maps are nested too deeply here",
            );
            return false;
        }
        self.stack.push(frame);
        true
    }

    fn close(&mut self, end: usize) {
        let node = match self.stack.pop() {
            Some(Frame::List { start, items }) => Node {
                span: self.span(start, end.max(start)),
                kind: NodeKind::List(items),
            },
            Some(Frame::Map { start, entries, .. }) => Node {
                span: self.span(start, end.max(start)),
                kind: NodeKind::Map(entries),
            },
            None => return,
        };
        self.put(node);
    }

    fn scalar(&self, value: &str, style: Style, start: usize, end: usize) -> Node {
        let span = self.span(start, end);
        let plain = matches!(style, Style::Plain);
        if plain && matches!(value, "" | "~" | "null") {
            return Node {
                span,
                kind: NodeKind::Null,
            };
        }
        let raw = self.text.get(start..end).unwrap_or_default();
        let content_start = raw
            .find(value)
            .filter(|_| !value.is_empty())
            .map(|at| span.start + at as u32);
        let style = if plain {
            ScalarStyle::Plain
        } else {
            ScalarStyle::Quoted
        };
        Node {
            span,
            kind: NodeKind::Scalar(Scalar {
                text: value.to_owned(),
                style,
                content_start,
            }),
        }
    }

    fn put(&mut self, node: Node) {
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List { items, .. }) => items.push(node),
            Some(Frame::Map {
                entries,
                known,
                key,
                ..
            }) => match key.take() {
                None => match node.kind {
                    NodeKind::Scalar(scalar) => {
                        *key = Some(Key {
                            text: scalar.text,
                            span: node.span,
                        });
                    }
                    _ => {
                        *key = Some(Key {
                            text: String::new(),
                            span: node.span,
                        });
                        self.report.push(Diagnostic::error(
                            "wrong-key",
                            node.span,
                            "a key must be a text",
                        ));
                    }
                },
                Some(key) if !known.insert(key.text.clone()) => {
                    self.report.push(
                        Diagnostic::error(
                            "duplicate-key",
                            key.span,
                            format!("the key `{}` stands here twice", key.text),
                        )
                        .help("keep one of the two"),
                    );
                }
                Some(key) => entries.push((key, node)),
            },
        }
    }
}

/// The first tab in the indentation of the line at a place, or of the lines
/// without words before it, where the parser stumbles over it later.
fn tab_before(text: &str, at: usize) -> Option<usize> {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let start = text[..end].rfind('\n').map_or(0, |line| line + 1);
    let line = &text[start..];
    let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
    line[..indent].find('\t').map(|tab| start + tab)
}
