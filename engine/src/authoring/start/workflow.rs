//! The start of a workflow with its letters.

use super::{Answers, texts};
use crate::source::SourceFile;
use crate::text::Language;

pub(super) fn workflow(answers: &Answers) -> Vec<SourceFile> {
    let pays = answers.fee.is_some();
    // The texts last: what stands in them is not looked at again.
    let text = WORKFLOW
        .replace(
            "    @payment-first@\n",
            if pays { PAYMENT_FIRST } else { "" },
        )
        .replace("  @payment-state@\n", if pays { PAYMENT_STATE } else { "" })
        .replace("  @payment-end@\n", if pays { PAYMENT_END } else { "" })
        .replace("@id@", &answers.id)
        .replace(
            "@title@",
            &answers.title.get(Language::De).replace(['\n', '\r'], " "),
        )
        .replace("@texts@", &texts(&answers.title));
    let mut files = vec![SourceFile {
        path: format!("workflows/{}.yaml", answers.id),
        text,
    }];
    for (name, de, en) in LETTERS {
        if matches!(name, "payment" | "lapsed") && !pays {
            continue;
        }
        for (language, text) in [("de", de), ("en", en)] {
            files.push(SourceFile {
                path: format!("workflows/letters/{}-{name}.{language}.hbs", answers.id),
                text: text.to_owned(),
            });
        }
    }
    files
}

const WORKFLOW: &str = "# @title@: how a case is worked on.
# A start: `schalter graph` draws it, docs/handbook/reference.md explains every key.
schalter: workflow/1
id: @id@
# Count up with every change that is published.
version: 1
title: @texts@

# Who takes part. Accounts get these roles in a department.
roles:
  applicant: { kind: citizen }
  clerk: { title: { de: Sachbearbeitung, en: Clerk } }
  teamlead: { title: { de: Teamleitung, en: Team lead } }

# What the workflow remembers; letters read it as vars.reason.
vars:
  reason: { type: text }

# Small forms staff or applicants fill in before an action.
forms:
  reject:
    - id: reason
      type: text
      multiline: true
      max_length: 2000
      label: { de: Grund, en: Reason }
      help: { de: Der Text steht wörtlich in der Nachricht., en: The text stands literally in the message. }

initial: submitted
states:
  submitted:
    label: { de: Eingegangen, en: Received }
    public: { de: Wir haben Ihren Antrag erhalten., en: We have received your application. }
    entry:
      - document: { template: receipt, as: receipt }
      - mail: { to: applicant, template: @id@-received, attach: [receipt] }
      - deliver: { attach: [receipt] }
    @payment-first@
    task: { role: clerk }
    events:
      take:
        by: [clerk]
        label: { de: Übernehmen, en: Take }
        style: primary
        target: in_progress
        actions: [ { assign: actor } ]
      withdraw:
        by: [applicant]
        label: { de: Antrag zurückziehen, en: Withdraw the application }
        style: danger
        target: withdrawn
        actions: [ { mail: { to: applicant, template: @id@-withdrawn } } ]
    # A case nobody takes: the team lead is told after five working days.
    after:
      - id: overdue
        wait: { working_days: 5 }
        due: true
        actions: [ { flag: overdue }, { notify: { role: teamlead, template: @id@-overdue } } ]
    exit: [ { unflag: overdue } ]

  @payment-state@
  in_progress:
    label: { de: In Bearbeitung, en: In progress }
    public: { de: Wir bearbeiten Ihren Antrag., en: We are working on your application. }
    task: { role: clerk }
    events:
      complete:
        by: [clerk]
        label: { de: Abschließen, en: Complete }
        style: primary
        target: completed
        actions: [ { mail: { to: applicant, template: @id@-completed } } ]
      reject:
        by: [clerk]
        label: { de: Ablehnen, en: Reject }
        style: danger
        form: reject
        target: rejected
        actions: [ { set: { reason: event.reason } }, { mail: { to: applicant, template: @id@-rejected } } ]
      withdraw:
        by: [applicant]
        label: { de: Antrag zurückziehen, en: Withdraw the application }
        style: danger
        target: withdrawn
        actions: [ { mail: { to: applicant, template: @id@-withdrawn } } ]
    after:
      - id: overdue
        wait: { working_days: 20 }
        due: true
        actions: [ { flag: overdue }, { notify: { role: teamlead, template: @id@-overdue } } ]
    exit: [ { unflag: overdue } ]

  completed:
    type: final
    outcome: completed
    label: { de: Erledigt, en: Completed }
    public: { de: Ihr Antrag ist erledigt., en: Your application is completed. }
  rejected:
    type: final
    outcome: rejected
    label: { de: Abgelehnt, en: Rejected }
    public: { de: Ihr Antrag wurde abgelehnt., en: Your application was rejected. }
  withdrawn:
    type: final
    outcome: withdrawn
    label: { de: Zurückgezogen, en: Withdrawn }
    public: { de: Sie haben Ihren Antrag zurückgezogen., en: You have withdrawn your application. }
  @payment-end@
";

const PAYMENT_FIRST: &str =
    "    # The fee first. A case without a fee stays here until a clerk takes it.
    always:
      - { guard: fee.total > 0 and not(case.paid), target: awaiting_payment }
";

const PAYMENT_STATE: &str = "  awaiting_payment:
    label: { de: Zahlung offen, en: Awaiting payment }
    public: { de: Bitte bezahlen Sie die Gebühr., en: Please pay the fee. }
    entry:
      - request_payment: { amount: fee.total, purpose: @texts@ }
      - mail: { to: applicant, template: @id@-payment }
    events:
      payment.succeeded: { by: [system], target: in_progress }
      payment.failed: { by: [system], actions: [ { flag: payment_failed } ] }
      record_payment:
        by: [clerk]
        label: { de: Zahlung eingegangen, en: Payment received }
        style: primary
        target: in_progress
        actions: [ { close_payment: true } ]
      withdraw:
        by: [applicant]
        label: { de: Antrag zurückziehen, en: Withdraw the application }
        style: danger
        target: withdrawn
        actions: [ { close_payment: true }, { mail: { to: applicant, template: @id@-withdrawn } } ]
    after:
      - id: payment_reminder
        wait: { days: 14 }
        actions: [ { mail: { to: applicant, template: @id@-payment } } ]
      - id: payment_period
        wait: { days: 30 }
        due: true
        target: lapsed
        actions: [ { close_payment: true }, { mail: { to: applicant, template: @id@-lapsed } } ]
    exit: [ { unflag: payment_failed } ]

";

const PAYMENT_END: &str = "  lapsed:
    type: final
    outcome: lapsed
    label: { de: Nicht bezahlt, en: Not paid }
    public: { de: Die Gebühr wurde nicht bezahlt. Ihr Antrag ist erledigt., en: The fee was not paid. Your application is closed. }
";

/// Name, German and English text.
const LETTERS: [(&str, &str, &str); 7] = [
    (
        "received",
        "subject: {{service.title}}: Wir haben Ihren Antrag erhalten ({{case.reference}})\n---\nGuten Tag {{applicant.name}},\n\nwir haben Ihren Antrag erhalten. Die Eingangsbestätigung liegt bei.\n\nDen Stand der Bearbeitung sehen Sie hier: {{status_url}}\n\n{{department.name}}\n",
        "subject: {{service.title}}: We have received your application ({{case.reference}})\n---\nHello {{applicant.name}},\n\nwe have received your application. The receipt is attached.\n\nYou can follow its progress here: {{status_url}}\n\n{{department.name}}\n",
    ),
    (
        "payment",
        "subject: {{service.title}}: Bitte bezahlen Sie die Gebühr ({{case.reference}})\n---\nGuten Tag {{applicant.name}},\n\nbitte bezahlen Sie die Gebühr von {{payment.amount}}: {{payment.url}}\n\nDanach bearbeiten wir Ihren Antrag.\n\n{{department.name}}\n",
        "subject: {{service.title}}: Please pay the fee ({{case.reference}})\n---\nHello {{applicant.name}},\n\nplease pay the fee of {{payment.amount}}: {{payment.url}}\n\nWe then work on your application.\n\n{{department.name}}\n",
    ),
    (
        "completed",
        "subject: {{service.title}}: Ihr Antrag ist erledigt ({{case.reference}})\n---\nGuten Tag {{applicant.name}},\n\nIhr Antrag ist erledigt.\n\n{{department.name}}\n",
        "subject: {{service.title}}: Your application is completed ({{case.reference}})\n---\nHello {{applicant.name}},\n\nyour application is completed.\n\n{{department.name}}\n",
    ),
    (
        "rejected",
        "subject: {{service.title}}: Ihr Antrag wurde abgelehnt ({{case.reference}})\n---\nGuten Tag {{applicant.name}},\n\nwir können Ihrem Antrag nicht entsprechen:\n\n{{vars.reason}}\n\n{{department.name}}\n",
        "subject: {{service.title}}: Your application was rejected ({{case.reference}})\n---\nHello {{applicant.name}},\n\nwe cannot grant your application:\n\n{{vars.reason}}\n\n{{department.name}}\n",
    ),
    (
        "withdrawn",
        "subject: {{service.title}}: Ihr Antrag ist zurückgezogen ({{case.reference}})\n---\nGuten Tag {{applicant.name}},\n\nSie haben Ihren Antrag zurückgezogen. Wir bearbeiten ihn nicht weiter.\n\n{{department.name}}\n",
        "subject: {{service.title}}: Your application is withdrawn ({{case.reference}})\n---\nHello {{applicant.name}},\n\nyou have withdrawn your application. We do not work on it any further.\n\n{{department.name}}\n",
    ),
    (
        "lapsed",
        "subject: {{service.title}}: Die Gebühr wurde nicht bezahlt ({{case.reference}})\n---\nGuten Tag {{applicant.name}},\n\nwir haben keine Zahlung der Gebühr erhalten. Wir bearbeiten Ihren Antrag deshalb nicht weiter. Sie können ihn jederzeit neu stellen.\n\n{{department.name}}\n",
        "subject: {{service.title}}: The fee was not paid ({{case.reference}})\n---\nHello {{applicant.name}},\n\nwe have not received a payment of the fee. So we do not work on your application any further. You can apply again at any time.\n\n{{department.name}}\n",
    ),
    (
        "overdue",
        "subject: Frist überschritten: {{service.title}} ({{case.reference}})\n---\nDer Vorgang {{case.reference}} wartet länger als vorgesehen.\n",
        "subject: Overdue: {{service.title}} ({{case.reference}})\n---\nThe case {{case.reference}} has been waiting longer than planned.\n",
    ),
];
