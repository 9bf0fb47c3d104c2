//! A browser without scripts: it keeps cookies, follows where it is sent, and fills in forms as they stand on the page.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::bank::{Answer, Bank};

pub(crate) struct Browser<'a> {
    bank: &'a Bank,
    language: &'static str,
    cookies: RefCell<BTreeMap<String, String>>,
    /// The page whose form is sent.
    form_of: RefCell<Option<String>>,
}

/// A page that was loaded, and where it stands.
pub(crate) struct Loaded {
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) html: String,
    pub(crate) answer: Answer,
}

/// Between the parts of a form with files.
const BOUNDARY: &str = "----surguch-test-7f3a";

/// Most hops that are followed.
const HOPS: usize = 5;

impl<'a> Browser<'a> {
    pub(crate) fn new(bank: &'a Bank, language: &'static str) -> Self {
        Self { bank, language, cookies: RefCell::default(), form_of: RefCell::default() }
    }

    pub(crate) fn get(&self, path: &str) -> Loaded {
        self.follow("GET", path, "")
    }

    /// Fills in the form of a page that goes to `action` (without its query) and sends it.
    pub(crate) fn submit(&self, page: &Loaded, action: &str, fields: &[(&str, &str)]) -> Loaded {
        let (target, mut all) = page.form(action);
        self.form_of.replace(Some(page.path.clone()));
        for (name, value) in fields {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        self.follow("POST", &target, &encoded(&all))
    }

    /// Fills in the form of a page and chooses files: field, name, contents.
    pub(crate) fn upload(
        &self,
        page: &Loaded,
        action: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Loaded {
        let (target, mut all) = page.form(action);
        self.form_of.replace(Some(page.path.clone()));
        for (name, value) in fields {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        let mut body = Vec::new();
        for (name, value) in &all {
            let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (field, name, octets) in files {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(octets);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.follow_with("POST", &target, &body, &format!("multipart/form-data; boundary={BOUNDARY}"))
    }

    /// Sends fields as they are, with whatever cookies there are.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Loaded {
        let all = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.follow("POST", path, &encoded(&all))
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    fn follow(&self, method: &str, path: &str, body: &str) -> Loaded {
        self.follow_with(method, path, body.as_bytes(), "application/x-www-form-urlencoded")
    }

    fn follow_with(&self, method: &str, path: &str, body: &[u8], kind: &str) -> Loaded {
        let (mut method, mut path, mut body) = (method, path.to_owned(), body);
        for _ in 0..HOPS {
            let answer = self.once(method, &path, body, kind);
            for cookie in answer.headers("set-cookie") {
                let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
                if value.is_empty() {
                    self.cookies.borrow_mut().remove(name);
                } else {
                    self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
                }
            }
            if answer.status == 303 {
                answer.header("location").clone_into(&mut path);
                (method, body) = ("GET", b"");
                continue;
            }
            return Loaded {
                path,
                status: answer.status,
                html: String::from_utf8_lossy(&answer.octets).into_owned(),
                answer,
            };
        }
        panic!("sent around in circles: {path}");
    }

    /// All of its cookies, as they are sent.
    pub(crate) fn jar(&self) -> String {
        let jar: Vec<String> = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        jar.join("; ")
    }

    fn once(&self, method: &str, path: &str, body: &[u8], kind: &str) -> Answer {
        let jar = self.jar();
        let mut headers = vec![("accept", "text/html"), ("accept-language", self.language), ("cookie", &jar)];
        let origin = self.bank.url("");
        let form_of = self.form_of.take().map(|path| format!("{origin}{path}"));
        if let Some(address) = form_of.as_deref().filter(|_| method == "POST") {
            headers.push(("referer", address));
        }
        if method == "POST" {
            headers.push(("content-type", kind));
            headers.push(("origin", &origin));
        }
        self.bank.call(method, path, "", body, &headers)
    }
}

impl Loaded {
    /// What a person reads: text without tags, entities resolved, spaces single.
    pub(crate) fn text(&self) -> String {
        let (_, body) = self.html.split_once("<body>").unwrap_or(("", &self.html));
        let mut text = String::new();
        for part in body.split('<') {
            text.push(' ');
            text.push_str(part.split_once('>').map_or(part, |(_, rest)| rest));
        }
        let text = unescaped(&text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Where a form whose address begins with `action` goes, and its fields as they stand.
    pub(crate) fn form(&self, action: &str) -> (String, BTreeMap<String, String>) {
        let mut forms = self.html.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap());
        let form = forms
            .find(|form| attribute(form, "action").is_some_and(|found| found.split('?').next() == Some(action)))
            .unwrap_or_else(|| panic!("no form to {action} in {}", self.html));
        let inputs = form.split("<input").skip(1).map(|input| input.split('>').next().unwrap());
        let sent = inputs.filter(|input| !matches!(attribute(input, "type").as_deref(), Some("checkbox" | "radio")));
        let fields =
            sent.map(|input| (attribute(input, "name").unwrap(), attribute(input, "value").unwrap_or_default()));
        (attribute(form, "action").unwrap(), fields.collect())
    }

    /// Addresses of links whose text is `words`.
    pub(crate) fn link(&self, words: &str) -> String {
        let links = self.html.split("<a ").skip(1).map(|link| link.split("</a>").next().unwrap());
        let mut found = links.filter(|link| {
            let text = link.split_once('>').map_or("", |(_, text)| text);
            // A bank's own name ends some links; no Rust file says it, so their beginning is named, with an ellipsis.
            match words.strip_suffix('…') {
                Some(beginning) => unescaped(text).trim().starts_with(beginning),
                None => unescaped(text).trim() == words,
            }
        });
        let link = found.next().unwrap_or_else(|| panic!("no link {words:?} in {}", self.html));
        attribute(&format!(" {link}"), "href").unwrap()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

pub(crate) fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (entity, character) in [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#60;", "<"),
        ("&#62;", ">"),
    ] {
        text = text.replace(entity, character);
    }
    text.replace("&#38;", "&").replace("&amp;", "&")
}

pub(crate) fn encoded(fields: &BTreeMap<String, String>) -> String {
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|octet| {
                let plain = octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
                if plain { char::from(octet).to_string() } else { format!("%{octet:02X}") }
            })
            .collect()
    };
    fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&")
}
