//! Cities of Russia, for the form that asks for one (domain notes 1.10). The list and its source are in `data/cities-ru.txt`.

use std::sync::LazyLock;

/// A name as it is shown, and as it is compared.
struct City {
    name: &'static str,
    folded: String,
}

/// The most populous first.
static CITIES: LazyLock<Vec<City>> = LazyLock::new(|| {
    let lines = include_str!("../data/cities-ru.txt").lines();
    let names = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    names.map(|name| City { name, folded: folded(name) }).collect()
});

/// The city whose name this is, in its own spelling: letter case, spaces, hyphens and the dots of «ё» do not count.
#[must_use]
pub fn named(text: &str) -> Option<&'static str> {
    let wanted = folded(text);
    CITIES.iter().find(|city| city.folded == wanted).map(|city| city.name)
}

/// At most `most` cities whose names begin with these letters, the most populous first; none for no letters.
#[must_use]
pub fn beginning_with(letters: &str, most: usize) -> Vec<&'static str> {
    let wanted = folded(letters);
    if wanted.is_empty() {
        return Vec::new();
    }
    CITIES.iter().filter(|city| city.folded.starts_with(&wanted)).map(|city| city.name).take(most).collect()
}

fn folded(text: &str) -> String {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase);
    letters.map(|letter| if letter == 'ё' { 'е' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_found_however_it_is_typed() {
        for text in ["Ростов-на-Дону", "ростов на дону", " РОСТОВ-НА-ДОНУ "] {
            assert_eq!(named(text), Some("Ростов-на-Дону"), "{text}");
        }
        assert_eq!(named("Королёв"), named("королев"));
        assert_eq!(named("Хогвартс"), None);
        assert_eq!(named(""), None);
    }

    #[test]
    fn the_biggest_comes_first() {
        assert_eq!(beginning_with("ново", 2), ["Новосибирск", "Новокузнецк"]);
        assert_eq!(beginning_with("моск", 1), ["Москва"]);
        assert!(
            beginning_with("", 5).is_empty() && beginning_with("-", 5).is_empty() && beginning_with("ъъ", 5).is_empty()
        );
    }

    #[test]
    fn every_name_is_russian_and_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for city in CITIES.iter() {
            assert!(
                city.name.chars().all(|c| matches!(c, 'А'..='я' | 'ё' | 'Ё' | ' ' | '-' | '0'..='9')),
                "{}",
                city.name
            );
            assert!(seen.insert(city.name), "{} stands twice", city.name);
        }
        assert!(seen.len() > 4_000);
    }
}
