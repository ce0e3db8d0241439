//! The tree of a YAML file in which every key and value knows its place.

use super::Span;

/// How a scalar was written; plain scalars may be numbers or booleans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In single or double quotes, or as a block.
    Quoted,
}

/// A scalar with its text after YAML unescaping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text.
    pub text: String,
    /// How it was written.
    pub style: ScalarStyle,
    /// Byte offset in the file of the scalar's first character, where the raw
    /// text in the file equals [`Scalar::text`]; `None` where escapes or
    /// folding break the correspondence.
    pub content_start: Option<u32>,
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key's text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Nothing, `~` or `null`.
    Null,
    /// Any scalar; [`Node::as_bool`] and [`Node::as_number_text`] interpret plain ones.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A map in the order of the file, without duplicate keys.
    Map(Vec<(Key, Node)>),
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

impl Node {
    /// The text of a scalar, quoted or not.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// `true` and `false`, unquoted; nothing else (`yes` and `no` are texts).
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            NodeKind::Scalar(Scalar {
                text,
                style: ScalarStyle::Plain,
                ..
            }) => match text.as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The text of an unquoted decimal number such as `12` or `-3.50`.
    pub fn as_number_text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(Scalar {
                text,
                style: ScalarStyle::Plain,
                ..
            }) => {
                let digits = text.strip_prefix('-').unwrap_or(text);
                let mut parts = digits.splitn(2, '.');
                let numeric =
                    |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
                let whole = parts.next().is_some_and(numeric);
                let fraction = parts.next().is_none_or(numeric);
                (whole && fraction).then_some(text.as_str())
            }
            _ => None,
        }
    }

    /// The items of a sequence.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map.
    pub fn as_map(&self) -> Option<&[(Key, Node)]> {
        match &self.kind {
            NodeKind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under `key` of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?
            .iter()
            .find(|(name, _)| name.text == key)
            .map(|(_, node)| node)
    }

    /// What kind of thing this is, in the words of a diagnostic.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Scalar(_) if self.as_bool().is_some() => "true or false",
            NodeKind::Scalar(_) if self.as_number_text().is_some() => "a number",
            NodeKind::Scalar(_) => "a text",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a map",
        }
    }

    /// The span of bytes `start..end` of this scalar's text: exact where the
    /// file holds the text as it is, else the whole scalar.
    pub fn text_span(&self, start: usize, end: usize) -> Span {
        match &self.kind {
            NodeKind::Scalar(Scalar {
                content_start: Some(content),
                ..
            }) => {
                let base = *content as usize;
                Span::new(self.span.file, base + start, base + end)
            }
            _ => self.span,
        }
    }
}
