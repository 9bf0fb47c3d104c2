//! Words of windows and terminal: Fluent messages in both languages, compiled in.

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::{AttemptsLeft, Language, Medium, PinChange, PinHolder, Rule};

/// The words of one language.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    language: Language,
}

impl Words {
    pub(crate) fn of(language: Language) -> Self {
        Self { language }
    }

    /// A message without variables.
    pub(crate) fn say(self, id: &str) -> String {
        self.say_with(id, &[])
    }

    /// A message with variables. An id without words is a defect that a test finds; a reader then sees the id itself.
    pub(crate) fn say_with(self, id: &str, variables: &[(&str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in variables {
            args.set(*name, *value);
        }
        self.format(id, &args)
    }

    /// A message whose variable `count` is a number, for its plural forms.
    pub(crate) fn count(self, id: &str, count: usize) -> String {
        let mut args = FluentArgs::new();
        args.set("count", count);
        self.format(id, &args)
    }

    fn format(self, id: &str, args: &FluentArgs<'_>) -> String {
        let bundle = bundle(self.language);
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned()
    }

    /// «Смарт-ключ: РУТОКЕН ЭЦП», or the kind alone.
    pub(crate) fn medium(self, medium: &Medium) -> String {
        let kind = self.say(&format!("medium-{}", medium.kind.code()));
        if medium.name.is_empty() {
            return kind;
        }
        self.say_with("medium-named", &[("kind", &kind), ("name", &medium.name)])
    }

    /// «РУТОКЕН ЭЦП», or the kind where there is no name.
    pub(crate) fn medium_name(self, medium: &Medium) -> String {
        if medium.name.is_empty() { self.medium(medium) } else { medium.name.clone() }
    }

    /// «Введите PIN-код (осталось попыток: 10):»
    pub(crate) fn enter_pin(self, holder: PinHolder, attempts: AttemptsLeft) -> String {
        let id = match holder {
            PinHolder::User => "pin-user",
            PinHolder::Administrator => "pin-administrator",
            PinHolder::Container => "pin-container",
        };
        self.with_attempts(id, attempts)
    }

    /// «Старый PIN-код пользователя: 12345678», or with the attempts left where the PIN is not the one that is printed.
    pub(crate) fn old_pin(self, holder: PinHolder, change: &PinChange) -> String {
        let part = holder.part();
        match &change.printed {
            Some(pin) => self.say_with(&format!("old-pin-{part}-printed"), &[("pin", pin)]),
            None => self.with_attempts(&format!("old-pin-{part}"), change.attempts),
        }
    }

    /// A message that tells the attempts left.
    pub(crate) fn with_attempts(self, id: &str, attempts: AttemptsLeft) -> String {
        let (kind, left) = match attempts {
            AttemptsLeft::Exactly(1) | AttemptsLeft::Last => ("last", String::new()),
            AttemptsLeft::Exactly(left) => ("exactly", left.to_string()),
            AttemptsLeft::Fewer => ("fewer", String::new()),
            AttemptsLeft::Unknown => ("unknown", String::new()),
        };
        self.say_with(id, &[("attempts", kind), ("left", &left)])
    }

    /// One line of the list of rules.
    pub(crate) fn rule(self, rule: Rule) -> String {
        match rule {
            Rule::Least(count) => self.count("rule-least", count),
            Rule::Most(count) => self.count("rule-most", count),
            Rule::Ascii => self.say("rule-ascii"),
            Rule::Digit => self.say("rule-digit"),
            Rule::Lower => self.say("rule-lower"),
            Rule::Upper => self.say("rule-upper"),
            Rule::Special => self.say("rule-special"),
            Rule::NotKnown => self.say("rule-not-known"),
            Rule::NotOld => self.say("rule-not-old"),
            Rule::NotOther => self.say("rule-not-other"),
            Rule::Repeated => self.say("rule-repeated"),
        }
    }
}

fn bundle(language: Language) -> &'static FluentBundle<FluentResource> {
    static RU: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    static EN: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    let (place, text) = match language {
        Language::Ru => (&RU, include_str!("../../locales/ru/windows.ftl")),
        Language::En => (&EN, include_str!("../../locales/en/windows.ftl")),
    };
    place.get_or_init(|| {
        let resource = FluentResource::try_new(text.to_owned()).expect("a test parses the compiled-in words");
        let name = language.name().parse().expect("ru and en are language tags");
        let mut bundle = FluentBundle::new_concurrent(vec![name]);
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).expect("a test loads the compiled-in words");
        bundle
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::collections::BTreeMap;

    use super::*;
    use crate::prompt::{Done, Operation, Work};

    fn ids_with_variables(text: &str) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if !line.starts_with([' ', '}'])
                && let Some((id, _)) = line.split_once(" = ")
            {
                current = id.to_owned();
                assert!(found.insert(current.clone(), Vec::new()).is_none(), "{id} is there twice");
            }
            for variable in line.split('$').skip(1) {
                let name: String = variable.chars().take_while(char::is_ascii_alphanumeric).collect();
                let names = found.get_mut(&current).unwrap();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        for names in found.values_mut() {
            names.sort();
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_variables() {
        let ru = ids_with_variables(include_str!("../../locales/ru/windows.ftl"));
        let en = ids_with_variables(include_str!("../../locales/en/windows.ftl"));
        assert!(ru.len() > 100, "{}", ru.len());
        assert_eq!(ru, en);
    }

    #[test]
    fn every_message_renders_without_a_fault() {
        for language in Language::ALL {
            for (id, names) in ids_with_variables(include_str!("../../locales/ru/windows.ftl")) {
                let mut args = FluentArgs::new();
                for name in &names {
                    args.set(
                        name.as_str(),
                        if name == "count" { 3.into() } else { fluent_bundle::FluentValue::from("x") },
                    );
                }
                let bundle = bundle(language);
                let pattern = bundle.get_message(&id).unwrap().value().unwrap();
                let mut faults = Vec::new();
                let text = bundle.format_pattern(pattern, Some(&args), &mut faults).into_owned();
                assert!(faults.is_empty() && !text.is_empty(), "{language:?} {id}: {faults:?}");
            }
        }
    }

    #[test]
    fn every_operation_work_and_end_has_words() {
        for language in Language::ALL {
            let words = Words::of(language);
            let ids = Operation::ALL.map(|it| format!("operation-{}", it.code())).into_iter();
            let ids = ids.chain(Work::ALL.map(|it| format!("working-{}", it.code())));
            for id in ids.chain(Done::ALL.map(|it| format!("done-{}", it.code()))) {
                let text = words.say_with(&id, &[("kind", "smart-key")]);
                assert_ne!(text, id);
                assert_eq!(text.chars().any(|c| ('а'..='я').contains(&c)), language == Language::Ru, "{id}: {text}");
            }
        }
    }

    #[test]
    fn the_question_for_the_pin_reads_as_the_banks_manual_prints_it() {
        let ru = Words::of(Language::Ru);
        assert_eq!(ru.enter_pin(PinHolder::User, AttemptsLeft::Exactly(10)), "Введите PIN-код (осталось попыток: 10):");
        assert_eq!(
            ru.enter_pin(PinHolder::User, AttemptsLeft::Exactly(1)),
            "Введите PIN-код (осталась последняя попытка):"
        );
        assert_eq!(
            ru.say_with("done-certificate-saved", &[("kind", "smart-key")]),
            "Сертификат успешно сохранен на смарт-ключ"
        );
        assert_eq!(ru.rule(Rule::Least(21)), "не короче 21 знака");
        assert_eq!(ru.rule(Rule::Least(6)), "не короче 6 знаков");
    }
}
