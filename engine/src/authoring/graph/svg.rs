//! A drawing as SVG: blocks one below the other, lines in lanes beside them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Block, Diagram, Look};

/// Width of the outermost blocks.
const COLUMN: f64 = 640.0;
/// What a block inside is narrower on each side.
const INSET: f64 = 16.0;
const PADDING: f64 = 12.0;
const GAP: f64 = 22.0;
const MARGIN: f64 = 24.0;
/// Distance of two lanes, and of the first from the blocks.
const LANE: f64 = 13.0;
/// Roundness of the corners of lines.
const BEND: f64 = 5.0;

/// A kind of text: class, size, height of a line.
#[derive(Clone, Copy)]
struct Font {
    class: &'static str,
    size: f64,
    line: f64,
}

const HEADING: Font = Font {
    class: "h",
    size: 20.0,
    line: 28.0,
};
const TITLE: Font = Font {
    class: "t",
    size: 15.0,
    line: 21.0,
};
const NOTE: Font = Font {
    class: "n",
    size: 12.5,
    line: 18.0,
};
const ROW: Font = Font {
    class: "r",
    size: 13.0,
    line: 18.0,
};
const DETAIL: Font = Font {
    class: "d",
    size: 11.5,
    line: 16.0,
};

/// The drawing as an SVG document with a background of its own; it follows
/// the reader's light or dark setting.
pub fn svg(diagram: &Diagram) -> String {
    let mut layout = Layout::default();
    names(&diagram.blocks, &mut layout.titles);
    let mut y = MARGIN + layout.text(&diagram.title, HEADING, 0.0, MARGIN, COLUMN) + 8.0;
    y = layout.blocks(&diagram.blocks, 0, y);
    let lanes = lanes(&layout);
    draw(diagram, &layout, &lanes, y + MARGIN)
}

/// Titles of blocks by id.
fn names(blocks: &[Block], titles: &mut BTreeMap<String, String>) {
    for block in blocks {
        titles.insert(block.id.clone(), block.title.clone());
        names(&block.children, titles);
    }
}

/// A block with its place; x counts from the left edge of the column.
struct Frame {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    look: Look,
}

struct Written {
    x: f64,
    y: f64,
    class: &'static str,
    text: String,
}

/// Where a line begins or ends: the edges of a block at a height.
#[derive(Clone, Copy)]
struct Anchor {
    left: f64,
    right: f64,
    y: f64,
}

struct Link {
    from: Anchor,
    to: String,
    dashed: bool,
}

#[derive(Default)]
struct Layout {
    titles: BTreeMap<String, String>,
    frames: Vec<Frame>,
    texts: Vec<Written>,
    dots: Vec<(f64, f64)>,
    heads: BTreeMap<String, Anchor>,
    links: Vec<Link>,
    /// Arrows from one page down to the next.
    steps: Vec<(f64, f64)>,
}

impl Layout {
    /// Blocks one below the other; where they end.
    fn blocks(&mut self, blocks: &[Block], depth: usize, mut y: f64) -> f64 {
        for (at, block) in blocks.iter().enumerate() {
            if at > 0 {
                if block.look == Look::Step || blocks[at - 1].look == Look::Step {
                    self.steps.push((y, y + GAP));
                }
                y += GAP;
            }
            y = self.block(block, depth, y);
        }
        y
    }

    fn block(&mut self, block: &Block, depth: usize, top: f64) -> f64 {
        let x = INSET * depth as f64;
        let width = COLUMN - 2.0 * x;
        let frame = self.frames.len();
        self.frames.push(Frame {
            x,
            y: top,
            width,
            height: 0.0,
            look: block.look,
        });
        let (inner, room) = (x + PADDING, width - 2.0 * PADDING);
        let edges = |y: f64| Anchor {
            left: x,
            right: x + width,
            y,
        };
        let mut y = top + 8.0;
        self.heads
            .insert(block.id.clone(), edges(y + TITLE.line / 2.0));
        let indent = if block.initial { 16.0 } else { 0.0 };
        if block.initial {
            self.dots.push((inner + 5.0, y + TITLE.line / 2.0));
        }
        y += self.text(&block.title, TITLE, inner + indent, y, room - indent);
        for note in &block.notes {
            y += self.text(note, NOTE, inner, y, room);
        }
        if !block.rows.is_empty() {
            y += 6.0;
        }
        for row in &block.rows {
            let from = edges(y + ROW.line / 2.0);
            let mut text = row.text.clone();
            let titles: Vec<&str> = row
                .targets
                .iter()
                .filter_map(|id| self.titles.get(id))
                .map(String::as_str)
                .collect();
            if !titles.is_empty() {
                text.push_str(" → ");
                text.push_str(&titles.join(", "));
            }
            let step = 8.0 + 14.0 * row.depth as f64;
            y += self.text(&text, ROW, inner + step, y, room - step - 8.0);
            if let Some(detail) = &row.detail {
                let step = step + 12.0;
                y += self.text(detail, DETAIL, inner + step, y, room - step - 8.0);
            }
            for target in &row.targets {
                self.links.push(Link {
                    from,
                    to: target.clone(),
                    dashed: row.dashed,
                });
            }
        }
        if !block.children.is_empty() {
            y = self.blocks(&block.children, depth + 1, y + 12.0) + 4.0;
        }
        let bottom = y + 10.0;
        self.frames[frame].height = bottom - top;
        bottom
    }

    /// A text in as many lines as it needs; their height together.
    fn text(&mut self, text: &str, font: Font, x: f64, y: f64, room: f64) -> f64 {
        let lines = wrap(text, font.size, room);
        for (at, line) in lines.iter().enumerate() {
            self.texts.push(Written {
                x,
                y: y + at as f64 * font.line + font.line * 0.74,
                class: font.class,
                text: line.clone(),
            });
        }
        lines.len() as f64 * font.line
    }
}

/// Width of a character, a little more than usual fonts have.
fn width(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.32,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | ' ' | '-' | '"' | '„' | '“' | '”' | '/' => {
            0.42
        }
        'm' | 'w' | 'M' | 'W' | '—' | '→' => 1.0,
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => 0.6,
        c if c.is_uppercase() => 0.74,
        _ => 0.66,
    }
}

fn measure(text: &str, size: f64) -> f64 {
    text.chars().map(|c| width(c) * size).sum()
}

/// A text broken at blanks; words too long for a line are broken anywhere.
fn wrap(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0.0;
    for word in text.split_inclusive([' ', '\n']) {
        let wide = measure(word.trim_end_matches([' ', '\n']), size);
        let full = used > 0.0 && used + wide > room;
        if full {
            lines.push(String::new());
            used = 0.0;
        }
        for c in word.chars().map(|c| if c == '\n' { ' ' } else { c }) {
            let more = width(c) * size;
            if used + more > room && c != ' ' {
                lines.push(String::new());
                used = 0.0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            used += more;
        }
    }
    lines
        .iter_mut()
        .for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

/// All lines that lead to one block on one side, in one lane.
struct Bus<'l> {
    right: bool,
    to: Anchor,
    links: Vec<&'l Link>,
    lane: usize,
}

impl Bus<'_> {
    fn span(&self) -> (f64, f64) {
        let ys = self.links.iter().map(|link| link.from.y);
        let (mut low, mut high) = (self.to.y, self.to.y);
        for y in ys {
            (low, high) = (low.min(y), high.max(y));
        }
        (low, high)
    }
}

/// Downwards on the right, upwards on the left; short ones nearest to the blocks.
fn lanes(layout: &Layout) -> Vec<Bus<'_>> {
    let mut buses: Vec<Bus<'_>> = Vec::new();
    let mut known: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for link in &layout.links {
        let Some(to) = layout.heads.get(&link.to).copied() else {
            continue;
        };
        let right = to.y > link.from.y;
        let at = *known.entry((right, link.to.as_str())).or_insert_with(|| {
            buses.push(Bus {
                right,
                to,
                links: Vec::new(),
                lane: 0,
            });
            buses.len() - 1
        });
        buses[at].links.push(link);
    }
    let length = |bus: &Bus<'_>| bus.span().1 - bus.span().0;
    buses.sort_by(|a, b| length(a).total_cmp(&length(b)));
    let mut taken: Vec<(bool, usize, f64, f64)> = Vec::new();
    for bus in &mut buses {
        let (low, high) = bus.span();
        let free = |lane: usize| {
            !taken.iter().any(|(right, known, from, to)| {
                *right == bus.right && *known == lane && *from < high + 8.0 && low < *to + 8.0
            })
        };
        bus.lane = (0..).find(|lane| free(*lane)).unwrap_or_default();
        taken.push((bus.right, bus.lane, low, high));
    }
    buses
}

fn draw(diagram: &Diagram, layout: &Layout, buses: &[Bus<'_>], height: f64) -> String {
    let lanes_on = |right: bool| {
        let lanes = buses
            .iter()
            .filter(|bus| bus.right == right)
            .map(|bus| bus.lane + 1);
        lanes.max().map_or(0.0, |count| (count as f64 + 1.0) * LANE)
    };
    let left = MARGIN + lanes_on(false);
    let total = left + COLUMN + lanes_on(true) + MARGIN;
    let mut out = String::new();
    let written: std::fmt::Result = (|| {
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{total:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {total:.0} {height:.0}\" role=\"img\" aria-labelledby=\"title desc\">"
        )?;
        writeln!(
            out,
            "<title id=\"title\">{}</title>",
            escape(&diagram.title)
        )?;
        writeln!(
            out,
            "<desc id=\"desc\">{}</desc>",
            escape(&diagram.description)
        )?;
        out.push_str(STYLE);
        writeln!(
            out,
            "<rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n<g transform=\"translate({left:.0} 0)\">"
        )?;
        for frame in &layout.frames {
            draw_frame(&mut out, frame)?;
        }
        for (from, to) in &layout.steps {
            let x = COLUMN / 2.0;
            writeln!(
                out,
                "<path class=\"step\" marker-end=\"url(#tip)\" d=\"M{x:.1} {from:.1}V{:.1}\"/>",
                to - 2.0
            )?;
        }
        for bus in buses {
            // Lanes beside each other differ in colour.
            let first = if bus.right { 0 } else { COLOURS / 2 };
            draw_bus(&mut out, bus, (first + bus.lane) % COLOURS)?;
        }
        for (x, y) in &layout.dots {
            writeln!(
                out,
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>"
            )?;
        }
        for text in &layout.texts {
            writeln!(
                out,
                "<text class=\"{}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                text.class,
                text.x,
                text.y,
                escape(&text.text)
            )?;
        }
        out.push_str("</g>\n</svg>\n");
        Ok(())
    })();
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
    out
}

fn draw_frame(out: &mut String, frame: &Frame) -> std::fmt::Result {
    let Frame {
        x,
        y,
        width,
        height,
        look,
    } = frame;
    let class = if *look == Look::Conditional {
        "b c"
    } else {
        "b"
    };
    writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"8\"/>"
    )?;
    if *look == Look::Final {
        writeln!(
            out,
            "<rect class=\"e\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"6\"/>",
            x + 3.0,
            y + 3.0,
            width - 6.0,
            height - 6.0
        )?;
    }
    Ok(())
}

/// A line from each row into the lane, and from the lane to the block.
fn draw_bus(out: &mut String, bus: &Bus<'_>, colour: usize) -> std::fmt::Result {
    let sign = if bus.right { 1.0 } else { -1.0 };
    let edge = if bus.right { COLUMN } else { 0.0 };
    let lane = edge + sign * LANE * (bus.lane as f64 + 1.0);
    let side = |anchor: Anchor| if bus.right { anchor.right } else { anchor.left };
    for link in &bus.links {
        let (from, to) = (link.from.y, bus.to.y);
        let bend = BEND.min((to - from).abs() / 2.0) * if to > from { 1.0 } else { -1.0 };
        let near = lane - sign * BEND;
        let class = if link.dashed { "l w" } else { "l" };
        writeln!(
            out,
            "<path class=\"{class} k{colour}\" marker-end=\"url(#tip)\" d=\"M{:.1} {from:.1}H{near:.1}Q{lane:.1} {from:.1} {lane:.1} {:.1}V{:.1}Q{lane:.1} {to:.1} {near:.1} {to:.1}H{:.1}\"/>",
            side(link.from),
            from + bend,
            to - bend,
            side(bus.to) + sign * 2.0,
        )?;
        writeln!(
            out,
            "<circle class=\"k{colour} p\" cx=\"{:.1}\" cy=\"{from:.1}\" r=\"2.5\"/>",
            side(link.from)
        )?;
    }
    Ok(())
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// How many colours lines take turns in.
const COLOURS: usize = 6;

const STYLE: &str = "<style>
text { font-family: system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif; fill: #1c2128; white-space: pre; }
.h { font-size: 20px; font-weight: 600; }
.t { font-size: 15px; font-weight: 600; }
.n { font-size: 12.5px; fill: #4b5563; }
.r { font-size: 13px; }
.d { font-size: 11.5px; fill: #4b5563; }
.bg { fill: #ffffff; }
.b { fill: #7c8ba11a; stroke: #6b7788; stroke-width: 1.2; }
.c { stroke-dasharray: 6 4; }
.e { fill: none; stroke: #6b7788; }
.dot { fill: #1c2128; }
.step { fill: none; stroke: #6b7788; stroke-width: 1.4; }
.l { fill: none; stroke-width: 1.5; }
.w { stroke-dasharray: 5 3; }
.k0 { stroke: #2f6fb5; } .k1 { stroke: #b3541e; } .k2 { stroke: #3a8a4d; } .k3 { stroke: #8e4fb0; } .k4 { stroke: #b0342f; } .k5 { stroke: #4f7f86; }
.p { fill: #ffffff; }
#tip path { fill: #6b7788; stroke: none; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ee; }
  .n, .d { fill: #b3bcc8; }
  .bg { fill: #15191f; }
  .dot { fill: #e6e9ee; }
  .p { fill: #15191f; }
  .k0 { stroke: #6fa8e0; } .k1 { stroke: #e08f5c; } .k2 { stroke: #74c088; } .k3 { stroke: #c08fe0; } .k4 { stroke: #e07a76; } .k5 { stroke: #86b8bf; }
}
</style>
<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\" markerUnits=\"userSpaceOnUse\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>
";
