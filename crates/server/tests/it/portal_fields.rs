//! Every field of every form of the portal and of the public pages, as `desk_fields` has those of the desk. The pages' own test compares this
//! list with the forms as they are; `portal_typed` makes the table of bad input from it.

use super::desk_fields::Is::{self, Chosen, Search, Secret, Words};

/// Who fills the form in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum By {
    Anybody,
    Client,
    /// Whoever has the mailed link.
    LinkHolder,
}

use By::{Anybody, Client, LinkHolder};

/// Who, method and address of the form, the field, what it is for, and other fields of the form so filled in that nothing is ever done.
pub(crate) type Row = (By, &'static str, &'static str, &'static str, Is, &'static [(&'static str, &'static str)]);

/// One row a field.
pub(crate) const FIELDS: &[Row] = &[
    (Anybody, "post", "/sign-in", "agent", Chosen, NO_SIGNATURE),
    (Anybody, "post", "/sign-in", "to", Chosen, NO_SIGNATURE),
    (Anybody, "post", "/sign-in", "challenge", Chosen, NO_SIGNATURE),
    (Anybody, "post", "/sign-in", "nonce", Chosen, NO_SIGNATURE),
    (Anybody, "post", "/sign-in", "cms", Chosen, &[]),
    (Anybody, "post", "/sign-in/password", "agent", Chosen, NOBODY),
    (Anybody, "post", "/sign-in/password", "to", Chosen, NOBODY),
    (Anybody, "post", "/sign-in/password", "login", Words, NOBODY),
    (Anybody, "post", "/sign-in/password", "password", Secret, NOBODY),
    (Anybody, "post", "/sign-in/password", "code", Secret, NOBODY),
    (Anybody, "post", "/sign-in/password/own", "agent", Chosen, NOBODY),
    (Anybody, "post", "/sign-in/password/own", "login", Chosen, NOBODY),
    (Anybody, "post", "/sign-in/password/own", "to", Chosen, NOBODY),
    (Anybody, "post", "/sign-in/password/own", "password", Secret, NOBODY),
    (Anybody, "post", "/sign-in/password/own", "own", Secret, NOBODY),
    (Anybody, "post", "/sign-in/password/own", "again", Secret, NOBODY),
    (Anybody, "post", "/sign-in/password/own", "code", Secret, NOBODY),
    (Anybody, "get", "/status", "unz", Search, &[]),
    (Anybody, "post", "/check", "signature", Chosen, &[]),
    (Anybody, "post", "/check", "text", Chosen, &[]),
    (Anybody, "post", "/feedback", "agentId", Chosen, NO_SCAN),
    (Anybody, "post", "/feedback", "message", Chosen, NO_SCAN),
    (Anybody, "post", "/feedback", "subject", Chosen, NO_SCAN),
    (Anybody, "post", "/feedback", "unz", Words, NO_SCAN),
    (Anybody, "post", "/feedback", "name", Words, NO_SCAN),
    (Anybody, "post", "/feedback", "phone", Words, NO_SCAN),
    (Anybody, "post", "/feedback", "email", Words, NO_SCAN),
    (Anybody, "post", "/feedback", "text", Words, NO_SCAN),
    (Anybody, "post", "/feedback", "scan", Chosen, NO_SCAN),
    (Anybody, "post", "/ca/workplace", "agent", Chosen, &[]),
    (Anybody, "post", "/ca/workplace", "nonce", Chosen, &[]),
    (Anybody, "post", "/ca/workplace", "support_code", Words, &[]),
    (Anybody, "post", "/ca/new-certificate", "agentId", Chosen, &[]),
    (Anybody, "post", "/ca/new-certificate", "surname", Words, &[]),
    (Anybody, "post", "/ca/new-certificate", "given_name", Words, &[]),
    (Anybody, "post", "/ca/new-certificate", "patronymic", Words, &[]),
    (Anybody, "post", "/ca/new-certificate", "no_patronymic", Chosen, &[]),
    (Anybody, "post", "/ca/new-certificate", "natural_person", Chosen, &[]),
    (Anybody, "post", "/ca/new-certificate", "organisation", Words, &[]),
    (Anybody, "post", "/ca/new-certificate", "inn", Words, &[]),
    (Anybody, "post", "/ca/new-certificate", "country", Chosen, &[]),
    (Anybody, "post", "/ca/new-certificate", "city", Words, &[]),
    (Anybody, "post", "/ca/new-certificate", "city_meant", Chosen, &[]),
    (Anybody, "post", "/ca/new-certificate", "address", Words, &[]),
    (Anybody, "post", "/ca/new-certificate", "phone", Words, &[]),
    (Anybody, "post", "/ca/new-certificate", "email", Words, &[]),
    (Anybody, "post", "/ca/new-certificate/send", "agentId", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "surname", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "given_name", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "patronymic", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "no_patronymic", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "natural_person", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "organisation", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "inn", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "country", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "city", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "address", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "phone", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "email", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "pkcs10", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "nonce", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "medium", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "serial", Chosen, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "latin_person", Words, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "latin_organisation", Words, TYPED),
    (Anybody, "post", "/ca/new-certificate/send", "latin_city", Words, TYPED),
    (LinkHolder, "post", "/ca/certificate/act", "nonce", Chosen, NO_SIGNATURE),
    (LinkHolder, "post", "/ca/certificate/act", "cms", Chosen, NO_SIGNATURE),
    (LinkHolder, "post", "/ca/certificate/save", "nonce", Chosen, &[("proof", "MAA=")]),
    (LinkHolder, "post", "/ca/certificate/save", "proof", Chosen, &[("proof", "MAA=")]),
    (LinkHolder, "post", "/ca/certificate/save", "act", Chosen, &[("proof", "MAA=")]),
    (LinkHolder, "post", "/ca/certificate/decline", "confirmed", Chosen, &[]),
    (LinkHolder, "get", "/ca/certificate/act/{file}", "agentId", Chosen, &[]),
    (LinkHolder, "get", "/ca/certificate/act/{file}", "code", Chosen, &[]),
    (LinkHolder, "get", "/ca/certificate/act/{file}", "copies", Chosen, &[]),
    (Client, "post", "/certificates/{id}/{step}", "reason", Chosen, &[]),
    (Client, "post", "/certificates/{id}/{step}", "confirmed", Chosen, &[("reason", "keyCompromise")]),
    (Client, "post", "/organisations", "signatory", Chosen, &[("signatory", "x")]),
    (Client, "post", "/organisations", "to", Chosen, &[("signatory", "x")]),
    (Client, "post", "/organisations/join", "agent", Chosen, NO_SIGNATURE),
    (Client, "post", "/organisations/join", "challenge", Chosen, NO_SIGNATURE),
    (Client, "post", "/organisations/join", "nonce", Chosen, NO_SIGNATURE),
    (Client, "post", "/organisations/join", "cms", Chosen, NO_SIGNATURE),
    (Client, "post", "/security/password", "login", Words, &[("login", "rogov"), ("own", "x"), ("again", "y")]),
    (Client, "post", "/security/password", "password", Secret, &[("login", "rogov"), ("own", "x"), ("again", "y")]),
    (Client, "post", "/security/password", "own", Secret, &[("login", "rogov"), ("own", "x"), ("again", "y")]),
    (Client, "post", "/security/password", "again", Secret, &[("login", "rogov"), ("own", "x"), ("again", "y")]),
    (Client, "post", "/security/password/device/code", "code", Secret, &[]),
    (Client, "post", "/security/password/device/code", "password", Secret, &[]),
    (Client, "post", "/security/password/device/remove", "password", Secret, &[]),
    (Client, "post", "/security/keys", "nonce", Chosen, &[]),
    (Client, "post", "/security/keys", "result", Chosen, &[]),
    (Client, "post", "/security/keys/delete", "key", Chosen, &[]),
    (Client, "post", "/security/keys/delete", "nonce", Chosen, LONE_KEY),
    (Client, "post", "/security/keys/delete", "result", Chosen, LONE_KEY),
    (Client, "get", "/requests", "from", Chosen, &[]),
    (Client, "get", "/requests", "until", Chosen, &[]),
    (Client, "get", "/security/renewal/{procedure}", "medium", Chosen, &[]),
    (Client, "post", "/security/renewal/{procedure}", "medium", Chosen, &[("email", "rogov")]),
    (Client, "post", "/security/renewal/{procedure}", "phone", Words, &[("medium", "smart-key"), ("email", "rogov")]),
    (Client, "post", "/security/renewal/{procedure}", "email", Words, &[("medium", "smart-key")]),
    (Client, "post", "/requests/{id}/submission", "pkcs10", Chosen, NO_KEY),
    (Client, "post", "/requests/{id}/submission", "nonce", Chosen, NO_KEY),
    (Client, "post", "/requests/{id}/submission", "medium", Chosen, NO_KEY),
    (Client, "post", "/requests/{id}/submission", "serial", Chosen, NO_KEY),
    (Client, "post", "/requests/{id}/submission", "cms", Chosen, NO_KEY),
    (Client, "post", "/messages/{id}", "message", Chosen, &[("message", "x")]),
    (Client, "post", "/messages/{id}", "text", Words, UNSIGNED),
    (Client, "post", "/messages/{id}", "act", Chosen, &[("message", "x")]),
    (Client, "post", "/messages/{id}", "scan", Chosen, &[("message", "x")]),
    (Client, "get", "/requests/{id}/act/{file}", "copies", Chosen, &[]),
];

const NO_SIGNATURE: &[(&str, &str)] = &[("cms", "MAA=")];
/// A key that no record has; nothing was answered about it.
const LONE_KEY: &[(&str, &str)] = &[("key", "00")];
const NOBODY: &[(&str, &str)] = &[("login", "nobody"), ("password", "x"), ("code", "1")];
/// A scan is missing: nothing is ever sent.
const NO_SCAN: &[(&str, &str)] = &[
    ("message", NEW),
    ("subject", "application"),
    ("name", "Ivanov"),
    ("email", "ivanov@bank-client.test"),
    ("text", "x"),
];
/// An act that nobody has signed goes along with no message.
const UNSIGNED: &[(&str, &str)] = &[("act", "yes"), ("message", NEW)];
/// An application without a fault, as the page before this one has it: what is missing is the key.
const TYPED: &[(&str, &str)] = &[
    ("surname", "Иванов"),
    ("given_name", "Иван"),
    ("patronymic", "Иванович"),
    ("organisation", "ООО «Ро»"),
    ("inn", "5009046312"),
    ("country", "RU"),
    ("city", "москва"),
    ("email", "ivanov@bank-client.test"),
    ("latin_person", "Ivanov Ivan Ivanovich"),
    ("latin_organisation", "OOO \"Ro\""),
    ("latin_city", "Moskva"),
];
/// The number of a message that nobody has sent.
const NEW: &str = "01890000-0000-7000-8000-000000000000";
const NO_KEY: &[(&str, &str)] = &[("pkcs10", "MAA="), ("cms", "MAA=")];
