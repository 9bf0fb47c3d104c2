//! Every field of every form of the desk, and what a wrong value of it must come to. The pages' own test compares this list with the
//! forms as they are, so a new field without a row here is found at once; the table of bad input is made from it.

/// What a field is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Is {
    /// Words of a person: whatever is refused, they are still on the page.
    Words,
    /// Words to look for: they stay, and find something or nothing.
    Search,
    /// Chosen from a list, put there by the page, or a file: what does not fit is refused.
    Chosen,
    /// A secret: it is never on a page again.
    Secret,
}

use Is::{Chosen, Search, Secret, Words};

/// Method and address of the form, the field, what it is for, and other fields of the form so filled in that nothing is ever done.
pub(crate) type Row = (&'static str, &'static str, &'static str, Is, &'static [(&'static str, &'static str)]);

/// One row a field.
pub(crate) const FIELDS: &[Row] = &[
    ("post", "/desk/sign-in", "login", Words, &[("password", "x"), ("code", "1")]),
    ("post", "/desk/sign-in", "password", Secret, &[("login", "nobody"), ("code", "1")]),
    ("post", "/desk/sign-in", "code", Secret, &[("login", "nobody"), ("password", "x")]),
    ("post", "/desk/sign-in", "to", Chosen, &[("login", "nobody"), ("password", "x"), ("code", "1")]),
    ("post", "/desk/sign-in/certificate", "to", Chosen, &[("cms", "MAA=")]),
    ("post", "/desk/sign-in/certificate", "nonce", Chosen, &[("cms", "MAA=")]),
    ("post", "/desk/sign-in/certificate", "cms", Chosen, &[]),
    ("post", "/desk/sign-in/certificate", "agent", Chosen, &[("cms", "MAA=")]),
    ("post", "/desk/import", "organisations", Chosen, &[]),
    ("post", "/desk/import", "signatories", Chosen, &[]),
    ("post", "/desk/import", "certificates", Chosen, &[]),
    ("post", "/desk/import/{id}", "organisations", Chosen, &[]),
    ("post", "/desk/import/{id}", "signatories", Chosen, &[]),
    ("post", "/desk/import/{id}", "certificates", Chosen, &[]),
    ("post", "/desk/import/{id}/confirm", "digest", Chosen, &[]),
    // Without a role nobody is taken on, and without a name neither.
    ("post", "/desk/staff", "name", Words, &[("login", "x")]),
    ("post", "/desk/staff", "login", Words, &[("name", "x")]),
    ("post", "/desk/staff", "role-operator", Chosen, &[("login", "x")]),
    ("post", "/desk/staff", "role-security-officer", Chosen, &[("login", "x")]),
    ("post", "/desk/staff", "role-branch-clerk", Chosen, &[("login", "x")]),
    ("post", "/desk/staff", "role-support", Chosen, &[("login", "x")]),
    ("post", "/desk/staff", "role-auditor", Chosen, &[("login", "x")]),
    ("post", "/desk/staff", "role-ca-administrator", Chosen, &[("login", "x")]),
    ("get", "/desk/staff/{id}", "serial", Search, &[]),
    ("post", "/desk/staff/{id}/certificate", "certificate", Chosen, &[]),
    ("post", "/desk/staff/{id}/certificate", "serial", Chosen, &[("certificate", "x")]),
    // The administrator whom the table signs in is not of the support: the page is refused whatever is typed. `typed_of_strangers` has support.
    ("post", "/desk/support", "unz", Chosen, &[]),
    ("post", "/desk/support", "phone", Chosen, &[]),
    ("post", "/desk/support", "name", Chosen, &[]),
    ("post", "/desk/support", "organisation", Chosen, &[]),
    ("post", "/desk/support/code", "code", Chosen, &[]),
    ("get", "/desk/requests", "q", Search, &[]),
    ("get", "/desk/subscribers", "q", Search, &[]),
    ("get", "/desk/organisations", "q", Search, &[]),
    ("get", "/desk/cards", "q", Search, &[]),
    ("post", "/desk/cards", "serials", Words, &[]),
    ("post", "/desk/cards", "model", Words, &[]),
    ("post", "/desk/cards/{id}/hand-out", "version", Chosen, &[]),
    ("post", "/desk/cards/{id}/hand-out", "inn", Words, STALE),
    ("post", "/desk/cards/{id}/hand-out", "organisation", Words, STALE),
    ("post", "/desk/cards/{id}/hand-out", "person", Words, STALE),
    ("post", "/desk/cards/{id}/hand-out", "gender", Chosen, STALE),
    ("post", "/desk/cards/{id}/hand-out", "slot", Chosen, STALE),
    ("post", "/desk/cards/{id}/hand-out", "city", Words, STALE),
    ("post", "/desk/cards/{id}/hand-out", "branch", Words, STALE),
    // The card of the table is at the branch: nobody can bring it back, and there is nothing to clear.
    ("post", "/desk/cards/{id}/return", "version", Chosen, &[("return-reason", "replaced")]),
    ("post", "/desk/cards/{id}/return", "return-reason", Chosen, STALE),
    ("post", "/desk/cards/{id}/clear", "version", Chosen, &[]),
    ("post", "/desk/cards/{id}/write-off", "version", Chosen, &[("write-off-reason", "lost")]),
    ("post", "/desk/cards/{id}/write-off", "write-off-reason", Chosen, STALE),
    ("get", "/desk/journal", "from", Chosen, &[]),
    ("get", "/desk/journal", "until", Chosen, &[]),
    ("get", "/desk/journal", "who", Chosen, &[]),
    ("get", "/desk/journal", "about", Search, &[]),
    ("get", "/desk/journal", "kind", Chosen, &[]),
    ("get", "/desk/requests/{id}/act/{file}", "copies", Chosen, &[]),
    ("post", "/desk/requests/{id}/approve", "version", Chosen, &[]),
    ("post", "/desk/requests/{id}/return", "version", Chosen, &[("return-reason", "x")]),
    ("post", "/desk/requests/{id}/return", "return-reason", Words, STALE),
    ("post", "/desk/requests/{id}/refuse", "version", Chosen, &[("refuse-reason", "x")]),
    ("post", "/desk/requests/{id}/refuse", "refuse-reason", Words, STALE),
    ("post", "/desk/requests/{id}/resend-link", "version", Chosen, &[]),
    ("post", "/desk/requests/{id}/register-application", "version", Chosen, &[("copies", "1")]),
    ("post", "/desk/requests/{id}/register-application", "copies", Chosen, STALE),
    ("post", "/desk/requests/{id}/register-application", "seal", Chosen, STALE),
    ("post", "/desk/requests/{id}/register-application", "channel", Chosen, STALE),
    ("post", "/desk/requests/{id}/register-application", "scan", Chosen, STALE),
    ("post", "/desk/requests/{id}/register-application", "from", Chosen, STALE),
    ("post", "/desk/requests/{id}/receive-act", "version", Chosen, &[("copies", "2")]),
    ("post", "/desk/requests/{id}/receive-act", "copies", Chosen, STALE),
    ("post", "/desk/requests/{id}/receive-act", "seal", Chosen, STALE),
    ("post", "/desk/requests/{id}/receive-act", "channel", Chosen, STALE),
    ("post", "/desk/requests/{id}/receive-act", "scan", Chosen, STALE),
    ("post", "/desk/requests/{id}/email", "email", Words, &[("words", "x")]),
    ("post", "/desk/requests/{id}/email", "words", Words, &[("email", "rogov")]),
    // A renewal has no applicant to take in: this form is refused as absent before a word of it is read. `typed_of_strangers` has one.
    ("post", "/desk/requests/{id}/admission", "version", Chosen, &[]),
    ("post", "/desk/requests/{id}/admission", "nominative", Chosen, STALE),
    ("post", "/desk/requests/{id}/admission", "genitive", Chosen, STALE),
    ("post", "/desk/requests/{id}/admission", "instrumental", Chosen, STALE),
    ("post", "/desk/requests/{id}/admission", "gender", Chosen, STALE),
    ("post", "/desk/requests/{id}/admission", "position", Chosen, STALE),
    ("post", "/desk/requests/{id}/admission", "basis", Chosen, STALE),
    ("post", "/desk/requests/{id}/admission", "apart", Chosen, STALE),
    ("post", "/desk/requests/{id}/bind", "version", Chosen, &[]),
    ("post", "/desk/requests/{id}/bind", "subscriber", Chosen, STALE),
    ("post", "/desk/requests/{id}/bind", "subscriber-version", Chosen, STALE),
    ("post", "/desk/certificates/{id}/{step}", "version", Chosen, &[("words", "x"), ("reason", "superseded")]),
    ("post", "/desk/certificates/{id}/{step}", "reason", Chosen, &[("words", "x"), ("version", "0")]),
    ("post", "/desk/certificates/{id}/{step}", "words", Words, &[("reason", "superseded"), ("version", "0")]),
    ("post", "/desk/subscribers/{id}/bar", "version", Chosen, &[("words", "x")]),
    ("post", "/desk/subscribers/{id}/bar", "words", Words, STALE),
    ("post", "/desk/subscribers/{id}/unbar", "version", Chosen, &[("words", "x")]),
    ("post", "/desk/subscribers/{id}/unbar", "words", Words, STALE),
    ("post", "/desk/subscribers/{id}/password", "password-set", Chosen, &[]),
    // No inquiry is there for the table: nothing is known before a word of the form is read. `typed_of_strangers` has one.
    ("post", "/desk/inquiries/{id}/bind", "unz", Chosen, &[]),
    ("post", "/desk/inquiries/{id}/close", "close-reason", Chosen, &[]),
    ("post", "/desk/messages/{id}", "message", Chosen, &[("text", "")]),
    (
        "post",
        "/desk/messages/{id}",
        "text",
        Words,
        &[("act", "yes"), ("message", "01890000-0000-7000-8000-000000000000")],
    ),
    ("post", "/desk/messages/{id}", "act", Chosen, &[("text", "")]),
    ("post", "/desk/messages/{id}", "scan", Chosen, &[("text", "")]),
    ("post", "/desk/messages/{id}", "seen", Chosen, &[("text", "")]),
    ("post", "/desk/messages/{id}/read", "seen", Chosen, &[]),
];

/// A version that nobody has looked at.
const STALE: &[(&str, &str)] = &[("version", "0")];
