//! A form that was filled in. It cannot be had without its token having been checked.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::header::{CONTENT_TYPE, HeaderMap, ORIGIN};
use domain::Refusal;

use super::multipart;
use super::visit::Visit;
use crate::api::{Door, Octets, Problem};

/// The fields of a form whose token was right.
pub(crate) struct Form(BTreeMap<String, String>);

/// The name of the field that carries the token.
pub(crate) const TOKEN: &str = "form";

impl Form {
    /// The value of a field as it came, empty when it is missing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn with_token_of(mut self, visit: &Visit) -> Result<Self, Problem> {
        self.0.values_mut().for_each(single_breaks);
        let right = same(self.text(TOKEN).as_bytes(), visit.form_token().as_bytes());
        // guard: form-token
        if right { Ok(self) } else { Err(Refusal::FormStale.into()) }
    }

    /// Of everything that was sent, its token with it, to an address: the same for a second click and for nothing else.
    pub(crate) fn digest(&self, address: &str) -> [u8; 32] {
        let sent = serde_json::to_vec(&(address, &self.0)).expect("texts are JSON");
        crypto::sha256(&sent)
    }

    /// The value of a field without spaces at its ends.
    pub(crate) fn line(&self, name: &str) -> &str {
        self.text(name).trim()
    }
}

impl FromRequest<Door> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        let (visit, request) = ours(request, door).await?;
        let Octets(octets) = Octets::from_request(request, door).await?;
        Self(parse(&octets)?).with_token_of(&visit)
    }
}

impl FromRequest<Door> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Problem> {
        Self::within(door.limits().upload_bytes, request, door).await
    }
}

impl Upload {
    /// A form of at most so many octets: a page that anybody may use takes less than one of the staff.
    pub(crate) async fn within(limit: usize, request: Request, door: &Door) -> Result<Self, Problem> {
        let (visit, request) = ours(request, door).await?;
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let boundary = multipart::boundary(kind);
        let Octets(octets) = Octets::at_most(limit, request, door).await?;
        let (fields, files) = match boundary {
            Some(boundary) => multipart::parse(&octets, &boundary).ok_or(Refusal::BodyMalformed)?,
            None => (parse(&octets)?, Vec::new()),
        };
        Ok(Self { form: Form(fields).with_token_of(&visit)?, files })
    }

    /// The contents of the file that was chosen in a field.
    pub(crate) fn take(&mut self, field: &str) -> Option<Vec<u8>> {
        let place = self.files.iter().position(|file| file.field == field)?;
        Some(self.files.swap_remove(place).octets)
    }
}

/// A form whose token was right, with the files that were chosen.
pub(crate) struct Upload {
    pub(crate) form: Form,
    files: Vec<Chosen>,
}

/// A file that was chosen in a form.
pub(crate) struct Chosen {
    /// The field it was chosen in.
    pub(crate) field: String,
    /// What it was called, without any folder.
    pub(crate) name: String,
    pub(crate) octets: Vec<u8>,
}

impl Upload {
    /// All files that were chosen.
    pub(crate) fn all(self) -> impl Iterator<Item = Chosen> {
        self.files.into_iter()
    }

    /// The files of a field; a field in which nothing was chosen has none.
    pub(crate) fn files(self, field: &str) -> impl Iterator<Item = Chosen> {
        self.files.into_iter().filter(move |file| file.field == field)
    }
}

/// The visit, and the request if it came from a page of ours.
async fn ours(request: Request, door: &Door) -> Result<(Visit, Request), Problem> {
    let (mut parts, body) = request.into_parts();
    let Ok(visit) = Visit::from_request_parts(&mut parts, door).await;
    // guard: form-of-our-own-page
    if !from_our_own_page(&parts.headers, door.origin()) {
        return Err(Refusal::FormStale.into());
    }
    Ok((visit, Request::from_parts(parts, body)))
}

/// Browsers say where a form came from; one of another origin is never ours. The token is what counts where they do not.
fn from_our_own_page(headers: &HeaderMap, origin: &str) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let right_origin = said(ORIGIN.as_str()).is_none_or(|value| value == origin);
    let right_site = said("sec-fetch-site").is_none_or(|value| matches!(value, "same-origin" | "none"));
    right_origin && right_site
}

/// Whether the browser itself says that the form stood on a page of ours.
pub(super) fn says_our_own_page(headers: &HeaderMap, origin: &str) -> bool {
    headers.contains_key(ORIGIN) && from_our_own_page(headers, origin)
}

/// Browsers send a line break as two characters (HTML standard, constructing the entry list); a text has one.
pub(super) fn single_breaks(value: &mut String) {
    if value.contains("\r\n") {
        *value = value.replace("\r\n", "\n");
    }
}

/// The fields in the beginning of a form, the last of them as far as it came; what is broken is left out.
pub(super) fn beginning(octets: &[u8]) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for pair in octets.split(|octet| *octet == b'&').take(MOST_FIELDS) {
        let pair = String::from_utf8_lossy(pair);
        let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
        // A percent sign and up to two digits, and the octets of up to four of those, may be half of a character.
        let whole = (0..=MOST_OF_A_CHARACTER).find_map(|cut| {
            let end = value.len().checked_sub(cut)?;
            decoded(value.get(..end)?)
        });
        if let (Some(name), Some(value)) = (decoded(name), whole) {
            fields.entry(name).or_insert(value);
        }
    }
    fields
}

/// Octets of the longest character of UTF-8 in percent-encoding, less one.
const MOST_OF_A_CHARACTER: usize = 11;

/// `application/x-www-form-urlencoded`; the first value of a name counts.
fn parse(octets: &[u8]) -> Result<BTreeMap<String, String>, Problem> {
    let text = std::str::from_utf8(octets).map_err(|_| Problem::from(Refusal::BodyMalformed))?;
    let mut fields = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
            return Err(Refusal::BodyMalformed.into());
        };
        if fields.len() >= MOST_FIELDS {
            return Err(Refusal::BodyMalformed.into());
        }
        fields.entry(name).or_insert(value);
    }
    Ok(fields)
}

/// Our largest form has under twenty.
pub(super) const MOST_FIELDS: usize = 64;

/// Percent-decoding with `+` for a space (URL standard, section 5.1); none for what is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'+' => b' ',
            b'%' => {
                let digit = |octet: u8| char::from(octet).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}

/// Compared in a time that does not tell where they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    crypto::sha256(one) == crypto::sha256(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_broken_ones_refused() {
        let check = |text: &str, wanted: Option<&[(&str, &str)]>| {
            let pairs = parse(text.as_bytes()).ok().map(|fields| fields.into_iter().collect::<Vec<_>>());
            let wanted: Option<Vec<(String, String)>> =
                wanted.map(|pairs| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect());
            assert_eq!(pairs, wanted, "{text}");
        };
        check("a=1&b=%2B7+000&a=2", Some(&[("a", "1"), ("b", "+7 000")]));
        check("", Some(&[]));
        check("a", Some(&[("a", "")]));
        check("a=%", None);
        check("a=%zz", None);
        check("a=%ff", None);
        check(&"&x1=1".repeat(100), Some(&[("x1", "1")]));
        let many: String = (0..100).map(|number| format!("f{number}=&")).collect();
        check(&many, None);
    }

    #[test]
    fn a_form_of_another_site_is_not_ours() {
        let ours = "https://bank.example";
        let check = |headers: &[(&'static str, &'static str)], wanted| {
            let headers = headers.iter().map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_static(value))
            });
            assert_eq!(from_our_own_page(&headers.collect(), ours), wanted);
        };
        check(&[], true);
        check(&[("origin", "https://bank.example"), ("sec-fetch-site", "same-origin")], true);
        check(&[("origin", "https://bank.example.evil.example")], false);
        check(&[("origin", "null")], false);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site")], false);
    }
}
