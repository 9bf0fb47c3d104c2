//! Russian names in Latin letters, and letters that only look like others (domain notes 3.7).
//!
//! A certificate names a person in Latin, the bank's record in Russian. Several tables are in use, so two spellings count as the
//! same when any of them makes them so; the client's own spelling is never changed by this.

/// How Russian letters are written in Latin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum Table {
    /// ICAO Doc 9303 part 3 section 6: passports.
    #[default]
    #[serde(rename = "icao-9303")]
    Icao9303,
    /// ГОСТ Р 52535.1-2006: older passports.
    #[serde(rename = "gost-52535")]
    Gost52535,
}

impl Table {
    /// Both tables.
    pub const ALL: [Self; 2] = [Self::Icao9303, Self::Gost52535];

    /// The word of procedures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Icao9303 => "icao-9303",
            Self::Gost52535 => "gost-52535",
        }
    }

    fn letter(self, letter: char) -> Option<&'static str> {
        Some(match letter {
            'а' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'д' => "d",
            'е' | 'ё' | 'э' => "e",
            'ж' => "zh",
            'з' => "z",
            'и' | 'й' => "i",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'о' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' => "u",
            'ф' => "f",
            'х' => "kh",
            'ц' => match self {
                Self::Icao9303 => "ts",
                Self::Gost52535 => "tc",
            },
            'ч' => "ch",
            'ш' => "sh",
            'щ' => "shch",
            'ъ' => match self {
                Self::Icao9303 => "ie",
                Self::Gost52535 => "",
            },
            'ы' => "y",
            'ь' => "",
            'ю' => "iu",
            'я' => "ia",
            _ => return None,
        })
    }

    /// The text in lower-case Latin letters; what is no Russian letter stays.
    #[must_use]
    pub fn latin(self, text: &str) -> String {
        let mut latin = String::with_capacity(text.len());
        for letter in text.chars().flat_map(char::to_lowercase) {
            match self.letter(letter) {
                Some(letters) => latin.push_str(letters),
                None => latin.push(letter),
            }
        }
        latin
    }

    /// A spelling to propose for a name: capitals stay capitals (`Щукин` is `Shchukin`, `ООО` is `OOO`), quotation marks become
    /// `"`. The person may change it.
    #[must_use]
    pub fn proposed(self, text: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        let is_upper = |position: Option<usize>| {
            position.and_then(|position| letters.get(position)).is_some_and(|letter| letter.is_uppercase())
        };
        let mut latin = String::with_capacity(text.len());
        for (position, &letter) in letters.iter().enumerate() {
            let small: String = letter.to_lowercase().collect();
            let written = small.chars().next().and_then(|small| self.letter(small));
            match (letter, written) {
                ('«' | '»' | '“' | '”' | '„', _) => latin.push('"'),
                (_, None) => latin.push(letter),
                (_, Some(written)) if !letter.is_uppercase() => latin.push_str(written),
                // Inside a word of capitals all of a letter's letters are capitals.
                (_, Some(written)) if is_upper(position.checked_sub(1)) || is_upper(Some(position + 1)) => {
                    latin.push_str(&written.to_uppercase());
                }
                (_, Some(written)) => {
                    let mut written = written.chars();
                    latin.extend(written.next().map(|first| first.to_ascii_uppercase()));
                    latin.push_str(written.as_str());
                }
            }
        }
        latin
    }
}

/// Whether two spellings name the same: letter case, punctuation and spaces do not count, and Russian is read by either table.
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    Table::ALL.into_iter().any(|table| skeleton(table, one) == skeleton(table, other))
}

fn skeleton(table: Table, text: &str) -> String {
    table.latin(text).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Words that mix Latin and Cyrillic letters: one of the two only looks like the other.
#[must_use]
pub fn mixed_words(text: &str) -> Vec<&str> {
    let is_mixed =
        |word: &&str| word.chars().any(is_cyrillic) && word.chars().any(|letter| letter.is_ascii_alphabetic());
    text.split(|letter: char| !letter.is_alphanumeric()).filter(is_mixed).collect()
}

/// Whether the text has Cyrillic letters.
#[must_use]
pub fn has_cyrillic(text: &str) -> bool {
    text.chars().any(is_cyrillic)
}

fn is_cyrillic(letter: char) -> bool {
    ('\u{400}'..='\u{4ff}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_names_come_out_the_same_in_every_table() {
        for (russian, latin) in [
            ("Рогов Иван Петрович", "rogov ivan petrovich"),
            ("Иванов Иван Иванович", "ivanov ivan ivanovich"),
            ("ООО Ро", "ooo ro"),
            ("Новосибирск", "novosibirsk"),
        ] {
            for table in Table::ALL {
                assert_eq!(table.latin(russian), latin);
            }
        }
    }

    #[test]
    fn letters_that_differ_between_the_tables() {
        assert_eq!(Table::Icao9303.latin("Цой Подъячев Щукин Юлия"), "tsoi podieiachev shchukin iuliia");
        assert_eq!(Table::Gost52535.latin("Цой Подъячев"), "tcoi podiachev");
    }

    #[test]
    fn a_spelling_is_proposed_with_its_capitals() {
        let table = Table::Icao9303;
        assert_eq!(table.proposed("Щукин Яков Юрьевич"), "Shchukin Iakov Iurevich");
        assert_eq!(table.proposed("ООО «Ро»"), "OOO \"Ro\"");
        assert_eq!(table.proposed("ЗАО ЩИТ-2"), "ZAO SHCHIT-2");
        assert_eq!(table.proposed("Петров-Водкин"), "Petrov-Vodkin");
        for name in ["Рогов Иван Петрович", "ООО «Ро»", "Ростов-на-Дону", "Юлия Щ"]
        {
            assert!(same_name(name, &table.proposed(name)), "{name}");
        }
    }

    #[test]
    fn a_misprint_is_another_name_and_a_table_is_not() {
        assert!(same_name("Рогов Иван Петрович", "Rogov Ivan Petrovich"));
        assert!(!same_name("Рогов Иван Петрович", "Rogov Ivan Petprovich"), "the manual's own misprint");
        assert!(same_name("Цой", "Tsoi") && same_name("Цой", "Tcoi"));
        assert!(same_name("ООО «ооо»", "OOO 'ooo'"));
        assert!(!same_name("ООО «Ро»", "OOO Po"));
    }

    #[test]
    fn a_word_of_two_scripts_is_named() {
        assert_eq!(mixed_words("O=ООО Ро, CN=Ivanov"), Vec::<&str>::new());
        assert_eq!(mixed_words("OОO Ро"), ["OОO"], "the second letter is Cyrillic");
        assert!(has_cyrillic("ООО") && !has_cyrillic("OOO"));
    }
}
