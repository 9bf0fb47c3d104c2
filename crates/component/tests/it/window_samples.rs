//! One sample of every question, and the hard ones: the longest texts, the most lines.

use surguch_component::prompt::*;

/// A name for the picture's file, and the question.
pub(crate) type Sample = (&'static str, Question);

pub(crate) fn token() -> Medium {
    Medium {
        kind: MediumKind::SmartKey,
        name: "РУТОКЕН ЭЦП".to_owned(),
        detail: "№ 0912 3456, считыватель Aktiv Rutoken ECP 00 00".to_owned(),
        unusable: None,
    }
}

pub(crate) fn consent(first: bool) -> Question {
    Question::Consent(Consent {
        origin: "https://online.shestoy-bank.example".to_owned(),
        bank: "Шестой банк".to_owned(),
        operation: Operation::SignAct,
        unz: Some("1196837e3c03f2".to_owned()),
        first_meeting: first.then(|| "5f0c1c9a7be6d1e4a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819".to_owned()),
    })
}

pub(crate) fn media() -> Question {
    Question::Medium(MediumChoice {
        media: vec![
            token(),
            Medium {
                name: "Рутокен ЭЦП 2.0".to_owned(),
                detail: "№ 1044 7781".to_owned(),
                unusable: Some("PIN-код заблокирован. Разблокировать может администратор.".to_owned()),
                ..token()
            },
            Medium { kind: MediumKind::Registry, name: String::new(), detail: String::new(), unusable: None },
        ],
        directory: true,
        smart_key: true,
    })
}

pub(crate) fn pin(attempts: AttemptsLeft, was_wrong: bool) -> Question {
    Question::Pin(PinQuestion {
        medium: token(),
        holder: PinHolder::User,
        attempts,
        operation: Operation::StoreCertificate,
        was_wrong,
    })
}

pub(crate) fn new_pins(both: bool) -> Question {
    let change = || PinChange {
        attempts: AttemptsLeft::Exactly(10),
        is_factory: true,
        printed: None,
        new: NewPin::Typed(Rules::of_token()),
    };
    Question::NewPins(NewPins { medium: token(), user: Some(change()), administrator: both.then(change) })
}

/// Before the first key: the factory PINs as the manual prints them, the administrator's new one is made.
pub(crate) fn factory_pins() -> Question {
    let change = |printed: &str, new| PinChange {
        attempts: AttemptsLeft::Exactly(10),
        is_factory: true,
        printed: Some(printed.to_owned()),
        new,
    };
    Question::NewPins(NewPins {
        medium: token(),
        user: Some(change("12345678", NewPin::Typed(Rules::of_token()))),
        administrator: Some(change("87654321", NewPin::Made)),
    })
}

pub(crate) fn made_pin() -> Question {
    Question::MadePin(MadePin { medium: token(), pin: Shown::new("48310275".to_owned()) })
}

pub(crate) fn password() -> Question {
    Question::Password(NewPassword {
        medium: Medium { kind: MediumKind::Registry, name: String::new(), detail: String::new(), unusable: None },
        container: "rogov-2026".to_owned(),
        rules: Rules::of_container(),
    })
}

pub(crate) fn signing(text: String) -> Question {
    Question::Signing(Signing {
        title: "Акт приема-передачи сертификата ключа проверки электронной подписи".to_owned(),
        text,
        origin: "https://online.shestoy-bank.example".to_owned(),
        bank: "Шестой банк".to_owned(),
        unz: Some("1196837e3c03f2".to_owned()),
        signer: Some("CN=Rogov Ivan Petrovich, O=OOO Romashka, L=Novosibirsk, C=RU".to_owned()),
    })
}

pub(crate) fn short_act() -> String {
    "АКТ ПРИЕМА-ПЕРЕДАЧИ\n\nКлиент принял сертификат 38b00b8.\n\nSurguch-Binding: 1\ndocument: act\nunz: 1196837e3c03f2\n"
        .to_owned()
}

pub(crate) fn long_act() -> String {
    let head = "АКТ ПРИЕМА - ПЕРЕДАЧИ СЕРТИФИКАТА КЛЮЧА ПРОВЕРКИ ЭЛЕКТРОННОЙ ПОДПИСИ\n\nг. Новосибирск\t\t\"23\" августа 2026 г.\n\n\
        Юридическое лицо ООО «Ромашка», именуемое в дальнейшем \"Клиент\", в лице Рогова Ивана Петровича, действующего на основании \
        доверенности, с одной стороны, и «Шестой банк», именуемый в дальнейшем \"Агент\", с другой стороны, в соответствии с Правилами \
        работы Удостоверяющего центра составили настоящий акт о нижеследующем.\n\n1. Агент произвел проверку данных Клиента, \
        Удостоверяющий центр осуществил изготовление Сертификата и передал 23.08.2026 Сертификат Клиенту, а Клиент принял оригинал \
        следующего Сертификата на Ключевой носитель:\n\nИдентификатор Владельца сертификата: CN=Rogov Ivan Petrovich, O=OOO Romashka, \
        L=Novosibirsk, C=RU\nНомер Сертификата: 38b00b8 (59441336)\nАлгоритм подписи: 1.2.643.7.1.1.3.3\nЗаверен: CN=Class 2 CA, C=RU\n\
        Годен с: 23-08-2026\nГоден до: 21-08-2028\nАлгоритм Ключа проверки электронной подписи: 1.2.643.7.1.1.1.2\n";
    let key: String = (0..128).map(|octet| format!("{:02x}", octet * 7 % 256)).collect();
    let tail: String = (2..30)
        .map(|at| format!("{at}. Стороны подтверждают, что пункт {at} настоящего акта прочитан полностью и понят.\n"))
        .collect();
    format!(
        "{head}Ключ проверки электронной подписи: 048180{key}\n\n{tail}\nSurguch-Binding: 1\ndocument: act\nunz: 1196837e3c03f2\n\
        origin: https://online.shestoy-bank.example\nnonce: 7d0c7c2e51c94a0f8a7b\ntime: 2026-08-23T17:53:00Z\n"
    )
}

pub(crate) fn card() -> Question {
    Question::Card(CardWanted {
        wanted: WantedCard::WithCurrentCertificate {
            algorithm: "gost-2001".to_owned(),
            subject: "CN=Rogov Ivan Petrovich, O=OOO Romashka, L=Novosibirsk, C=RU".to_owned(),
        },
        instead: Some("Рутокен ЭЦП 2.0, № 1044 7781".to_owned()),
    })
}

pub(crate) fn certificates() -> Question {
    let line = CertificateLine {
        subject: "CN=Rogov Ivan Petrovich, O=OOO Romashka, L=Novosibirsk, C=RU".to_owned(),
        issuer: "CN=Class 2 CA, O=Shestoy bank, C=RU".to_owned(),
        serial_hex: "4a3f0c9912d86e7f10aa5b27c3d4e5f601122334".to_owned(),
        serial_decimal: "423862983712938471092837410928374109283741092836".to_owned(),
        not_before: "23.08.2026".to_owned(),
        not_after: "21.08.2028".to_owned(),
        algorithm: "ГОСТ Р 34.10-2012, 512 бит".to_owned(),
        thumbprint: "5f0c1c9a7be6d1e4a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819".to_owned(),
        has_key: true,
    };
    let other = CertificateLine { subject: "CN=Ivanov Ivan 2, C=RU".to_owned(), has_key: false, ..line.clone() };
    Question::Certificates(CertificateView { medium: token(), certificates: vec![line, other] })
}

pub(crate) fn deletion() -> Question {
    Question::Deletion(OrphanKey {
        medium: token(),
        key_id: "9c1e44d0".to_owned(),
        algorithm: "ГОСТ Р 34.10-2012, 256 бит".to_owned(),
        unz: Some("1196837e3c03f2".to_owned()),
    })
}

pub(crate) fn success() -> Question {
    Question::Success(Success {
        done: Done::CertificateSaved,
        medium: Some(token()),
        unz: Some("1196837e3c03f2".to_owned()),
    })
}

pub(crate) fn trouble(can_retry: bool) -> Question {
    Question::Trouble(Trouble {
        code: "certificate-key-elsewhere".to_owned(),
        cause: "Закрытого ключа этого сертификата нет на вставленном носителе: он был создан на другом. Ничего не записано."
            .to_owned(),
        next: "Вставьте тот смарт-ключ, на котором создавался запрос 1196837e3c03f2, и нажмите «Повторить».".to_owned(),
        can_retry,
    })
}

pub(crate) fn all() -> Vec<Sample> {
    vec![
        ("01-consent", consent(false)),
        ("02-consent-first", consent(true)),
        ("03-medium", media()),
        ("04-medium-none", Question::Medium(MediumChoice { media: Vec::new(), directory: true, smart_key: true })),
        (
            "04a-medium-directory",
            Question::Medium(MediumChoice { media: Vec::new(), directory: true, smart_key: false }),
        ),
        ("05-pin", pin(AttemptsLeft::Exactly(10), false)),
        ("06-pin-wrong", pin(AttemptsLeft::Exactly(9), true)),
        ("07-pin-last-warning", pin(AttemptsLeft::Exactly(1), true)),
        ("08-new-pins", new_pins(true)),
        ("09-password", password()),
        ("10-signing-short", signing(short_act())),
        ("11-signing-long", signing(long_act())),
        ("12-card", card()),
        ("12a-card-any", Question::Card(CardWanted { wanted: WantedCard::Any, instead: None })),
        ("13-certificates", certificates()),
        ("14-deletion", deletion()),
        ("15-success", success()),
        ("16-trouble", trouble(true)),
        ("17-factory-pins", factory_pins()),
        ("18-made-pin", made_pin()),
    ]
}
