//! Sizes, distances and colours of a letter, after DIN 5008 form B. All
//! lengths are PDF points; heights count down from the top of the page.

use crate::fonts::Weight;

/// Points of a length in millimetres.
pub(crate) const fn mm(length: f32) -> f32 {
    length * 72.0 / 25.4
}

pub(crate) const PAGE_WIDTH: f32 = 595.276;
pub(crate) const PAGE_HEIGHT: f32 = 841.89;
/// Left edge of the text.
pub(crate) const LEFT: f32 = mm(25.0);
/// Right edge of the text.
pub(crate) const RIGHT: f32 = PAGE_WIDTH - mm(20.0);
/// Width of the text.
pub(crate) const WIDTH: f32 = RIGHT - LEFT;
/// Where content starts on the second and later pages.
pub(crate) const TOP: f32 = mm(30.0);
/// Where content ends on every page.
pub(crate) const BOTTOM: f32 = mm(269.0);
/// Left edge of the facts.
pub(crate) const FACTS_LEFT: f32 = mm(125.0);
/// Top of the facts and of the addressee's window.
pub(crate) const WINDOW_TOP: f32 = mm(45.0);
/// Height of the zone for the sender's return line.
pub(crate) const RETURN_ZONE: f32 = mm(17.7);
/// Widest line of the addressee.
pub(crate) const WINDOW_WIDTH: f32 = mm(80.0);
/// Where the text starts below the window.
pub(crate) const BODY_TOP: f32 = mm(100.0);
/// Distance from the text to the rule above the footer.
pub(crate) const FOOTER_RULE: f32 = mm(276.0);

/// Red, green and blue from 0 to 1.
pub(crate) type Colour = [f32; 3];

/// Text.
pub(crate) const INK: Colour = [0.10, 0.11, 0.13];
/// Second rank; contrast 7:1 on white.
pub(crate) const QUIET: Colour = [0.33, 0.35, 0.38];
/// The accent: rules of the letterhead and links; contrast 8:1.
pub(crate) const ACCENT: Colour = [0.07, 0.30, 0.48];
/// Hairlines.
pub(crate) const HAIR: Colour = [0.80, 0.82, 0.84];
/// Ground of column headers.
pub(crate) const TINT: Colour = [0.945, 0.955, 0.965];

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) weight: Weight,
    /// Font size.
    pub(crate) size: f32,
    /// Distance of baselines.
    pub(crate) leading: f32,
    pub(crate) colour: Colour,
}

impl Style {
    /// Distance from the top of a line to its baseline.
    pub(crate) fn ascent(&self) -> f32 {
        (self.leading - self.size) / 2.0 + self.size * 0.86
    }
}

const fn style(weight: Weight, size: f32, leading: f32, colour: Colour) -> Style {
    Style {
        weight,
        size,
        leading,
        colour,
    }
}

pub(crate) const CITY: Style = style(Weight::Bold, 15.0, 19.0, INK);
pub(crate) const OFFICE: Style = style(Weight::Regular, 9.5, 13.0, INK);
pub(crate) const CONTACT: Style = style(Weight::Regular, 8.0, 11.0, QUIET);
pub(crate) const RETURN: Style = style(Weight::Regular, 6.5, 9.0, QUIET);
pub(crate) const ADDRESS: Style = style(Weight::Regular, 10.0, 14.0, INK);
pub(crate) const FACT_LABEL: Style = style(Weight::Regular, 8.5, 13.0, QUIET);
pub(crate) const FACT: Style = style(Weight::Regular, 8.5, 13.0, INK);
pub(crate) const TITLE: Style = style(Weight::Bold, 15.0, 20.0, INK);
pub(crate) const HEADING_2: Style = style(Weight::Bold, 11.5, 16.0, INK);
pub(crate) const HEADING_3: Style = style(Weight::Bold, 10.0, 14.5, INK);
pub(crate) const BODY: Style = style(Weight::Regular, 10.0, 14.5, INK);
pub(crate) const QUESTION: Style = style(Weight::Regular, 9.0, 13.5, QUIET);
pub(crate) const ANSWER: Style = style(Weight::Regular, 9.5, 13.5, INK);
pub(crate) const CELL: Style = style(Weight::Regular, 9.0, 13.0, INK);
pub(crate) const CELL_HEAD: Style = style(Weight::Bold, 8.5, 13.0, INK);
pub(crate) const LINK: Style = style(Weight::Regular, 10.0, 14.5, ACCENT);
pub(crate) const SMALL: Style = style(Weight::Regular, 8.0, 11.5, QUIET);
pub(crate) const RUNNING: Style = style(Weight::Regular, 7.5, 10.0, QUIET);
