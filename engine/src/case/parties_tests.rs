//! Parties of a stored case: fields an older case does not have.

use super::{Case, Submission};

/// A case stored before there were parties is one without any.
#[test]
fn older_cases_have_no_parties() {
    let case = r#"{"id":"00000000-0000-0000-0000-000000000001","reference":"MS-1","service":"s",
        "definition":"d","revision":1,"configuration":["open"],"public_state":"open",
        "department":"a","queue":"b","due_at":null,"assignee":null,"applicant_name":"",
        "language":"de","opened_at":0,"closed_at":null,"outcome":null}"#;
    let case: Case = serde_json::from_str(case).unwrap();
    assert!(case.parties.is_empty());
    // And one without parties is stored as before, so that hashes stay.
    assert!(!serde_json::to_string(&case).unwrap().contains("parties"));
}

#[test]
fn older_submissions_want_no_parties() {
    let submission = r#"{"case_id":"00000000-0000-0000-0000-000000000001","reference":"MS-1",
        "service":"s","definition":"d","language":"de","received_at":0,"answers":{},
        "attachments":[],"fee":{"total":"0.00","lines":[]},"route":{"department":"a","queue":"b"},
        "applicant":{"name":"","email":null},"params":{}}"#;
    let submission: Submission = serde_json::from_str(submission).unwrap();
    assert_eq!(submission.parties, None);
    assert!(
        !serde_json::to_string(&submission)
            .unwrap()
            .contains("parties")
    );
}
