//! Decoding `catalogue/calendars/<id>.yaml`.

use jiff::civil::{Date, Time, Weekday};

use super::{AppointmentKind, Booking, Calendar, Closed, Hours, Room, UNIT_MINUTES};
use crate::catalogue::{decode_id, decode_texts, duplicate, unknown};
use crate::source::{Diagnostic, Fields, Node, Report, Span};

/// Days of the week as they stand in definitions.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];
/// Most desks of a room: a hall, not a stadium.
const MOST_DESKS: i64 = 200;

/// Decodes a calendar. `departments` are those it may belong to, if known.
pub fn decode_calendar(
    node: &Node,
    departments: Option<&[&str]>,
    report: &mut Report,
) -> Option<Calendar> {
    let keys = Fields::of(node, "a calendar", report)?;
    keys.get("schalter");
    let id = decode_id(&keys, report);
    let department = keys.need_text("department", report).unwrap_or_default();
    if let (Some(known), Some(at)) = (departments, keys.get("department"))
        && !known.contains(&department.as_str())
    {
        report.push(unknown(
            "unknown-department",
            "department",
            &department,
            known.iter().copied(),
            at.span,
        ));
    }
    let title = keys.need_texts("title", report).unwrap_or_default();
    let place = keys.need_texts("place", report).unwrap_or_default();
    keys.bool("sample", report);
    keys.bool("verify", report);
    for key in ["rooms", "kinds", "hours"] {
        keys.need(key, report);
    }
    let rooms = rooms(&keys, report);
    let kinds = kinds(&keys, &rooms, report);
    let hours = keys
        .list("hours", report)
        .iter()
        .filter_map(|node| hours(node, &rooms, &kinds, report))
        .collect();
    let closed = keys
        .list("closed", report)
        .iter()
        .filter_map(|node| closed(node, report))
        .collect();
    let booking = booking(&keys, report);
    keys.finish("a calendar", report);
    let calendar = Calendar {
        id: id?,
        department,
        title,
        place,
        rooms,
        kinds,
        hours,
        closed,
        booking,
    };
    check_reach(&calendar, &keys_span(node), report);
    Some(calendar)
}

fn keys_span(node: &Node) -> Span {
    node.get("kinds").map_or(node.span, |node| node.span)
}

fn rooms(keys: &Fields<'_>, report: &mut Report) -> Vec<Room> {
    let mut rooms: Vec<Room> = Vec::new();
    for node in keys.list("rooms", report) {
        let Some(fields) = Fields::of(node, "a room", report) else {
            continue;
        };
        let id = decode_id(&fields, report);
        let title = fields.need_texts("title", report).unwrap_or_default();
        let desks = number(&fields, "desks", 1, (1, MOST_DESKS), report);
        fields.finish("a room", report);
        let Some(id) = id else { continue };
        if rooms.iter().any(|room| room.id == id) {
            report.push(duplicate("rooms", &id, node.span));
        } else {
            rooms.push(Room { id, title, desks });
        }
    }
    rooms
}

fn kinds(keys: &Fields<'_>, rooms: &[Room], report: &mut Report) -> Vec<AppointmentKind> {
    let mut kinds: Vec<AppointmentKind> = Vec::new();
    for node in keys.list("kinds", report) {
        let Some(fields) = Fields::of(node, "a kind of appointment", report) else {
            continue;
        };
        let id = decode_id(&fields, report);
        let title = fields.need_texts("title", report).unwrap_or_default();
        fields.need("minutes", report);
        let minutes = minutes(&fields, "minutes", 15, (UNIT_MINUTES, 12 * 60), report);
        let at = room_list(&fields, rooms, report);
        let bring = decode_texts(&fields, "bring", report);
        fields.finish("a kind of appointment", report);
        let Some(id) = id else { continue };
        if kinds.iter().any(|kind| kind.id == id) {
            report.push(duplicate("kinds of appointments", &id, node.span));
        } else {
            kinds.push(AppointmentKind {
                id,
                title,
                minutes,
                rooms: at,
                bring,
            });
        }
    }
    kinds
}

fn hours(
    node: &Node,
    rooms: &[Room],
    kinds: &[AppointmentKind],
    report: &mut Report,
) -> Option<Hours> {
    let fields = Fields::of(node, "hours of a calendar", report)?;
    fields.need("days", report);
    let days = fields
        .text_list("days", report)
        .iter()
        .filter_map(|day| weekday(day, &fields, report))
        .collect();
    let from = time(&fields, "from", report);
    let to = time(&fields, "to", report);
    let valid_from = date(&fields, "valid_from", report);
    let valid_to = date(&fields, "valid_to", report);
    let at = room_list(&fields, rooms, report);
    let wanted = fields.text_list("kinds", report);
    for kind in &wanted {
        if !kinds.iter().any(|known| known.id == *kind) {
            let span = fields.get("kinds").map_or(node.span, |node| node.span);
            let known: Vec<&str> = kinds.iter().map(|kind| kind.id.as_str()).collect();
            report.push(unknown(
                "unknown-kind",
                "kind of appointment",
                kind,
                known,
                span,
            ));
        }
    }
    fields.finish("hours of a calendar", report);
    let (from, to) = (from?, to?);
    if to <= from || matches!((valid_from, valid_to), (Some(from), Some(to)) if to < from) {
        report.push(
            Diagnostic::error(
                "empty-hours",
                node.span,
                "these hours end before they begin",
            )
            .help("`to` comes after `from`, and `valid_to` not before `valid_from`"),
        );
    }
    Some(Hours {
        days,
        from,
        to,
        valid_from,
        valid_to,
        rooms: at,
        kinds: wanted,
    })
}

fn closed(node: &Node, report: &mut Report) -> Option<Closed> {
    let fields = Fields::of(node, "closed days", report)?;
    fields.need("from", report);
    let from = date(&fields, "from", report);
    let to = date(&fields, "to", report).or(from);
    let reason = fields.texts("reason", report);
    fields.finish("closed days", report);
    let (from, to) = (from?, to?);
    if to < from {
        report.push(
            Diagnostic::error("empty-hours", node.span, "these days end before they begin")
                .help("`to` is the last closed day and comes not before `from`"),
        );
    }
    Some(Closed { from, to, reason })
}

fn booking(keys: &Fields<'_>, report: &mut Report) -> Booking {
    let mut booking = Booking {
        step: 15,
        buffer: 0,
        earliest_hours: 2,
        latest_days: 60,
        change_until_hours: 24,
        hold_minutes: 15,
    };
    let Some(fields) = keys
        .get("booking")
        .and_then(|node| Fields::of(node, "`booking`", report))
    else {
        return booking;
    };
    let day = 24 * 60;
    booking.step = minutes(&fields, "step", booking.step, (UNIT_MINUTES, day), report);
    booking.buffer = minutes(&fields, "buffer", booking.buffer, (0, day), report);
    let year = 366;
    let mut whole = |key, value, range| number(&fields, key, value, range, report);
    booking.earliest_hours = whole("earliest_hours", booking.earliest_hours, (0, year * 24));
    booking.latest_days = whole("latest_days", booking.latest_days, (1, 2 * year));
    booking.change_until_hours = whole(
        "change_until_hours",
        booking.change_until_hours,
        (0, year * 24),
    );
    booking.hold_minutes = whole("hold_minutes", booking.hold_minutes, (5, 120));
    fields.finish("`booking`", report);
    booking
}

fn room_list(fields: &Fields<'_>, rooms: &[Room], report: &mut Report) -> Vec<String> {
    let wanted = fields.text_list("rooms", report);
    for room in &wanted {
        if !rooms.iter().any(|known| known.id == *room) {
            let span = fields.get("rooms").map_or(fields.span, |node| node.span);
            let known: Vec<&str> = rooms.iter().map(|room| room.id.as_str()).collect();
            report.push(unknown(
                "unknown-room",
                "room of this calendar",
                room,
                known,
                span,
            ));
        }
    }
    wanted
}

fn weekday(day: &str, fields: &Fields<'_>, report: &mut Report) -> Option<Weekday> {
    let found = DAYS.iter().find(|(name, _)| *name == day);
    if found.is_none() {
        let span = fields.get("days").map_or(fields.span, |node| node.span);
        let known = DAYS.map(|(name, _)| name);
        report.push(unknown("wrong-value", "day of the week", day, known, span));
    }
    found.map(|(_, day)| *day)
}

fn time(fields: &Fields<'_>, key: &'static str, report: &mut Report) -> Option<Time> {
    let text = fields.need_text(key, report)?;
    let well_formed = text.len() == 5 && text.as_bytes().get(2) == Some(&b':');
    let time = well_formed.then(|| text.parse::<Time>().ok()).flatten();
    let on_raster = time.filter(|time| i64::from(time.minute()) % UNIT_MINUTES == 0);
    if on_raster.is_none() {
        let span = fields.get(key).map_or(fields.span, |node| node.span);
        report.push(
            Diagnostic::error(
                "wrong-value",
                span,
                format!("`{text}` is no time of a calendar"),
            )
            .help("write hours and minutes in quotes, such as \"07:30\", in steps of five minutes"),
        );
    }
    on_raster
}

fn date(fields: &Fields<'_>, key: &'static str, report: &mut Report) -> Option<Date> {
    let text = fields.text(key, report)?;
    let date = text.parse::<Date>().ok();
    if date.is_none() {
        let span = fields.get(key).map_or(fields.span, |node| node.span);
        report.push(
            Diagnostic::error("wrong-value", span, format!("`{text}` is no date"))
                .help("write year, month and day, such as 2026-12-24"),
        );
    }
    date
}

/// A whole number of minutes on the raster.
fn minutes(
    fields: &Fields<'_>,
    key: &'static str,
    otherwise: i64,
    range: (i64, i64),
    report: &mut Report,
) -> i64 {
    let value = number(fields, key, otherwise, range, report);
    if value % UNIT_MINUTES != 0 {
        let span = fields.get(key).map_or(fields.span, |node| node.span);
        report.push(
            Diagnostic::error(
                "wrong-value",
                span,
                format!("`{key}` is {value} minutes, which no calendar is divided into"),
            )
            .help("take a multiple of five minutes"),
        );
        return otherwise;
    }
    value
}

fn number(
    fields: &Fields<'_>,
    key: &'static str,
    otherwise: i64,
    (least, most): (i64, i64),
    report: &mut Report,
) -> i64 {
    let Some(value) = fields.integer(key, report) else {
        return otherwise;
    };
    if (least..=most).contains(&value) {
        return value;
    }
    let span = fields.get(key).map_or(fields.span, |node| node.span);
    report.push(
        Diagnostic::error("wrong-value", span, format!("`{key}` cannot be {value}"))
            .help(format!("take a number from {least} to {most}")),
    );
    otherwise
}

/// A kind that no hours have room for can never be booked.
fn check_reach(calendar: &Calendar, span: &Span, report: &mut Report) {
    for kind in &calendar.kinds {
        let fits = calendar.hours.iter().any(|hours| {
            let length = hours.from.until(hours.to).map_or(0, |span| {
                i64::from(span.get_hours()) * 60 + span.get_minutes()
            });
            let room = hours.rooms.is_empty()
                || kind.rooms.is_empty()
                || hours.rooms.iter().any(|room| kind.rooms.contains(room));
            room && length >= kind.minutes
                && (hours.kinds.is_empty() || hours.kinds.contains(&kind.id))
        });
        if !fits {
            report.push(
                Diagnostic::warning(
                    "kind-never-offered",
                    *span,
                    format!("no hours of this calendar offer the kind `{}`", kind.id),
                )
                .help("add hours long enough for it, in one of its rooms"),
            );
        }
    }
}
