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

/// An alphabet that has letters which look like those of another one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Alphabet {
    /// With its letters that bear marks, small capitals, and the wide ones of East Asian texts.
    Latin,
    /// With those of its letters that Russian does not have.
    Cyrillic,
    /// With its letters that bear marks.
    Greek,
}

impl Alphabet {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Latin, Self::Cyrillic, Self::Greek];

    /// The word of locales.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Latin => "latin",
            Self::Cyrillic => "cyrillic",
            Self::Greek => "greek",
        }
    }

    /// The alphabet of a letter; none of a digit, a sign, or a letter of yet another one.
    #[must_use]
    pub fn of(letter: char) -> Option<Self> {
        match letter {
            'A'..='Z'
            | 'a'..='z'
            | '\u{c0}'..='\u{d6}'
            | '\u{d8}'..='\u{f6}'
            | '\u{f8}'..='\u{2af}'
            | '\u{1d00}'..='\u{1d25}'
            | '\u{1e00}'..='\u{1eff}'
            | '\u{a722}'..='\u{a7ff}'
            | '\u{ff21}'..='\u{ff3a}'
            | '\u{ff41}'..='\u{ff5a}' => Some(Self::Latin),
            '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{1d2b}' | '\u{a640}'..='\u{a69f}' => {
                Some(Self::Cyrillic)
            }
            '\u{370}'..='\u{3ff}' | '\u{1d26}'..='\u{1d2a}' | '\u{1f00}'..='\u{1fff}' => Some(Self::Greek),
            _ => None,
        }
    }
}

/// Words that mix letters of several alphabets: those of one only look like those of another.
#[must_use]
pub fn mixed_words(text: &str) -> Vec<&str> {
    words(text).filter(|word| alphabets_of(word).len() > 1).collect()
}

/// A word with letters that look like those of another alphabet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LookAlikes {
    /// The word as it stands there.
    pub word: String,
    /// Which letters, each with its place in the word, counted from 1.
    pub letters: Vec<(usize, char)>,
    /// Whose letters they are.
    pub alphabet: Alphabet,
}

/// The words of `said` that are not what they look like, letter by letter: where a word mixes alphabets, the letters that do not belong to it; and where
/// a whole word looks like one of `known` and is another, the letters that are of another alphabet. A word with strange letters of two alphabets is named
/// for each of them.
#[must_use]
pub fn look_alikes(said: &str, known: &str) -> Vec<LookAlikes> {
    words(said)
        .flat_map(|word| {
            let strange = strangers_of(word).or_else(|| words(known).find_map(|other| unlike(word, other)));
            Alphabet::ALL.into_iter().filter_map(move |alphabet| {
                let is_of = |(_, letter): &(usize, char)| Alphabet::of(*letter) == Some(alphabet);
                let letters: Vec<_> = strange.iter().flatten().copied().filter(is_of).collect();
                (!letters.is_empty()).then(|| LookAlikes { word: word.to_owned(), letters, alphabet })
            })
        })
        .collect()
}

/// The letters of a word of several alphabets that are not of its own. Letters without a twin in the others tell best which one that is.
fn strangers_of(word: &str) -> Option<Vec<(usize, char)>> {
    let there = alphabets_of(word);
    if there.len() < 2 {
        return None;
    }
    let weight = |own: Alphabet| {
        let letters: Vec<char> = word.chars().filter(|letter| Alphabet::of(*letter) == Some(own)).collect();
        let is_certain = |letter: char| there.iter().all(|other| *other == own || !has_twin(letter, *other));
        (letters.iter().filter(|letter| is_certain(**letter)).count(), letters.len())
    };
    // In doubt the word is Latin, which comes last here: certificates are.
    let own = there.iter().copied().rev().max_by_key(|own| weight(*own))?;
    let is_strange = |(_, letter): &(usize, char)| Alphabet::of(*letter).is_some_and(|alphabet| alphabet != own);
    Some((1..).zip(word.chars()).filter(is_strange).collect())
}

/// The letters of a word that are of another alphabet than those of one that looks the same and names something else.
fn unlike(word: &str, other: &str) -> Option<Vec<(usize, char)>> {
    if same_name(word, other) || !word.chars().map(look).eq(other.chars().map(look)) {
        return None;
    }
    let pairs = (1..).zip(word.chars()).zip(other.chars());
    let strange = pairs.filter(|((_, one), other)| Alphabet::of(*one) != Alphabet::of(*other));
    let letters: Vec<_> = strange.map(|(letter, _)| letter).collect();
    (!letters.is_empty()).then_some(letters)
}

/// Letters that look the same, a row each: Latin, Cyrillic and Greek capitals, as [`Alphabet`] has them, and a space where there is none. Small letters
/// count as their capitals, but for the Greek ones of the last rows.
const TWINS: [[char; 3]; 25] = [
    ['A', 'А', '\u{391}'],
    ['B', 'В', '\u{392}'],
    ['C', 'С', '\u{3f9}'],
    ['E', 'Е', '\u{395}'],
    ['H', 'Н', '\u{397}'],
    ['I', '\u{406}', '\u{399}'],
    ['J', '\u{408}', '\u{37f}'],
    ['K', 'К', '\u{39a}'],
    ['M', 'М', '\u{39c}'],
    ['N', ' ', '\u{39d}'],
    ['O', 'О', '\u{39f}'],
    ['P', 'Р', '\u{3a1}'],
    ['S', '\u{405}', ' '],
    ['T', 'Т', '\u{3a4}'],
    ['X', 'Х', '\u{3a7}'],
    ['Y', 'У', '\u{3a5}'],
    ['Z', ' ', '\u{396}'],
    [' ', 'Г', '\u{393}'],
    [' ', 'П', '\u{3a0}'],
    [' ', 'Ф', '\u{3a6}'],
    // Nu, upsilon, eta, gamma, omega.
    ['V', ' ', '\u{3bd}'],
    ['U', ' ', '\u{3c5}'],
    ['N', ' ', '\u{3b7}'],
    ['Y', 'У', '\u{3b3}'],
    ['W', ' ', '\u{3c9}'],
];

/// What a letter looks like: a capital, Latin where there is such a one.
fn look(letter: char) -> char {
    let capital = letter.to_uppercase().next().unwrap_or(letter);
    let row = |wanted: char| TWINS.iter().find(|row| row.contains(&wanted));
    let twins = row(letter).or_else(|| row(capital));
    twins.and_then(|row| row.iter().copied().find(|twin| *twin != ' ')).unwrap_or(capital)
}

/// Whether this alphabet has a letter that looks like that one.
fn has_twin(letter: char, alphabet: Alphabet) -> bool {
    let look = look(letter);
    TWINS.iter().any(|row| row.contains(&look) && row[alphabet as usize] != ' ')
}

/// The alphabets whose letters a word has.
fn alphabets_of(word: &str) -> Vec<Alphabet> {
    let is_there = |alphabet: &Alphabet| word.chars().any(|letter| Alphabet::of(letter) == Some(*alphabet));
    Alphabet::ALL.into_iter().filter(is_there).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether the text has Cyrillic letters.
#[must_use]
pub fn has_cyrillic(text: &str) -> bool {
    text.chars().any(|letter| Alphabet::of(letter) == Some(Alphabet::Cyrillic))
}

#[cfg(test)]
mod tests {
    use super::Alphabet::{Cyrillic, Greek, Latin};
    use super::*;

    /// A word, the letters of it that are not what they look like, and whose they are.
    type Named = (String, Vec<(usize, char)>, Alphabet);

    fn named(said: &str, known: &str) -> Vec<Named> {
        let found = look_alikes(said, known).into_iter();
        found.map(|found| (found.word, found.letters, found.alphabet)).collect()
    }

    fn word(word: &str, letters: &[(usize, char)], alphabet: Alphabet) -> Named {
        (word.to_owned(), letters.to_vec(), alphabet)
    }

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
        let cyrillic_o = '\u{43e}';
        assert_eq!(named("R\u{43e}gov", ""), [word("R\u{43e}gov", &[(2, cyrillic_o)], Cyrillic)]);
        let strange = [word("\u{413}opod", &[(1, '\u{413}')], Cyrillic)];
        assert_eq!(named("\u{413}opod", ""), strange, "d and Г have no twin");
        assert_eq!(named("«Ромашкa»", ""), [word("Ромашкa", &[(7, 'a')], Latin)]);
        assert_eq!(named("O\u{41e}O", ""), [word("O\u{41e}O", &[(2, '\u{41e}')], Cyrillic)]);
        let strange = [word("\u{41e}O", &[(1, '\u{41e}')], Cyrillic)];
        assert_eq!(named("\u{41e}O", ""), strange, "in doubt the word is Latin");

        // A whole word of the other alphabet: another one than it looks like, or the same in Latin letters.
        assert_eq!(named("OOO Po", "ООО «Ро»"), [word("Po", &[(1, 'P'), (2, 'o')], Latin)]);
        assert_eq!(
            named("\u{421}\u{41e}\u{41c}", "COM"),
            [word("\u{421}\u{41e}\u{41c}", &[(1, '\u{421}'), (2, '\u{41e}'), (3, '\u{41c}')], Cyrillic)]
        );
        for (said, known) in
            [("OOO Ro", "ООО «Ро»"), ("Rogov", "Рогов"), ("Иванов", "Петров"), ("", ""), ("5400000004", "5400000005")]
        {
            assert_eq!(named(said, known), [], "{said} {known}");
        }
    }

    #[test]
    fn greek_letters_are_named_as_well_and_so_are_small_capitals() {
        let greek_o = '\u{3bf}';
        for mixed in
            ["R\u{3bf}gov", "Р\u{3bf}гов", "\u{3a1}ogov", "\u{39f}\u{41e}O", "Iva\u{3bd}o\u{3bd}", "Иван\u{1d0f}в"]
        {
            assert_eq!(mixed_words(&format!("ООО {mixed}, Ro")), [mixed]);
        }
        assert_eq!(named("R\u{3bf}gov", ""), [word("R\u{3bf}gov", &[(2, greek_o)], Greek)]);
        assert_eq!(named("Р\u{3bf}гов", ""), [word("Р\u{3bf}гов", &[(2, greek_o)], Greek)]);
        assert_eq!(named("Иван\u{1d0f}в", ""), [word("Иван\u{1d0f}в", &[(5, '\u{1d0f}')], Latin)]);
        // Nu is like v when it is small and like N when it is not.
        let strange = [(4, '\u{3bd}'), (6, '\u{3bd}')];
        assert_eq!(named("Iva\u{3bd}o\u{3bd}", ""), [word("Iva\u{3bd}o\u{3bd}", &strange, Greek)]);
        let all = "R\u{43e}g\u{3bf}v";
        assert_eq!(named(all, ""), [word(all, &[(2, '\u{43e}')], Cyrillic), word(all, &[(4, greek_o)], Greek)]);
        let in_doubt = "\u{39f}\u{41e}O";
        let strange = [word(in_doubt, &[(2, '\u{41e}')], Cyrillic), word(in_doubt, &[(1, '\u{39f}')], Greek)];
        assert_eq!(named(in_doubt, ""), strange, "in doubt the word is Latin");

        // Whole words of it.
        let strange = [word("\u{3a1}\u{39f}", &[(1, '\u{3a1}'), (2, '\u{39f}')], Greek)];
        for known in ["Ро", "PO"] {
            assert_eq!(named("\u{3a1}\u{39f}", known), strange, "{known}");
        }
        assert_eq!(named("\u{3a1}\u{39f}", "Ромашка"), []);
        for letter in ['7', '-', '\u{d7}', '\u{f7}', '№', '\u{5d0}'] {
            assert_eq!(Alphabet::of(letter), None, "{letter}");
        }
    }

    #[test]
    fn a_row_of_twins_has_letters_of_its_own_alphabets() {
        for (row, alphabet) in TWINS.iter().flat_map(|row| row.iter().zip(Alphabet::ALL)) {
            assert!(*row == ' ' || Alphabet::of(*row) == Some(alphabet), "{row} in {alphabet:?}");
        }
    }
}
