//! The form of the public door: who asks for a first certificate, as they say it themselves (domain notes 1.10, seed A001 steps 4 and 7).
//!
//! Nothing of it is of record before the bank has compared it with the application on paper. Every fault is named at once, each by
//! its field, so that a person corrects the form in one go.

use crate::Refusal;
use crate::cities;
use crate::declension;
use crate::latin::{Table, mixed_words};
use crate::subject::{AttributeType, Subject};
use crate::subscriber::{CaseForms, Contact, Email, Gender, Inn, PHONE_CHARACTERS, phone_is_acceptable};
use crate::text::{is_line, single_spaced};

/// A field of the form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Field {
    /// «Фамилия»
    Surname,
    /// «Имя»
    GivenName,
    /// «Отчество»
    Patronymic,
    /// «Наименование организации»
    Organisation,
    /// «ИНН организации»
    Inn,
    /// «Страна»
    Country,
    /// «Город»
    City,
    /// «Адрес»
    Address,
    /// «Телефон»
    Phone,
    /// «E-mail»
    Email,
}

/// When a field must be filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needed {
    /// Always.
    Always,
    /// Unless «нет отчества» is ticked.
    UnlessNoPatronymic,
    /// Unless «Сертификат выдается физическому лицу» is ticked.
    UnlessNaturalPerson,
    /// Never.
    Never,
}

/// What a field takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldRule {
    /// Which field.
    pub field: Field,
    /// When it must be filled in.
    pub needed: Needed,
    /// Most characters.
    pub characters: usize,
    /// Refusals of what it does not take, beside [`Refusal::FieldMissing`].
    pub refusals: &'static [Refusal],
}

const NAME: &[Refusal] = &[Refusal::NameWrong, Refusal::LookAlikeLetters];

/// The rules of the form, in its order.
pub const RULES: [FieldRule; 10] = [
    FieldRule { field: Field::Surname, needed: Needed::Always, characters: 60, refusals: NAME },
    FieldRule { field: Field::GivenName, needed: Needed::Always, characters: 60, refusals: NAME },
    FieldRule {
        field: Field::Patronymic,
        needed: Needed::UnlessNoPatronymic,
        characters: 60,
        refusals: &[Refusal::PatronymicMissing, Refusal::NameWrong, Refusal::LookAlikeLetters],
    },
    FieldRule {
        field: Field::Organisation,
        needed: Needed::UnlessNaturalPerson,
        characters: 200,
        refusals: &[Refusal::OrganisationNameWrong, Refusal::LookAlikeLetters],
    },
    FieldRule {
        field: Field::Inn,
        needed: Needed::UnlessNaturalPerson,
        characters: 12,
        refusals: &[Refusal::InnNotDigits, Refusal::InnLengthWrong, Refusal::InnCheckDigitsWrong],
    },
    FieldRule { field: Field::Country, needed: Needed::Always, characters: 2, refusals: &[Refusal::CountryUnknown] },
    FieldRule { field: Field::City, needed: Needed::Always, characters: 60, refusals: &[Refusal::CityUnknown] },
    FieldRule { field: Field::Address, needed: Needed::Never, characters: 200, refusals: &[Refusal::AddressWrong] },
    FieldRule {
        field: Field::Phone,
        needed: Needed::Never,
        characters: PHONE_CHARACTERS,
        refusals: &[Refusal::PhoneWrong],
    },
    FieldRule { field: Field::Email, needed: Needed::Always, characters: 254, refusals: &[Refusal::EmailWrong] },
];

/// Countries of the list, ISO 3166-1 alpha-2; the first is preset. Cities are known for Russia alone.
pub const COUNTRIES: [&str; 1] = ["RU"];

impl Field {
    /// The name of its input, of SQL and of the documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Surname => "surname",
            Self::GivenName => "given_name",
            Self::Patronymic => "patronymic",
            Self::Organisation => "organisation",
            Self::Inn => "inn",
            Self::Country => "country",
            Self::City => "city",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }

    /// Its rule.
    #[must_use]
    pub fn rule(self) -> &'static FieldRule {
        &RULES[self as usize]
    }
}

/// The form as it was typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Typed {
    /// «Фамилия»
    pub surname: String,
    /// «Имя»
    pub given_name: String,
    /// «Отчество»
    pub patronymic: String,
    /// «нет отчества»
    pub no_patronymic: bool,
    /// «Сертификат выдается физическому лицу»
    pub natural_person: bool,
    /// «Наименование организации»
    pub organisation: String,
    /// «ИНН организации»
    pub inn: String,
    /// «Страна»
    pub country: String,
    /// «Город»
    pub city: String,
    /// «Адрес»
    pub address: String,
    /// «Телефон»
    pub phone: String,
    /// «E-mail»
    pub email: String,
}

/// A fault of one field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Which field.
    pub field: Field,
    /// What is wrong with it.
    pub refusal: Refusal,
}

/// The organisation that somebody says they act for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimedOrganisation {
    /// Its name, as typed.
    pub name: String,
    /// Its ИНН; 12 digits for an individual entrepreneur.
    pub inn: Inn,
}

/// Somebody who asks for a first certificate: a form without faults.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applicant {
    /// «Фамилия»
    pub surname: String,
    /// «Имя»
    pub given_name: String,
    /// «Отчество»; none for who has none.
    pub patronymic: Option<String>,
    /// Whom they say they act for; none for a natural person.
    pub organisation: Option<ClaimedOrganisation>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// As the list of cities spells it.
    pub city: String,
    /// May be empty.
    pub address: String,
    /// How to reach them.
    pub contact: Contact,
}

/// «Проверьте написание Ваших данных латинскими буквами»: what goes into the certificate.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LatinSpelling {
    /// «Ваше полное имя (Ф.И.О.)»
    pub person: String,
    /// «Наименование организации»; none for a natural person.
    pub organisation: Option<String>,
    /// «Город»
    pub city: String,
}

/// A fault of the Latin spelling: the attribute it is about, and what is wrong.
pub type LatinFault = (AttributeType, Refusal);

/// Most characters of a common name and of an organisation's name (RFC 5280 appendix A.1, ub-common-name and ub-organization-name).
pub const LATIN_CHARACTERS: usize = 64;

impl Applicant {
    /// Checks a form.
    ///
    /// # Errors
    /// Every fault, in the order of the form.
    pub fn check(typed: &Typed) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let surname = person_name(Field::Surname, &typed.surname, &mut faults);
        let given_name = person_name(Field::GivenName, &typed.given_name, &mut faults);
        let patronymic = if typed.no_patronymic && typed.patronymic.trim().is_empty() {
            None
        } else if typed.patronymic.trim().is_empty() {
            faults.push(Fault { field: Field::Patronymic, refusal: Refusal::PatronymicMissing });
            None
        } else {
            Some(person_name(Field::Patronymic, &typed.patronymic, &mut faults))
        };
        let organisation = if typed.natural_person { None } else { organisation(typed, &mut faults) };
        let country = typed.country.trim().to_owned();
        if !COUNTRIES.contains(&country.as_str()) {
            faults.push(Fault { field: Field::Country, refusal: Refusal::CountryUnknown });
        }
        let city = city(&typed.city, &mut faults);
        let address = single_spaced(&typed.address);
        if !is_line(&address, Field::Address.rule().characters) {
            faults.push(Fault { field: Field::Address, refusal: Refusal::AddressWrong });
        }
        let phone = typed.phone.trim().to_owned();
        if !phone_is_acceptable(&phone) {
            faults.push(Fault { field: Field::Phone, refusal: Refusal::PhoneWrong });
        }
        let email = typed.email.trim();
        let refusal = if email.is_empty() { Refusal::FieldMissing } else { Refusal::EmailWrong };
        match Email::parse(email) {
            Some(email) if faults.is_empty() => Ok(Self {
                surname,
                given_name,
                patronymic,
                organisation,
                country,
                city,
                address,
                contact: Contact { phone, email },
            }),
            Some(_) => Err(faults),
            None => {
                faults.push(Fault { field: Field::Email, refusal });
                Err(faults)
            }
        }
    }

    /// The form that says this.
    #[must_use]
    pub fn typed(&self) -> Typed {
        let (organisation, inn) = match &self.organisation {
            Some(claimed) => (claimed.name.clone(), claimed.inn.as_str().to_owned()),
            None => (String::new(), String::new()),
        };
        Typed {
            surname: self.surname.clone(),
            given_name: self.given_name.clone(),
            patronymic: self.patronymic.clone().unwrap_or_default(),
            no_patronymic: self.patronymic.is_none(),
            natural_person: self.organisation.is_none(),
            organisation,
            inn,
            country: self.country.clone(),
            city: self.city.clone(),
            address: self.address.clone(),
            phone: self.contact.phone.clone(),
            email: self.contact.email.as_str().to_owned(),
        }
    }

    /// Surname, given name and patronymic, as documents print them.
    #[must_use]
    pub fn full_name(&self) -> String {
        let names = [Some(&self.surname), Some(&self.given_name), self.patronymic.as_ref()];
        names.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// What the patronymic says of the gender, for the participles of the application that the person reads and signs. What is on record is
    /// the bank's own word.
    #[must_use]
    pub fn gender_by_patronymic(&self) -> Gender {
        let patronymic = self.patronymic.as_deref().unwrap_or_default().to_lowercase();
        if ["вна", "чна", "кызы", "vna", "chna"].iter().any(|end| patronymic.ends_with(end)) {
            Gender::Female
        } else {
            Gender::Male
        }
    }

    /// The forms of the name to propose; the oblique ones are empty where they are a person's to find.
    #[must_use]
    pub fn case_forms(&self) -> CaseForms {
        let (given_name, patronymic) = (&self.given_name, self.patronymic.as_deref());
        declension::proposed(&self.surname, given_name, patronymic, self.gender_by_patronymic()).unwrap_or_else(|| {
            CaseForms { nominative: self.full_name(), genitive: String::new(), instrumental: String::new() }
        })
    }

    /// The spelling to propose.
    #[must_use]
    pub fn proposed(&self, table: Table) -> LatinSpelling {
        LatinSpelling {
            person: table.proposed(&self.full_name()),
            organisation: self.organisation.as_ref().map(|organisation| table.proposed(&organisation.name)),
            city: table.proposed(&self.city),
        }
    }

    /// The distinguished name under the spelling that the applicant confirmed: C, L, O where there is one, CN.
    ///
    /// # Errors
    /// Every fault: a field that is empty, has other than Latin letters, mixes alphabets or is too long.
    pub fn subject(&self, latin: &LatinSpelling) -> Result<Subject, Vec<LatinFault>> {
        let organisation =
            self.organisation.as_ref().map(|_| (AttributeType::O, latin.organisation.clone().unwrap_or_default()));
        let spelled = [
            Some((AttributeType::L, latin.city.clone())),
            organisation,
            Some((AttributeType::CN, latin.person.clone())),
        ];
        let mut attributes = vec![(AttributeType::C, self.country.clone())];
        let mut faults = Vec::new();
        for (kind, text) in spelled.into_iter().flatten() {
            let text = single_spaced(&text);
            match latin_fault(kind, &text) {
                Some(refusal) => faults.push((kind, refusal)),
                None => attributes.push((kind, text)),
            }
        }
        if faults.is_empty() { Ok(Subject { attributes }) } else { Err(faults) }
    }
}

fn latin_fault(kind: AttributeType, text: &str) -> Option<Refusal> {
    let is_name = kind != AttributeType::O;
    let letter = |c: char| match c {
        'A'..='Z' | 'a'..='z' | ' ' | '-' | '\'' | '.' => true,
        '0'..='9' | '"' | '(' | ')' | '&' | '+' | ',' | '/' | '#' => !is_name,
        _ => false,
    };
    if text.is_empty() {
        Some(Refusal::FieldMissing)
    } else if !mixed_words(text).is_empty() {
        Some(Refusal::LookAlikeLetters)
    } else if text.chars().count() > LATIN_CHARACTERS
        || !text.chars().all(letter)
        || !text.chars().any(|c| c.is_ascii_alphabetic())
    {
        Some(Refusal::LatinWrong)
    } else {
        None
    }
}

fn person_name(field: Field, typed: &str, faults: &mut Vec<Fault>) -> String {
    let name = single_spaced(typed);
    faults.extend(wrong_name(&name, field.rule().characters).map(|refusal| Fault { field, refusal }));
    name
}

/// What is wrong with a person's name, or a part of one.
pub(crate) fn wrong_name(name: &str, most: usize) -> Option<Refusal> {
    let letter =
        |c: char| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё' | 'A'..='Z' | 'a'..='z' | ' ' | '-' | '\'' | '’');
    let right = is_line(name, most) && name.chars().all(letter) && name.chars().any(char::is_alphabetic);
    if name.is_empty() {
        Some(Refusal::FieldMissing)
    } else if !mixed_words(name).is_empty() {
        Some(Refusal::LookAlikeLetters)
    } else if !right {
        Some(Refusal::NameWrong)
    } else {
        None
    }
}

/// What is wrong with the name of an organisation.
pub(crate) fn wrong_organisation(name: &str) -> Option<Refusal> {
    if name.is_empty() {
        Some(Refusal::FieldMissing)
    } else if !mixed_words(name).is_empty() {
        Some(Refusal::LookAlikeLetters)
    } else if !is_line(name, Field::Organisation.rule().characters) || !name.chars().any(char::is_alphanumeric) {
        Some(Refusal::OrganisationNameWrong)
    } else {
        None
    }
}

/// An ИНН as it was typed; spaces do not count.
pub(crate) fn inn(typed: &str) -> Result<Inn, Refusal> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    Inn::parse(&digits).ok_or(if digits.is_empty() {
        Refusal::FieldMissing
    } else if !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        Refusal::InnNotDigits
    } else if !matches!(digits.len(), 10 | 12) {
        Refusal::InnLengthWrong
    } else {
        Refusal::InnCheckDigitsWrong
    })
}

fn organisation(typed: &Typed, faults: &mut Vec<Fault>) -> Option<ClaimedOrganisation> {
    let name = single_spaced(&typed.organisation);
    faults.extend(wrong_organisation(&name).map(|refusal| Fault { field: Field::Organisation, refusal }));
    let inn = inn(&typed.inn).map_err(|refusal| faults.push(Fault { field: Field::Inn, refusal })).ok();
    inn.map(|inn| ClaimedOrganisation { name, inn })
}

fn city(typed: &str, faults: &mut Vec<Fault>) -> String {
    let found = cities::named(typed);
    if found.is_none() {
        let refusal = if typed.trim().is_empty() { Refusal::FieldMissing } else { Refusal::CityUnknown };
        faults.push(Fault { field: Field::City, refusal });
    }
    found.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn ivanov() -> Typed {
        let text = str::to_owned;
        Typed {
            surname: text("Иванов"),
            given_name: text("Иван"),
            patronymic: text("Иванович"),
            organisation: text("ООО Ро"),
            inn: text("7707704692"),
            country: text("RU"),
            city: text("москва"),
            email: text("ivanov@example.org"),
            ..Typed::default()
        }
    }

    fn codes(change: impl Fn(&mut Typed)) -> Vec<(&'static str, &'static str)> {
        let mut typed = ivanov();
        change(&mut typed);
        let faults = Applicant::check(&typed).err().unwrap_or_default();
        faults.into_iter().map(|fault| (fault.field.name(), fault.refusal.code())).collect()
    }

    #[test]
    fn the_manuals_applicant_gets_the_manuals_name() {
        let applicant = Applicant::check(&ivanov()).unwrap();
        let latin = applicant.proposed(Table::default());
        let subject = applicant.subject(&latin).unwrap();
        assert_eq!(subject.to_string(), "CN=Ivanov Ivan Ivanovich, O=OOO Ro, L=Moskva, C=RU");
        let alone = Typed { natural_person: true, ..ivanov() };
        let alone = Applicant::check(&alone).unwrap();
        for said in [&applicant, &alone] {
            assert_eq!(Applicant::check(&said.typed()).as_ref(), Ok(said));
        }
        let subject = alone.subject(&alone.proposed(Table::default())).unwrap();
        assert_eq!(subject.to_string(), "CN=Ivanov Ivan Ivanovich, L=Moskva, C=RU");
    }

    #[test]
    fn rules_stand_in_the_order_of_their_fields() {
        for (position, rule) in RULES.iter().enumerate() {
            assert_eq!(rule.field as usize, position);
        }
    }

    #[test]
    fn the_table_in_the_documents_says_the_rules() {
        let text = include_str!("../../../docs/first-issue.md");
        let rows: Vec<Vec<&str>> = text
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
            .collect();
        assert_eq!(rows.len(), RULES.len());
        for (row, rule) in rows.iter().zip(RULES) {
            assert_eq!(row[0], format!("`{}`", rule.field.name()));
            let needed = match rule.needed {
                Needed::Always => "always",
                Needed::Never => "never",
                Needed::UnlessNoPatronymic | Needed::UnlessNaturalPerson => "unless",
            };
            assert!(row[1].starts_with(needed), "{row:?}");
            assert_eq!(row[2], rule.characters.to_string());
            let codes: Vec<String> = row[4].split(", ").map(|code| code.trim_matches('`').to_owned()).collect();
            let own: Vec<String> = rule.refusals.iter().map(|refusal| refusal.code().to_owned()).collect();
            let without_missing: Vec<String> = codes.into_iter().filter(|code| code != "field-missing").collect();
            assert_eq!(without_missing, own);
        }
    }

    #[test]
    fn every_fault_is_named_by_its_field() {
        type Case = (fn(&mut Typed), &'static [(&'static str, &'static str)]);
        let cases: &[Case] = &[
            (|_| (), &[]),
            (|t| t.surname.clear(), &[("surname", "field-missing")]),
            (|t| t.surname = "  ".into(), &[("surname", "field-missing")]),
            (|t| t.surname = "Ивaнов".into(), &[("surname", "look-alike-letters")]),
            (|t| t.surname = "Иванов7".into(), &[("surname", "name-wrong")]),
            (|t| t.surname = "-".into(), &[("surname", "name-wrong")]),
            (|t| t.surname = "Иванов\u{202e}".into(), &[("surname", "name-wrong")]),
            (|t| t.surname = "Иванов\u{ad}".into(), &[("surname", "name-wrong")]),
            (|t| t.surname = "Иван\u{3bf}в".into(), &[("surname", "look-alike-letters")]),
            (|t| t.surname = "я".repeat(61), &[("surname", "name-wrong")]),
            (|t| t.surname = "  Иванов  Сидоров ".into(), &[]),
            (|t| t.given_name = "<b>".into(), &[("given_name", "name-wrong")]),
            (|t| t.patronymic.clear(), &[("patronymic", "patronymic-missing")]),
            (|t| (t.patronymic, t.no_patronymic) = (String::new(), true), &[]),
            (|t| t.organisation.clear(), &[("organisation", "field-missing")]),
            (|t| t.organisation = "O\u{41e}O Ro".into(), &[("organisation", "look-alike-letters")]),
            (|t| t.organisation = "О\u{39f}О Ро".into(), &[("organisation", "look-alike-letters")]),
            (|t| t.organisation = "О\u{2060}ОО".into(), &[("organisation", "organisation-name-wrong")]),
            (|t| t.organisation = "Я".repeat(201), &[("organisation", "organisation-name-wrong")]),
            (|t| t.organisation = "«»".into(), &[("organisation", "organisation-name-wrong")]),
            (|t| t.organisation = "ООО\nРо".into(), &[("organisation", "organisation-name-wrong")]),
            (|t| t.inn.clear(), &[("inn", "field-missing")]),
            (|t| t.inn = "77 0770 4692".into(), &[]),
            (|t| t.inn = "770770469".into(), &[("inn", "inn-length-wrong")]),
            (|t| t.inn = "7707704693".into(), &[("inn", "inn-check-digits-wrong")]),
            (|t| t.inn = "77077O4692".into(), &[("inn", "inn-not-digits")]),
            (|t| t.inn = "٧٧٠٧٧٠٤٦٩٢".into(), &[("inn", "inn-not-digits")]),
            (|t| (t.natural_person, t.organisation, t.inn) = (true, String::new(), String::new()), &[]),
            (|t| t.country = "XX".into(), &[("country", "country-unknown")]),
            (|t| t.city.clear(), &[("city", "field-missing")]),
            (|t| t.city = "Хогвартс".into(), &[("city", "city-unknown")]),
            (|t| t.address = "ул. Ленина, 1\u{0}".into(), &[("address", "address-wrong")]),
            (|t| t.address = "ул. Ленина,\u{2066} 1".into(), &[("address", "address-wrong")]),
            (|t| t.address = "д".repeat(201), &[("address", "address-wrong")]),
            (|t| t.phone = "позвоните".into(), &[("phone", "phone-wrong")]),
            (|t| t.email.clear(), &[("email", "field-missing")]),
            (|t| t.email = "ivanov@bank\r\nBcc: x@y.z".into(), &[("email", "email-wrong")]),
            (
                |t| (t.surname, t.city, t.email) = (String::new(), "?".into(), "@".into()),
                &[("surname", "field-missing"), ("city", "city-unknown"), ("email", "email-wrong")],
            ),
        ];
        for (number, (change, expected)) in cases.iter().enumerate() {
            let found = codes(change);
            assert_eq!(&found, expected, "case {number}");
            for (field, code) in found {
                let rule = RULES.iter().find(|rule| rule.field.name() == field).unwrap();
                let known = code == "field-missing" || rule.refusals.iter().any(|refusal| refusal.code() == code);
                assert!(known, "{code} is not in the rule of {field}");
            }
        }
    }

    #[test]
    fn what_goes_into_the_certificate_is_latin() {
        let applicant = Applicant::check(&ivanov()).unwrap();
        let fault = |person: &str, organisation: &str| {
            let latin = LatinSpelling {
                person: person.to_owned(),
                organisation: Some(organisation.to_owned()),
                city: "Moskva".to_owned(),
            };
            let faults = applicant.subject(&latin).err().unwrap_or_default();
            faults.into_iter().map(|(kind, refusal)| (kind.name(), refusal.code())).collect::<Vec<_>>()
        };
        assert_eq!(fault("Ivanov Ivan Ivanovich", "OOO Ro"), []);
        assert_eq!(fault("Ivanov Ivan Ivanovich", "ООО Ро"), [("O", "latin-wrong")], "the manual's own Cyrillic");
        assert_eq!(fault("Ivanov Ivan", "O\u{41e}O"), [("O", "look-alike-letters")]);
        assert_eq!(fault("", "OOO \"Ro\" & Co. (2)"), [("CN", "field-missing")]);
        assert_eq!(fault("Ivanov 2", "1"), [("O", "latin-wrong"), ("CN", "latin-wrong")]);
        assert_eq!(fault(&"a".repeat(65), "OOO"), [("CN", "latin-wrong")]);
    }
}
