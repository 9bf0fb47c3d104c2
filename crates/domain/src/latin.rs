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
    let is_mixed = |word: &&str| word.chars().any(is_cyrillic) && word.chars().any(is_latin);
    words(text).filter(is_mixed).collect()
}

/// A word with letters that look like those of another alphabet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LookAlikes {
    /// The word as it stands there.
    pub word: String,
    /// Which letters, each with its place in the word, counted from 1.
    pub letters: Vec<(usize, char)>,
    /// Whether they are Cyrillic; otherwise they are Latin.
    pub are_cyrillic: bool,
}

/// The words of `said` that are not what they look like, letter by letter: where a word mixes two alphabets, the letters that do not belong to it; and where
/// a whole word looks like one of `known` and is another, the letters that are of the other alphabet.
#[must_use]
pub fn look_alikes(said: &str, known: &str) -> Vec<LookAlikes> {
    words(said)
        .filter_map(|word| {
            let strange = strangers_of(word).or_else(|| words(known).find_map(|other| unlike(word, other)))?;
            let letters = word.chars().enumerate().filter(|(place, _)| strange.contains(place));
            let letters: Vec<_> = letters.map(|(place, letter)| (place + 1, letter)).collect();
            let are_cyrillic = letters.first().is_some_and(|(_, letter)| is_cyrillic(*letter));
            Some(LookAlikes { word: word.to_owned(), letters, are_cyrillic })
        })
        .collect()
}

/// Where in a word of two alphabets the letters of the lesser one stand. Letters without a twin tell best which one that is.
fn strangers_of(word: &str) -> Option<Vec<usize>> {
    let count = |of: fn(char) -> bool| word.chars().filter(|letter| of(*letter)).count();
    let (cyrillic, latin) = (count(is_cyrillic), count(is_latin));
    if cyrillic == 0 || latin == 0 {
        return None;
    }
    let certain = (
        count(|letter| is_cyrillic(letter) && !has_twin(letter)),
        count(|letter| is_latin(letter) && !has_twin(letter)),
    );
    // In doubt the word is Latin: certificates are.
    let is_latin_word = if certain.0 == certain.1 { cyrillic <= latin } else { certain.0 < certain.1 };
    let is_strange = if is_latin_word { is_cyrillic } else { is_latin };
    let places = word.chars().enumerate().filter(|(_, letter)| is_strange(*letter));
    Some(places.map(|(place, _)| place).collect())
}

/// Where the letters of a word are of another alphabet than those of one that looks the same and names something else.
fn unlike(word: &str, other: &str) -> Option<Vec<usize>> {
    if same_name(word, other) || !word.chars().map(look).eq(other.chars().map(look)) {
        return None;
    }
    let pairs = word.chars().zip(other.chars()).enumerate();
    let places: Vec<_> =
        pairs.filter(|(_, (one, other))| is_cyrillic(*one) != is_cyrillic(*other)).map(|(place, _)| place).collect();
    (!places.is_empty()).then_some(places)
}

/// Capitals that look the same: Cyrillic, Latin. Small letters count as their capitals.
const TWINS: [(char, char); 15] = [
    ('А', 'A'),
    ('В', 'B'),
    ('Е', 'E'),
    ('К', 'K'),
    ('М', 'M'),
    ('Н', 'H'),
    ('О', 'O'),
    ('Р', 'P'),
    ('С', 'C'),
    ('Т', 'T'),
    ('У', 'Y'),
    ('Х', 'X'),
    ('\u{406}', 'I'),
    ('\u{405}', 'S'),
    ('\u{408}', 'J'),
];

/// What a letter looks like: a capital, Latin where there is such a one.
fn look(letter: char) -> char {
    let capital = letter.to_uppercase().next().unwrap_or(letter);
    TWINS.into_iter().find(|(cyrillic, _)| *cyrillic == capital).map_or(capital, |(_, latin)| latin)
}

fn has_twin(letter: char) -> bool {
    let look = look(letter);
    TWINS.into_iter().any(|(_, latin)| latin == look)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
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

    #[test]
    fn the_letters_that_only_look_right_are_named() {
        let named = |said: &str, known: &str| -> Vec<_> {
            let found = look_alikes(said, known).into_iter();
            found.map(|found| (found.word, found.letters, found.are_cyrillic)).collect()
        };
        let word =
            |word: &str, letters: &[(usize, char)], are_cyrillic| (word.to_owned(), letters.to_vec(), are_cyrillic);
        let cyrillic_o = '\u{43e}';
        assert_eq!(named("R\u{43e}gov", ""), [word("R\u{43e}gov", &[(2, cyrillic_o)], true)]);
        assert_eq!(named("\u{413}opod", ""), [word("\u{413}opod", &[(1, '\u{413}')], true)], "d and Г have no twin");
        assert_eq!(named("«Ромашкa»", ""), [word("Ромашкa", &[(7, 'a')], false)]);
        assert_eq!(named("O\u{41e}O", ""), [word("O\u{41e}O", &[(2, '\u{41e}')], true)]);
        assert_eq!(named("\u{41e}O", ""), [word("\u{41e}O", &[(1, '\u{41e}')], true)], "in doubt the word is Latin");

        // A whole word of the other alphabet: another one than it looks like, or the same in Latin letters.
        assert_eq!(named("OOO Po", "ООО «Ро»"), [word("Po", &[(1, 'P'), (2, 'o')], false)]);
        assert_eq!(
            named("\u{421}\u{41e}\u{41c}", "COM"),
            [word("\u{421}\u{41e}\u{41c}", &[(1, '\u{421}'), (2, '\u{41e}'), (3, '\u{41c}')], true)]
        );
        for (said, known) in
            [("OOO Ro", "ООО «Ро»"), ("Rogov", "Рогов"), ("Иванов", "Петров"), ("", ""), ("5400000004", "5400000005")]
        {
            assert_eq!(named(said, known), [], "{said} {known}");
        }
    }
}
