//! Genitive and instrumental of a Russian full name, as acts and applications have them. The endings that nearly all names have are known;
//! for a name with another one nothing is proposed, because a person corrects an empty field and overlooks a wrong one.

use crate::subscriber::{CaseForms, Gender};

/// The forms to propose for a name; none where an ending is not known.
#[must_use]
pub fn proposed(surname: &str, given_name: &str, patronymic: Option<&str>, gender: Gender) -> Option<CaseForms> {
    let mut parts = vec![surname_forms(surname, gender)?, given_name_forms(given_name, gender)?];
    if let Some(patronymic) = patronymic {
        parts.push(patronymic_forms(patronymic, gender)?);
    }
    let joined = |form: fn(&Forms) -> &str| parts.iter().map(form).collect::<Vec<_>>().join(" ");
    let nominative = [Some(surname), Some(given_name), patronymic].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(CaseForms { nominative, genitive: joined(|forms| &forms.0), instrumental: joined(|forms| &forms.1) })
}

/// Genitive and instrumental.
type Forms = (String, String);

/// The ending in the nominative, and what stands in its place in the genitive and the instrumental.
type Ending = (&'static str, &'static str, &'static str);

/// The first ending that fits decides: longer ones stand before shorter ones.
fn by_ending(word: &str, endings: &[Ending]) -> Option<Forms> {
    // A name of two names is left to a person.
    if word.contains(['-', ' ']) {
        return None;
    }
    endings.iter().find_map(|(nominative, genitive, instrumental)| {
        let stem = word.strip_suffix(nominative)?;
        (!stem.is_empty()).then(|| (format!("{stem}{genitive}"), format!("{stem}{instrumental}")))
    })
}

fn surname_forms(word: &str, gender: Gender) -> Option<Forms> {
    let endings: &[Ending] = match gender {
        Gender::Male => &[
            ("ов", "ова", "овым"),
            ("ев", "ева", "евым"),
            ("ёв", "ёва", "ёвым"),
            ("ин", "ина", "иным"),
            ("ын", "ына", "ыным"),
            ("ский", "ского", "ским"),
            ("цкий", "цкого", "цким"),
        ],
        Gender::Female => &[
            ("ова", "овой", "овой"),
            ("ева", "евой", "евой"),
            ("ёва", "ёвой", "ёвой"),
            ("ина", "иной", "иной"),
            ("ына", "ыной", "ыной"),
            ("ская", "ской", "ской"),
            ("цкая", "цкой", "цкой"),
        ],
    };
    // «Шевченко», «Седых»: the same in every case, for everybody.
    let unchanged: &[Ending] = &[("ко", "ко", "ко"), ("ых", "ых", "ых"), ("их", "их", "их")];
    by_ending(word, endings).or_else(|| by_ending(word, unchanged))
}

fn given_name_forms(word: &str, gender: Gender) -> Option<Forms> {
    // A vowel goes when the word becomes longer.
    let fleeting = [("Пётр", "Петр"), ("Петр", "Петр"), ("Павел", "Павл"), ("Лев", "Льв")];
    if let Some((_, stem)) = fleeting.iter().find(|(name, _)| *name == word && gender == Gender::Male) {
        return Some((format!("{stem}а"), format!("{stem}ом")));
    }
    let endings: &[Ending] = match gender {
        Gender::Male => {
            &[("й", "я", "ем"), ("орь", "оря", "орем"), ("ья", "ьи", "ьёй"), ("та", "ты", "той"), ("ма", "мы", "мой")]
        }
        Gender::Female => &[
            ("ия", "ии", "ией"),
            ("я", "и", "ей"),
            ("га", "ги", "гой"),
            ("ка", "ки", "кой"),
            ("ша", "ши", "шей"),
            ("ва", "вы", "вой"),
            ("да", "ды", "дой"),
            ("за", "зы", "зой"),
            ("ла", "лы", "лой"),
            ("ма", "мы", "мой"),
            ("на", "ны", "ной"),
            ("ра", "ры", "рой"),
            ("са", "сы", "сой"),
            ("та", "ты", "той"),
        ],
    };
    by_ending(word, endings).or_else(|| {
        let is_hard = gender == Gender::Male
            && word.ends_with(['б', 'в', 'г', 'д', 'з', 'к', 'л', 'м', 'н', 'п', 'р', 'с', 'т', 'ф', 'х']);
        (is_hard && !word.contains(['-', ' '])).then(|| (format!("{word}а"), format!("{word}ом")))
    })
}

fn patronymic_forms(word: &str, gender: Gender) -> Option<Forms> {
    match gender {
        // «Ильич», but «Иванович».
        Gender::Male => by_ending(word, &[("ьич", "ьича", "ьичом"), ("ич", "ича", "ичем")]),
        Gender::Female => by_ending(word, &[("вна", "вны", "вной"), ("чна", "чны", "чной")]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_usual_endings_are_declined_and_others_are_left_to_a_person() {
        let full = |name: &str, gender| {
            let parts: Vec<&str> = name.split(' ').collect();
            proposed(parts[0], parts[1], parts.get(2).copied(), gender)
        };
        let (male, female) = (Gender::Male, Gender::Female);
        for (name, gender, genitive, instrumental) in [
            ("Рогов Иван Петрович", male, "Рогова Ивана Петровича", "Роговым Иваном Петровичем"),
            ("Иванов Пётр Ильич", male, "Иванова Петра Ильича", "Ивановым Петром Ильичом"),
            ("Рогов Игорь Андреевич", male, "Рогова Игоря Андреевича", "Роговым Игорем Андреевичем"),
            ("Ивановский Дмитрий", male, "Ивановского Дмитрия", "Ивановским Дмитрием"),
            ("Роговко Никита Львович", male, "Роговко Никиты Львовича", "Роговко Никитой Львовичем"),
            ("Рогов Илья Ильич", male, "Рогова Ильи Ильича", "Роговым Ильёй Ильичом"),
            ("Иванова Мария Ивановна", female, "Ивановой Марии Ивановны", "Ивановой Марией Ивановной"),
            ("Рогова Ольга Ильинична", female, "Роговой Ольги Ильиничны", "Роговой Ольгой Ильиничной"),
            ("Ивановская Наталья Петровна", female, "Ивановской Натальи Петровны", "Ивановской Натальей Петровной"),
            ("Роговых Анна Ивановна", female, "Роговых Анны Ивановны", "Роговых Анной Ивановной"),
        ] {
            let forms = full(name, gender);
            let expected = CaseForms {
                nominative: name.to_owned(),
                genitive: genitive.to_owned(),
                instrumental: instrumental.to_owned(),
            };
            assert_eq!(forms, Some(expected), "{name}");
        }
        for (name, gender) in [
            ("Rogov Ivan Petrovich", male),
            ("Рогов-Иванов Иван Петрович", male),
            ("Рог Иван Петрович", male),
            ("Иванова Любовь Ивановна", female),
            ("ов Иван Петрович", male),
            ("Рогов Иван Мамед-оглы", male),
        ] {
            assert_eq!(full(name, gender), None, "{name}");
        }
    }
}
