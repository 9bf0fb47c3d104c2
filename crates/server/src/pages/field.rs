//! One field of a form: its label, what was typed or chosen, what is wrong with it.

/// A line or an area of text.
#[derive(askama::Template, Default)]
#[template(path = "parts/field.html")]
pub(crate) struct Field {
    pub(crate) id: &'static str,
    /// What it is sent as: the id, where two forms of a page do not send the same.
    pub(crate) name: &'static str,
    /// Digits alone: phones show their number keys.
    pub(crate) digits: bool,
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) hint: Option<String>,
    pub(crate) wrong: Option<String>,
    pub(crate) autocomplete: &'static str,
    pub(crate) required: bool,
    pub(crate) longest: usize,
}

impl Field {
    /// A line of text.
    pub(crate) fn line(id: &'static str, label: String, value: &str) -> Self {
        Self {
            id,
            name: id,
            kind: "text",
            label,
            value: value.to_owned(),
            autocomplete: "off",
            longest: 254,
            ..Self::default()
        }
    }

    /// Another kind of line: `email`, `tel`, `password`.
    pub(crate) fn kind(mut self, kind: &'static str, autocomplete: &'static str) -> Self {
        (self.kind, self.autocomplete) = (kind, autocomplete);
        self
    }

    /// Sent under another name than its id.
    pub(crate) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Digits alone.
    pub(crate) fn digits(mut self) -> Self {
        self.digits = true;
        self
    }

    /// Several lines.
    pub(crate) fn area(mut self, longest: usize) -> Self {
        (self.kind, self.longest) = ("area", longest);
        self
    }

    /// At most so many characters.
    pub(crate) fn longest(mut self, characters: usize) -> Self {
        self.longest = characters;
        self
    }

    pub(crate) fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(crate) fn wrong(mut self, wrong: Option<String>) -> Self {
        self.wrong = wrong;
        self
    }

    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    fn is_area(&self) -> bool {
        self.kind == "area"
    }

    /// Ids of what explains it, for readers of screens.
    fn described_by(&self) -> Option<String> {
        let parts = [self.hint.is_some().then_some("hint"), self.wrong.is_some().then_some("wrong")];
        let ids: Vec<String> = parts.into_iter().flatten().map(|part| format!("{}-{part}", self.id)).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// One of a list.
#[derive(askama::Template)]
#[template(path = "parts/choice.html")]
pub(crate) struct Choice {
    pub(crate) id: &'static str,
    pub(crate) label: String,
    /// What stands there while nothing is chosen.
    pub(crate) empty: String,
    /// Each with its words.
    pub(crate) options: Vec<(&'static str, String)>,
    pub(crate) chosen: String,
    pub(crate) wrong: Option<String>,
}

// The templates escape what they print.
impl askama::filters::HtmlSafe for Field {}
impl askama::filters::HtmlSafe for Choice {}
