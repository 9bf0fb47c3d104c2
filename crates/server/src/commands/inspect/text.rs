//! A report for a person: one field a line, labels to the left of one edge, no colours.

use crypto::Name;

use super::report::{Entry, Fields, Reason, Report, Value, Verdict};
use super::{names, words};
use crate::words::Language;

/// Octets of hexadecimal on one line: a thumbprint of 256 bits fits.
const OCTETS_A_LINE: usize = 32;
const INDENT: usize = 2;

/// The lines, each ended.
pub(super) fn write(report: &Report, language: Language) -> String {
    let mut page = Page { language, lines: Vec::new() };
    let kind = match report.kind {
        Some(kind) => page.words(&format!("kind-{}", kind.code())),
        None => page.words("kind-unknown"),
    };
    let place = if report.place.1 > 1 {
        let args = [("number", report.place.0.to_string()), ("count", report.place.1.to_string())];
        format!(", {}", words::text(language, "object-of", &args))
    } else {
        String::new()
    };
    page.lines.push(format!("{}{place}: {kind}", report.file));
    if let Some(fault) = &report.fault {
        let why = page.reason(&fault.reason);
        page.line(INDENT, &words::text(language, "unreadable", &[("reason", why)]));
        if let Some(offset) = fault.offset {
            page.line(INDENT, &words::text(language, "offset", &[("offset", offset.to_string())]));
        }
    }
    page.fields(&report.fields, INDENT);
    page.lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// RFC 3339 in UTC.
pub(super) fn time(seconds: i64) -> String {
    domain::Timestamp::from_seconds(seconds).to_string()
}

struct Page {
    language: Language,
    lines: Vec<String>,
}

/// How a value is set.
enum Layout<'a> {
    /// Beside its label; more than one line stand under each other.
    Beside(Vec<String>),
    /// Under its label.
    Below(Vec<(String, &'a Value)>),
    Group(&'a Fields),
    Groups(Vec<&'a Fields>),
}

impl Page {
    fn words(&self, id: &str) -> String {
        words::text(self.language, id, &[])
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.lines.push(format!("{:indent$}{text}", ""));
    }

    fn fields(&mut self, fields: &Fields, indent: usize) {
        let labelled = fields.0.iter().map(|(id, value)| (self.words(&format!("field-{id}")), value)).collect();
        self.labelled(labelled, indent);
    }

    fn labelled(&mut self, fields: Vec<(String, &Value)>, indent: usize) {
        let set: Vec<_> = fields.into_iter().map(|(label, value)| (label, self.layout(value))).collect();
        let beside = set.iter().filter(|(_, layout)| matches!(layout, Layout::Beside(_)));
        let width = beside.map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        for (label, layout) in set {
            match layout {
                Layout::Beside(lines) => {
                    let mut label = label.as_str();
                    for line in lines {
                        // Counted in characters: `format!` does so too.
                        self.line(indent, &format!("{label:width$}  {line}"));
                        label = "";
                    }
                }
                Layout::Below(inner) => {
                    self.line(indent, &label);
                    self.labelled(inner, indent + INDENT);
                }
                Layout::Group(inner) => {
                    self.line(indent, &label);
                    self.fields(inner, indent + INDENT);
                }
                Layout::Groups(groups) => {
                    let several = groups.len() > 1;
                    for (position, inner) in groups.into_iter().enumerate() {
                        let number = if several { format!(" {}", position + 1) } else { String::new() };
                        self.line(indent, &format!("{label}{number}"));
                        self.fields(inner, indent + INDENT);
                    }
                }
            }
        }
    }

    fn layout<'a>(&self, value: &'a Value) -> Layout<'a> {
        Layout::Beside(match value {
            Value::Group(fields) if fields.0.is_empty() => vec![self.words("none")],
            Value::Group(fields) => return Layout::Group(fields),
            Value::Extensions(entries) => {
                return Layout::Below(entries.iter().map(|entry| (self.extension(entry), &entry.value)).collect());
            }
            Value::List(values) if values.is_empty() => vec![self.words("none")],
            Value::List(values) => {
                let groups: Vec<&Fields> = values
                    .iter()
                    .filter_map(|value| if let Value::Group(fields) = value { Some(fields) } else { None })
                    .collect();
                if groups.len() == values.len() {
                    return Layout::Groups(groups);
                }
                values.iter().flat_map(|value| self.inline(value)).collect()
            }
            other => self.inline(other),
        })
    }

    /// A value that has no parts with labels of their own.
    fn inline(&self, value: &Value) -> Vec<String> {
        vec![match value {
            Value::Text(text) => printable(text),
            Value::Number(number) => number.to_string(),
            Value::Yes(true) => self.words("yes"),
            Value::Yes(false) => self.words("no"),
            Value::Word(id) => self.words(&format!("word-{id}")),
            Value::Identifier(identifier) => self.identifier(identifier),
            Value::Algorithm { id: Some(id), name } => format!("{name} ({id})"),
            Value::Algorithm { id: None, name } => printable(name),
            Value::Time(seconds) => time(*seconds).replace('T', " ").replace('Z', " UTC"),
            Value::Octets(octets) => return octets.chunks(OCTETS_A_LINE).map(hex::encode).collect(),
            Value::Name(name) => return self.name(name),
            Value::Verdict(verdict) => self.verdict(verdict),
            Value::List(_) | Value::Group(_) | Value::Extensions(_) => return Vec::new(),
        }]
    }

    /// One attribute a line.
    fn name(&self, name: &Name) -> Vec<String> {
        let pairs = name.pairs();
        if pairs.is_empty() {
            return vec![self.words("none")];
        }
        let labels: Vec<String> = pairs.iter().map(|(oid, _)| self.attribute(oid)).collect();
        let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        let lines = labels.iter().zip(&pairs);
        lines.map(|(label, (_, value))| format!("{label:width$}  {}", printable(value))).collect()
    }

    fn attribute(&self, oid: &str) -> String {
        let name = Name::attribute_short_name(oid);
        name.and_then(|name| words::known(self.language, &format!("name-{name}")))
            .or_else(|| name.map(str::to_owned))
            .unwrap_or_else(|| oid.to_owned())
    }

    fn identifier(&self, identifier: &str) -> String {
        match names::of(identifier) {
            Some(name) => format!("{name} ({identifier})"),
            None => identifier.to_owned(),
        }
    }

    fn extension(&self, entry: &Entry) -> String {
        let name = names::of(&entry.oid)
            .and_then(|name| words::known(self.language, &format!("extension-{name}")))
            .or_else(|| names::of(&entry.oid).map(str::to_owned))
            .unwrap_or_else(|| entry.oid.clone());
        if entry.critical { format!("{name} ({})", self.words("critical")) } else { name }
    }

    fn verdict(&self, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Valid(None) => self.words("valid"),
            Verdict::Valid(Some(signer)) => {
                words::text(self.language, "valid-by", &[("signer", printable(&signer.to_string()))])
            }
            Verdict::Wrong(why) => words::text(self.language, "wrong", &[("reason", self.reason(why))]),
            Verdict::NotChecked(why) => words::text(self.language, "not-checked", &[("reason", self.reason(why))]),
        }
    }

    fn reason(&self, reason: &Reason) -> String {
        let code = reason.code();
        let words = words::known(self.language, &format!("reason-{code}")).unwrap_or(code);
        match reason.detail() {
            Some(detail) => format!("{words}: {}", printable(&detail)),
            None => words,
        }
    }
}

/// What a file says is shown and never obeyed: a terminal gets no control characters, and no marks that turn the line around.
fn printable(text: &str) -> String {
    text.chars().flat_map(|c| if is_tame(c) { vec![c] } else { c.escape_unicode().collect() }).collect()
}

fn is_tame(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !turns && !matches!(c, '\u{2028}' | '\u{2029}')
}
