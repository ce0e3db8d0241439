//! Slots of calendars: hours, desks, closed days and lead times.

use jiff::civil::DateTime;

use super::*;
use crate::source::{FileId, Report, read_yaml};
use crate::workflow::calendar::instant;

const CALENDAR: &str = r#"schalter: calendar/1
id: citizen-service
department: citizen-services
title: { de: Bürgerservice, en: Citizen service }
place: { de: "Rathaus, Erdgeschoss", en: "Town hall, ground floor" }
rooms:
  - { id: counter, title: { de: Schalter, en: Counter }, desks: 2 }
  - { id: office, title: { de: Zimmer 12, en: Room 12 } }
kinds:
  - { id: passport, title: { de: Reisepass, en: Passport }, minutes: 20, rooms: [counter] }
  - { id: advice, title: { de: Beratung, en: Advice }, minutes: 30, rooms: [office] }
hours:
  - { days: [mon, tue, wed, thu, fri], from: "08:00", to: "09:00" }
  - { days: [thu], from: "14:00", to: "15:00", rooms: [office], valid_from: 2026-12-10 }
closed:
  - { from: 2026-12-28, to: 2026-12-30 }
booking: { step: 20, buffer: 5, earliest_hours: 2, latest_days: 30 }
"#;

fn calendar() -> Calendar {
    let mut report = Report::default();
    let node = read_yaml(FileId::default(), CALENDAR, &mut report).unwrap();
    let calendar = decode_calendar(&node, None, &mut report).unwrap();
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    calendar
}

fn wish(kind: &str, minutes: i64) -> AppointmentWish {
    AppointmentWish {
        calendar: "citizen-service".into(),
        kind: kind.into(),
        minutes,
        room: None,
        chosen: None,
    }
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn millis(text: &str) -> i64 {
    instant(at(text)).unwrap()
}

#[test]
fn a_day_offers_what_its_hours_have_room_for() {
    // (kind, minutes, day, begins)
    let rows: &[(&str, i64, &str, &[&str])] = &[
        ("passport", 20, "2026-12-01", &["08:00", "08:20", "08:40"]),
        ("passport", 40, "2026-12-01", &["08:00", "08:20"]),
        ("passport", 65, "2026-12-01", &[]),
        ("advice", 30, "2026-12-03", &["08:00", "08:20"]),
        // The second pattern holds from 10 December on, and for its room only.
        (
            "advice",
            30,
            "2026-12-10",
            &["08:00", "08:20", "14:00", "14:20"],
        ),
        ("passport", 20, "2026-12-10", &["08:00", "08:20", "08:40"]),
        // Saturday, Christmas, closed days, a kind nobody knows.
        ("passport", 20, "2026-12-05", &[]),
        ("passport", 20, "2026-12-25", &[]),
        ("passport", 20, "2026-12-29", &[]),
        ("nothing", 20, "2026-12-01", &[]),
    ];
    let calendar = calendar();
    let now = millis("2026-11-30T12:00");
    for (kind, minutes, day, begins) in rows {
        let free = calendar.free_on(
            &wish(kind, *minutes),
            day.parse().unwrap(),
            now,
            false,
            &Busy::default(),
        );
        let found: Vec<String> = free
            .starts
            .iter()
            .map(|start| start.strftime("%H:%M").to_string())
            .collect();
        assert_eq!(found, *begins, "{kind} {minutes} {day}");
    }
}

#[test]
fn desks_are_filled_one_by_one_and_buffers_kept() {
    let calendar = calendar();
    let now = millis("2026-11-30T12:00");
    let wish = wish("passport", 20);
    let start = at("2026-12-01T08:20");
    let mut busy = Busy::default();
    let mut desks = Vec::new();
    while let Ok(slot) = calendar.place(&wish, start, now, false, &busy) {
        desks.push(slot.desk);
        busy.units.extend(
            slot.units()
                .map(|unit| (slot.room.clone(), slot.desk, unit)),
        );
    }
    assert_eq!(desks, [1, 2]);
    let problem = |text: &str, busy: &Busy| calendar.place(&wish, at(text), now, false, busy);
    assert_eq!(problem("2026-12-01T08:20", &busy), Err(SlotProblem::Taken));
    // The buffer of five minutes reaches into the next begin, and this one's into those.
    assert_eq!(problem("2026-12-01T08:40", &busy), Err(SlotProblem::Taken));
    assert_eq!(problem("2026-12-01T08:00", &busy), Err(SlotProblem::Taken));
    assert!(problem("2026-12-02T08:20", &busy).is_ok());
}

#[test]
fn slots_out_of_hours_and_out_of_time_are_refused() {
    let calendar = calendar();
    let now = millis("2026-12-01T06:15");
    let rows = [
        ("2026-12-01T08:00", false, Err(SlotProblem::TooSoon)),
        ("2026-12-01T08:00", true, Ok(())),
        ("2026-12-01T08:20", false, Ok(())),
        ("2026-12-01T08:25", false, Err(SlotProblem::NotOffered)),
        ("2026-12-01T08:45", false, Err(SlotProblem::NotOffered)),
        ("2026-12-31T08:00", false, Ok(())),
        ("2027-01-04T08:00", false, Err(SlotProblem::TooLate)),
        ("2027-01-04T08:00", true, Ok(())),
    ];
    for (start, staff, expected) in rows {
        let found = calendar.offers(&wish("passport", 20), at(start), now, staff);
        assert_eq!(found, expected, "{start} {staff}");
    }
}

#[test]
fn closures_take_a_room_or_everything() {
    let calendar = calendar();
    let now = millis("2026-11-30T12:00");
    let closed = |room: Option<&str>| Busy {
        closures: vec![Closure {
            room: room.map(str::to_owned),
            from: millis("2026-12-01T08:10"),
            to: millis("2026-12-01T08:20"),
        }],
        ..Busy::default()
    };
    let place = |start: &str, busy: &Busy| {
        calendar
            .place(&wish("passport", 20), at(start), now, false, busy)
            .is_ok()
    };
    assert!(!place("2026-12-01T08:00", &closed(None)));
    assert!(!place("2026-12-01T08:00", &closed(Some("counter"))));
    assert!(place("2026-12-01T08:00", &closed(Some("office"))));
    assert!(place("2026-12-01T08:20", &closed(None)));
}

#[test]
fn calendar_files_fold_escape_and_keep_local_time() {
    let invitation = ics::Invitation {
        cancelled: false,
        uid: "018f@schalter".into(),
        sequence: 2,
        stamp: millis("2026-11-30T12:00"),
        starts_at: millis("2026-07-01T08:00"),
        ends_at: millis("2026-07-01T08:20"),
        summary: "Termin: Reisepass, Ausweis; Meldung".into(),
        location: "Rathaus\r\nErdgeschoss".into(),
        description: "ä".repeat(60),
    };
    let file = invitation.file("stadt@town.example", "a@b.example\r\nX-EVIL:1");
    for expected in [
        "METHOD:REQUEST\r\n",
        "UID:018f@schalter\r\nSEQUENCE:2\r\nDTSTAMP:20261130T110000Z\r\n",
        "DTSTART;TZID=Europe/Berlin:20260701T080000\r\n",
        "DTEND;TZID=Europe/Berlin:20260701T082000\r\n",
        "SUMMARY:Termin: Reisepass\\, Ausweis\\; Meldung\r\n",
        "LOCATION:Rathaus\\nErdgeschoss\r\n",
        "STATUS:CONFIRMED\r\n",
    ] {
        assert!(file.contains(expected), "{expected} in {file}");
    }
    assert!(file.split("\r\n").all(|line| line.len() <= 75), "{file}");
    assert!(!file.contains("\r\nX-EVIL"));
    let cancelled = ics::Invitation {
        cancelled: true,
        ..invitation
    };
    let file = cancelled.file("stadt@town.example", "a@b.example");
    assert!(file.contains("METHOD:CANCEL") && file.contains("STATUS:CANCELLED"));
}
