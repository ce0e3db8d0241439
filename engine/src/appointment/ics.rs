//! Calendar files (RFC 5545, iTIP RFC 5546): what mail programs offer to enter.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::Millis;
use crate::workflow::calendar::local;

/// What a calendar file says; frozen when a mail is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Whether the appointment was called off.
    pub cancelled: bool,
    /// Stays the same for the life of the appointment.
    pub uid: String,
    /// Grows with every change.
    pub sequence: i64,
    /// When this was written.
    pub stamp: Millis,
    /// Begin.
    pub starts_at: Millis,
    /// End.
    pub ends_at: Millis,
    /// Title.
    pub summary: String,
    /// Where.
    pub location: String,
    /// What else to know, such as what to bring.
    pub description: String,
}

/// Rules of the local time, as clients expect them in the file itself.
const BERLIN: &str = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n\
BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n\
DTSTART:19960331T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n\
BEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\n\
DTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n\
END:VTIMEZONE\r\n";

impl Invitation {
    /// The iTIP method.
    pub fn method(&self) -> &'static str {
        match self.cancelled {
            true => "CANCEL",
            false => "REQUEST",
        }
    }

    /// The file. `organizer` and `attendee` are mail addresses.
    pub fn file(&self, organizer: &str, attendee: &str) -> String {
        let mut out = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
        line(&mut out, "PRODID", "-//Schalter//Appointments//DE");
        line(&mut out, "CALSCALE", "GREGORIAN");
        line(&mut out, "METHOD", self.method());
        out.push_str(BERLIN);
        out.push_str("BEGIN:VEVENT\r\n");
        line(&mut out, "UID", &escaped(&self.uid));
        line(&mut out, "SEQUENCE", &self.sequence.to_string());
        line(&mut out, "DTSTAMP", &utc(self.stamp));
        line(
            &mut out,
            "DTSTART;TZID=Europe/Berlin",
            &berlin(self.starts_at),
        );
        line(&mut out, "DTEND;TZID=Europe/Berlin", &berlin(self.ends_at));
        line(&mut out, "SUMMARY", &escaped(&self.summary));
        line(&mut out, "LOCATION", &escaped(&self.location));
        if !self.description.is_empty() {
            line(&mut out, "DESCRIPTION", &escaped(&self.description));
        }
        let status = if self.cancelled {
            "CANCELLED"
        } else {
            "CONFIRMED"
        };
        line(&mut out, "STATUS", status);
        line(
            &mut out,
            "ORGANIZER",
            &format!("mailto:{}", address(organizer)),
        );
        line(
            &mut out,
            "ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE",
            &format!("mailto:{}", address(attendee)),
        );
        out.push_str("END:VEVENT\r\nEND:VCALENDAR\r\n");
        out
    }
}

/// One content line, folded after 75 bytes (section 3.1).
fn line(out: &mut String, name: &str, value: &str) {
    let mut width = 0;
    for c in name.chars().chain([':']).chain(value.chars()) {
        if width + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}

/// A text value (section 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// An address cannot end its line.
fn address(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .collect()
}

fn utc(at: Millis) -> String {
    Timestamp::from_millisecond(at).map_or_else(
        |_| String::new(),
        |at| at.strftime("%Y%m%dT%H%M%SZ").to_string(),
    )
}

fn berlin(at: Millis) -> String {
    local(at).map_or_else(
        |_| String::new(),
        |at| at.strftime("%Y%m%dT%H%M%S").to_string(),
    )
}
