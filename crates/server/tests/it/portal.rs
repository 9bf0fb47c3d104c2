//! The client's pages, walked by a browser without scripts. What the component would add to a form is added by hand.

use serde_json::json;

use crate::bank::{Bank, now, sign};
use crate::browser::Browser;
use crate::desk::{PASSWORD, code, with_login};
use crate::walk::id;

/// A request that was approved, and the path of the link in its letter.
pub(crate) fn with_link(bank: &Bank) -> (serde_json::Value, crypto::PrivateKey, String) {
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    let key = bank.hand_in(&token, &card);
    bank.approve(&card);
    let code = bank.code();
    let card = bank.desk(&card);
    (card, key, format!("/ca/certificate?agentId={}&code={code}", bank.agent))
}

#[test]
fn behind_the_mailed_link_a_person_signs_the_act_saves_the_certificate_and_prints() {
    let bank = Bank::open("");
    let (card, new_key, link) = with_link(&bank);
    let browser = Browser::new(&bank, "ru");
    let page = browser.get(&link);
    let text = page.text();
    let certificate = &card["certificate"];
    for wanted in [
        "Получение обновленного сертификата",
        "Информация о вашем сертификате",
        "Имя сертификата",
        "необходимо подписать электронный Акт приема-передачи",
        "Подписать Акт приема-передачи",
        "Отказаться",
        certificate["subject"].as_str().unwrap(),
        certificate["issuer"].as_str().unwrap(),
        certificate["serial_decimal"].as_str().unwrap(),
        certificate["serial_hex"].as_str().unwrap(),
        card["unz"].as_str().unwrap(),
    ] {
        assert!(text.contains(wanted), "{wanted} is not in {text}");
    }
    let english = browser.get(&page.link("EN"));
    assert!(english.text().contains("Receiving the renewed certificate"), "{}", english.text());
    let page = browser.get(&english.link("RU"));

    // The act is read before it is signed.
    assert!(page.link("Посмотреть и распечатать Акт приема-передачи").contains("/act/act.pdf?"));
    let act = browser.get(&page.link("Текст и файлы акта"));
    let delivery = link.replace("/ca/certificate?agentId=", "/api/v1/delivery/").replace("&code=", "/");
    let exact = bank.get(&format!("{delivery}/act"), "");
    assert!(act.text().contains("АКТ ПРИЕМА - ПЕРЕДАЧИ СЕРТИФИКАТА"), "{}", act.text());

    // Not without the form's token, not without a signature, not with somebody else's.
    let stranger = Browser::new(&bank, "ru").post(&link.replace("?", "/act?"), &[("cms", "x")]);
    assert_eq!(stranger.status, 409);
    assert!(stranger.text().contains("form-stale"), "{}", stranger.text());
    let without = browser.submit(&page, "/ca/certificate/act", &[]);
    assert_eq!(without.status, 400);
    assert!(without.text().contains("нужен компонент безопасности"), "{}", without.text());
    let wrong = browser.submit(&page, "/ca/certificate/act", &[("cms", &bank.rogov.sign(b"something else"))]);
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("cms-content-differs"), "{}", wrong.text());

    let page = browser.submit(&page, "/ca/certificate/act", &[("cms", &bank.rogov.sign(&exact.octets))]);
    assert_eq!((page.status, page.path.as_str()), (200, link.as_str()));
    for wanted in ["Сохранение сертификата", "Нажмите на кнопку \"Сохранить сертификат\".", "Сохранить сертификат"]
    {
        assert!(page.text().contains(wanted), "{wanted} is not in {}", page.text());
    }

    // The component gets the certificate, puts it beside its key and proves the key.
    let delivered = bank.post(&format!("{delivery}/certificate"), "", "").json();
    let again = browser.get(&link);
    assert!(again.text().contains("ещё раз"), "{}", again.text());
    let der = crypto::der_or_pem(delivered["certificate"].as_str().unwrap().as_bytes(), "CERTIFICATE").unwrap();
    let new = crypto::Certificate::from_der(&der).unwrap();
    let proof = sign(&new_key, &new, delivered["challenge"].as_str().unwrap().as_bytes());
    let without = browser.submit(&again, "/ca/certificate/save", &[("proof", &proof)]);
    assert!(without.status == 400 && without.text().contains("act-by-new-key-missing"), "{}", without.text());
    let by_new_key = sign(&new_key, &new, &exact.octets);
    let saved = browser.submit(&again, "/ca/certificate/save", &[("proof", &proof), ("act", &by_new_key)]);
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert!(saved.text().contains("Сертификат успешно сохранен на смарт-ключ"), "{}", saved.text());
    assert!(saved.text().contains("копию Акта приема-передачи необходимо передать в Банк"), "{}", saved.text());
    assert!(saved.answer.headers("set-cookie").is_empty());

    // The link is used up; its page says what to do, the act can still be printed.
    let used = browser.get(&link);
    assert_eq!(used.status, 410);
    assert!(used.text().contains("link-spent") && used.text().contains("Состояние запроса"), "{}", used.text());
    let act = browser.get(&link.replace("?", "/act?"));
    assert_eq!(act.status, 200);
    assert!(act.text().contains("Акт подписан вашим ключом"), "{}", act.text());
}

#[test]
fn a_certificate_is_declined_only_after_it_was_confirmed() {
    let bank = Bank::open("");
    let (card, _, link) = with_link(&bank);
    let browser = Browser::new(&bank, "en");
    let ask = browser.get(&browser.get(&link).link("Decline"));
    assert!(ask.text().contains("will be revoked"), "{}", ask.text());
    let unsure = browser.submit(&ask, "/ca/certificate/decline", &[]);
    assert_eq!((unsure.status, bank.desk(&card)["stage"].as_str()), (400, Some("issued")));
    assert!(unsure.text().contains("must be confirmed"), "{}", unsure.text());
    let done = browser.submit(&unsure, "/ca/certificate/decline", &[("confirmed", "yes")]);
    assert_eq!((done.status, bank.desk(&card)["stage"].as_str()), (200, Some("rejected")));
    assert!(done.path.starts_with("/status?unz="), "{}", done.path);
    assert!(done.text().contains("You declined the certificate, and it was revoked."), "{}", done.text());
    let dead = browser.get(&link);
    assert_eq!(dead.status, 410);
    assert!(dead.text().contains("link-dead"), "{}", dead.text());
}

#[test]
fn who_declined_is_told_so_and_of_no_letter_with_a_reason() {
    let mut bank = Bank::closed("");
    let secret = with_login(&mut bank, "Operator 1", "operator1");
    bank.start();
    let (card, _, link) = with_link(&bank);
    let delivery = link.replace("/ca/certificate?agentId=", "/api/v1/delivery/").replace("&code=", "/");
    bank.post(&format!("{delivery}/decline"), "", json!({ "confirmed": true }).to_string()).json();

    let browser = Browser::new(&bank, "ru");
    let status = browser.get(&format!("/status?unz={}", card["unz"].as_str().unwrap())).text();
    browser.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    let own = browser.get(&format!("/requests/{}", id(&card))).text();
    for text in [&status, &own] {
        for wanted in ["Ничей: запрос завершён", "Вы отказались от сертификата, и он отозван.", "начните заново"]
        {
            assert!(text.contains(wanted), "{wanted} is not in {text}");
        }
        assert!(!text.contains("Причина указана в письме"), "{text}");
    }
    // On the way, too, it is the client's own no.
    assert_eq!(status.matches("Вы отказались от сертификата").count(), 2, "{status}");

    // The desk sees who it was. Where the bank says no, its reason is in the letter.
    let staff = Browser::new(&bank, "ru");
    let page = format!("/desk/requests/{}", id(&card));
    let desk = crate::desk::sign_in(&staff, &page, "operator1", PASSWORD, &code(&secret, now())).text();
    assert!(desk.contains("Причина Клиент отказался от сертификата, и он отозван"), "{desk}");
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    let seen = bank.desk(&card);
    let no = json!({ "version": seen["version"], "reason": "Доверенность истекла" }).to_string();
    bank.post(&format!("/api/v1/desk/requests/{}/refuse", id(&card)), &bank.operator, no).json();
    let refused = browser.get(&format!("/status?unz={}", seen["unz"].as_str().unwrap())).text();
    assert!(refused.contains("Причина указана в письме") && !refused.contains("Вы отказались"), "{refused}");
}

#[test]
fn the_status_says_whose_move_it_is_and_nobodys_name() {
    let bank = Bank::open("");
    let browser = Browser::new(&bank, "ru");
    let empty = browser.get("/status");
    assert_eq!(empty.status, 200);
    for wrong in ["hello", "00000000000000", "%3Cb%3E", "1196837e3c03f2%00"] {
        let page = browser.get(&format!("/status?unz={wrong}"));
        assert_eq!(page.status, 404, "{wrong}");
        assert!(page.text().contains("Запроса с таким номером нет"), "{}", page.text());
    }
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    let unz = bank.desk(&card)["unz"].as_str().unwrap().to_owned();
    let look = || browser.get(&format!("/status?unz={}", unz.to_uppercase())).text();
    let waiting = look();
    assert!(waiting.contains("Чей ход Банка") && waiting.contains("Ответ ожидается до"), "{waiting}");
    // The manual's promise, with whom to call where it is not kept: also on the client's own page, once.
    let promise = "В течение двух часов Вам на электронную почту, указанную в запросе, придет письмо";
    let client = Browser::new(&bank, "ru");
    client.set_cookie("surguch-client", &token);
    let own = client.get(&format!("/requests/{}", id(&card))).text();
    for text in [&waiting, &own] {
        assert_eq!(text.matches(promise).count(), 1, "{text}");
        assert!(text.contains("по телефону 8 800 500 07 70"), "{text}");
    }
    bank.approve(&card);
    bank.code();
    let issued = look();
    assert!(issued.contains("Чей ход Ваш") && issued.contains("Вам выдан сертификат"), "{issued}");
    assert!(!issued.contains(promise), "{issued}");
    for text in [waiting, issued] {
        for private in ["Рогов", "Rogov", "rogov@", "000-00-01", "ооо", id(&card)] {
            assert!(!text.contains(private), "{private} is in {text}");
        }
    }
}

#[test]
fn the_certificates_of_the_authorities_can_be_compared_and_downloaded() {
    let bank = Bank::open("");
    let page = Browser::new(&bank, "en").get("/root-certificate");
    let der = bank.get("/authorities/root.cer", "");
    assert_eq!(der.header("content-type"), "application/pkix-cert");
    let shown = hex::encode(crypto::sha256(&der.octets));
    assert!(page.text().replace(' ', "").contains(&shown), "{}", page.text());
    let pem = bank.get("/authorities/root.pem", "");
    assert_eq!(crypto::der_or_pem(&pem.octets, "CERTIFICATE").unwrap(), der.octets);
    bank.get("/authorities/root.key", "").refused(404, "not-found");
}

/// Signs Rogov in on the page, as the component would.
fn sign_in(bank: &Bank, browser: &Browser<'_>, to: &str) -> crate::browser::Loaded {
    let page = browser.get(to);
    assert!(page.path.starts_with("/sign-in?to="), "{}", page.path);
    let challenge = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", bank.agent)).json();
    let cms = bank.rogov.sign(challenge["text"].as_str().unwrap().as_bytes());
    browser.submit(&page, "/sign-in", &[("challenge", challenge["challenge"].as_str().unwrap()), ("cms", &cms)])
}

#[test]
fn a_signed_in_client_renews_by_the_words_of_the_manual() {
    let bank = Bank::open("");
    let browser = Browser::new(&bank, "ru");
    // Whoever is not signed in is sent to sign in and comes back.
    let without = browser.submit(&browser.get("/security"), "/sign-in", &[]);
    assert_eq!(without.status, 400);
    assert!(without.text().contains("нужен компонент безопасности"), "{}", without.text());
    let wrong = browser.submit(&without, "/sign-in", &[("challenge", "x"), ("cms", "MAA=")]);
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("challenge-unknown"), "{}", wrong.text());
    let before = browser.cookie("surguch-visit");
    let page = sign_in(&bank, &browser, "/security?x=1");
    assert_eq!((page.status, page.path.as_str()), (200, "/security?x=1"));
    assert_ne!(browser.cookie("surguch-visit"), before, "a number that was known before means nothing after");

    // Steps 1 to 3.
    let page = browser.get(&page.link("Обновление сертификата"));
    let page = browser.get(&page.link("Отправить запрос в ООО …"));
    assert!(page.text().contains("Укажите место хранения сертификата Смарт-ключ"), "{}", page.text());
    let page = browser.get(&format!("{}?medium=smart-key", page.path));
    for wanted in [
        "Ваш сертификат",
        "Имя сертификата CN=Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU",
        "Издатель CN=Class 2 CA, O=Center of Financial Technologies, C=RU",
        "Запрос на обновление сертификата будет направлен в Удостоверяющий Центр",
        "нажмите кнопку «Обновить»",
        "На этот e-mail адрес будет выслана ссылка",
    ] {
        assert!(page.text().contains(wanted), "{wanted} is not in {}", page.text());
    }
    let inputs = page.html.matches("<input").count() - page.html.matches("type=\"hidden\"").count();
    assert_eq!(inputs, 2, "phone and e-mail, and nothing else");
    let action = page.path.split('?').next().unwrap();
    let wrong = browser.submit(&page, action, &[("email", "nobody"), ("phone", "+7 000 000-00-09")]);
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.html.contains("value=\"nobody\"") && wrong.html.contains("value=\"+7 000 000-00-09\""),
        "what was typed stays"
    );
    assert!(wrong.text().contains("поле e-mail должно содержать актуальную информацию"), "{}", wrong.text());

    // Step 4, and back to correct what was typed.
    let send = browser.submit(&wrong, action, &[("email", "ivanov@example.org")]);
    assert!(send.path.ends_with("/send") && send.text().contains("OK"), "{}", send.path);
    let again = browser.get(&format!("{action}?medium=smart-key"));
    assert!(again.html.contains("value=\"ivanov@example.org\""), "an open request keeps its data");
    let send_again = browser.submit(&again, action, &[("email", "rogov@example.org")]);
    assert_eq!(send_again.path, send.path, "it is the same request");

    // Step 5, the component's part done by hand: the cookie's token opens the API too.
    let id = send.path.split('/').nth(2).unwrap().to_owned();
    let token = browser.cookie("surguch-client").unwrap();
    let card = bank.get(&format!("/api/v1/requests/{id}"), &token).json();
    let new_key = crate::bank::key("gost-256-a");
    let pairs = card["subject"].as_array().unwrap().iter();
    let pairs = pairs.map(|pair| (pair["oid"].as_str().unwrap(), pair["value"].as_str().unwrap()));
    let subject = crypto::Name::from_pairs(pairs).unwrap();
    let csr = crypto::Csr::create(&subject, &new_key, &mut crate::bank::rng()).unwrap();
    let pem = crypto::pem_encode("CERTIFICATE REQUEST", &csr);
    bank.call("PUT", &format!("/api/v1/requests/{id}/key"), &token, pem.as_bytes(), &[]).json();
    let text = bank.get(&format!("/api/v1/requests/{id}/text"), &token);
    let submission = format!("/requests/{id}/submission");
    let without = browser.submit(&send_again, &submission, &[]);
    assert_eq!(without.status, 400);
    let fields = [("pkcs10", pem.as_str()), ("cms", &bank.rogov.sign(&text.octets))];
    let accepted = browser.submit(&send_again, &submission, &fields);
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    let unz = bank.desk(&card)["unz"].as_str().unwrap().to_owned();
    for wanted in [
        "Запрос принят",
        &format!("Удостоверяющий Центр \"Authority\" принял Ваш запрос N {unz} на обновление сертификата \"Класс 2\"."),
        "В данный момент был создан только Ваш личный (секретный) ключ.",
        "Для использования сертификата Вам необходим еще и публичный ключ.",
        "только после получения подтверждения Ваших данных от Агента",
        "В течение двух часов",
        "8 800 500 07 70",
    ] {
        assert!(accepted.text().contains(wanted), "{wanted} is not in {}", accepted.text());
    }
    // A second click, the way back: nothing happens twice.
    assert_eq!(browser.submit(&send_again, &submission, &fields).path, accepted.path);
    assert_eq!(browser.submit(&again, action, &[("email", "rogov@example.org")]).path, accepted.path);

    // The own lists, and the recall.
    assert!(browser.get("/requests").text().contains(&unz));
    let certificates = browser.get("/certificates").text();
    assert!(certificates.contains("Действует") && certificates.contains("Рогов Иван Петрович"), "{certificates}");
    let ask = browser.get(&accepted.link("Отозвать запрос"));
    assert_eq!(bank.desk(&card)["stage"], "in-review", "looking changes nothing");
    let recalled = browser.submit(&ask, &format!("/requests/{id}/recall"), &[]);
    assert!(recalled.text().contains("Запрос отозван"), "{}", recalled.text());
    assert_eq!(bank.desk(&card)["stage"], "cancelled");
    let journal = browser.get("/journal").text();
    for wanted in ["Запрос создан", "Запрос отозван", "Вход", "Вы", &unz] {
        assert!(journal.contains(wanted), "{wanted} is not in {journal}");
    }

    // Another's request does not exist; after the way out nothing does.
    let nobodys = "01890000-0000-7000-8000-000000000000";
    for path in [format!("/requests/{nobodys}"), format!("/requests/{nobodys}/recall"), "/requests/1".to_owned()] {
        assert_eq!(browser.get(&path).status, 404, "{path}");
    }
    let out = browser.submit(&browser.get("/requests"), "/sign-out", &[]);
    assert_eq!((out.status, out.path.as_str()), (200, "/"));
    assert_eq!(browser.cookie("surguch-client"), None);
    browser.set_cookie("surguch-client", &token);
    assert!(browser.get("/requests").path.starts_with("/sign-in?to="), "the token is worth nothing any more");
}

#[test]
fn nobody_is_signed_in_by_a_link_and_nobody_is_sent_to_another_site() {
    let bank = Bank::open("");
    let browser = Browser::new(&bank, "en");
    // A staff token is no client.
    browser.set_cookie("surguch-client", &bank.operator);
    assert!(browser.get("/certificates").path.starts_with("/sign-in?to="));
    let late = browser.post("/requests/x/recall", &[]);
    assert_eq!(late.status, 401, "a form that came too late says so");
    let browser = Browser::new(&bank, "en");
    let page = browser.get("/sign-in?to=https://evil.example/");
    let challenge = bank.post("/api/v1/challenge", "", format!("{{\"agent\":{}}}", bank.agent)).json();
    let cms = bank.rogov.sign(challenge["text"].as_str().unwrap().as_bytes());
    let fields = [("challenge", challenge["challenge"].as_str().unwrap()), ("cms", &cms)];
    assert_eq!(browser.submit(&page, "/sign-in", &fields).path, "/certificates");
    assert_eq!(browser.submit(&page, "/sign-in", &fields).status, 409, "the form of before the sign-in is out of date");
}
