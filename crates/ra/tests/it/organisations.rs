//! One person with several organisations: joined by both certificates, looked at one at a time, signed for by each one's own.

use domain::actor::{Actor, Role};
use ra::{Failure, ImportMode, Password};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::bank::{AGENT, Bank, Client, PreviousAuthority, command_line, on_both, refused, staff};

/// Somebody of this name of record at a second organisation.
fn at_another_organisation(bank: &Bank, named: &str) -> Client {
    let mut rng = ChaCha20Rng::seed_from_u64(81);
    let previous = PreviousAuthority::new(&mut rng);
    let client =
        previous.client(&format!("At another {}", named.len()), "gost-256-a", 20, "second@bank-client.test", &mut rng);
    let folder = tempfile::tempdir().unwrap();
    previous.write_import(folder.path(), &[(named, &client)]);
    for (file, from, to) in [
        ("organisations.csv", "«ооо»", "«Вторая»"),
        ("organisations.csv", "7707704692", "5400000004"),
        ("signatories.csv", "7707704692", "5400000004"),
    ] {
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(from, to)).unwrap();
    }
    let report = bank.at(|at| bank.ra.import(&command_line(), AGENT, folder.path(), ImportMode::Apply, at)).unwrap();
    assert!(report.applied, "{report:?}");
    client
}

fn token(bank: &Bank, client: &Client) -> String {
    bank.at(|at| {
        let challenge = bank.ra.challenge(AGENT, at)?;
        let cms = client.sign(&challenge.text, at);
        bank.ra.sign_in(challenge.id, &cms, at)
    })
    .map(|signed_in| signed_in.token)
    .unwrap()
}

fn actor(bank: &Bank, token: &str) -> Result<Actor, Failure> {
    bank.at(|at| bank.ra.subscriber(token, at))
}

#[test]
fn another_organisation_of_the_same_person_is_absent_until_it_is_joined_and_chosen() {
    on_both(|bank| {
        let second = at_another_organisation(bank, "Рогов Иван Петрович");
        let (at_first, at_second) = (token(bank, &bank.rogov), token(bank, &second));
        let (first, other) = (actor(bank, &at_first).unwrap(), actor(bank, &at_second).unwrap());
        let card = bank.create(&other);
        let certificate = bank.at(|at| bank.ra.certificates_of(&other, at)).unwrap()[0].id;
        let id = other.subscriber_id().unwrap();
        let choose = |by: &Actor, token: &str, wanted| {
            bank.at(|at| bank.ra.choose_organisation(by, token, wanted, at)).map(|chosen| chosen.token)
        };
        let sees = |by: &Actor| bank.at(|at| bank.ra.request(by, card.id, at)).map(|card| card.id);
        assert_eq!(refused(choose(&first, &at_first, id)), "not-found", "a name proves nothing");
        assert_eq!(bank.ra.acts_for(&first).unwrap().len(), 1);

        bank.at(|at| bank.ra.join_organisations(&first, &other, at)).unwrap();
        bank.at(|at| bank.ra.join_organisations(&first, &other, at)).unwrap();
        let names: Vec<_> =
            bank.ra.acts_for(&first).unwrap().into_iter().map(|one| one.organisation.unwrap().0).collect();
        assert_eq!(names, ["ООО «ооо»", "ООО «Вторая»"]);
        // Joined is not chosen: what is of the other one is still absent.
        assert_eq!(refused(sees(&first)), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.hold(&first, certificate, at)).map(drop)), "not-found");
        assert!(bank.at(|at| bank.ra.requests_of(&first, at)).unwrap().is_empty());

        // Chosen, it is looked at and nothing else; what is of the first one is absent now.
        let own = bank.create(&first);
        let looking = choose(&first, &at_first, id).unwrap();
        assert_eq!(refused(actor(bank, &at_first)), "sign-in-required", "one sign-in, one organisation");
        let reader = actor(bank, &looking).unwrap();
        assert_eq!(reader, Actor::Reader { id, agent_id: AGENT });
        assert_eq!(sees(&reader).unwrap(), card.id);
        assert_eq!(refused(bank.at(|at| bank.ra.request(&reader, own.id, at)).map(drop)), "not-found");
        assert_eq!(refused(bank.at(|at| bank.ra.recall(&reader, card.id, at)).map(drop)), "certificate-sign-in-needed");
        assert_eq!(
            refused(bank.at(|at| bank.ra.hold(&reader, certificate, at)).map(drop)),
            "certificate-sign-in-needed"
        );
        // Back, and it is the certificate's own again.
        let back = choose(&reader, &looking, first.subscriber_id().unwrap()).unwrap();
        assert_eq!(actor(bank, &back).unwrap(), first);
        bank.at(|at| bank.ra.recall(&first, own.id, at)).unwrap();

        // Separated, nothing remains of it.
        let looking = choose(&first, &back, id).unwrap();
        bank.at(|at| bank.ra.leave_organisations(&first, "", at)).unwrap();
        assert_eq!(refused(actor(bank, &looking)), "sign-in-required");
        assert_eq!(actor(bank, &at_second).unwrap(), other);
        assert_eq!(bank.ra.acts_for(&other).unwrap().len(), 1);
        bank.journal_holds();
    });
}

#[test]
fn nobody_becomes_another_person_by_a_key_that_was_lent() {
    on_both(|bank| {
        let namesake = at_another_organisation(bank, "Иванов Иван Иванович");
        let (rogov, other) = (bank.sign_in(&bank.rogov), bank.sign_in(&namesake));
        let join = |one: &Actor, other: &Actor| bank.at(|at| bank.ra.join_organisations(one, other, at));
        assert_eq!(refused(join(&rogov, &other)), "signer-not-owner");
        // A look is no proof, on either side.
        let ivanov = bank.sign_in(&bank.ivanov);
        let reader = Actor::Reader { id: other.subscriber_id().unwrap(), agent_id: AGENT };
        assert_eq!(refused(join(&ivanov, &reader)), "certificate-sign-in-needed");
        assert_eq!(refused(join(&reader, &ivanov)), "certificate-sign-in-needed");
        join(&ivanov, &other).unwrap();
    });
}

#[test]
fn a_bar_of_either_signatory_ends_the_look_from_one_at_the_other() {
    on_both(|bank| {
        let second = at_another_organisation(bank, "Рогов Иван Петрович");
        let (at_first, other) = (token(bank, &bank.rogov), bank.sign_in(&second));
        let first = actor(bank, &at_first).unwrap();
        bank.at(|at| bank.ra.join_organisations(&first, &other, at)).unwrap();
        let id = other.subscriber_id().unwrap();
        let looking = bank.at(|at| bank.ra.choose_organisation(&first, &at_first, id, at)).unwrap().token;
        let person =
            bank.at(|at| bank.ra.desk_person(&bank.operator, first.subscriber_id().unwrap(), at)).unwrap().record;
        bank.at(|at| bank.ra.bar(&bank.operator, person.id, person.version, true, "x", at)).unwrap();
        assert_eq!(refused(actor(bank, &looking)), "subscriber-barred");

        // A password opens the other organisation, too, as far as it opens anything.
        let ra = bank.reopened_with(|agent| format!("subscriber_password = \"password\"\n{agent}"));
        let own = || Password::new(b"four words of rogov".to_vec());
        bank.at(|at| ra.set_own_password(&other, "", "rogov", (&own(), &own()), at)).unwrap();
        let ra::PasswordEntered::SignedIn(signed_in) =
            bank.at(|at| ra.password_sign_in(AGENT, "rogov", &own(), "", at)).unwrap()
        else {
            panic!("a password of one's own")
        };
        let reader = bank.at(|at| ra.subscriber(&signed_in.token, at)).unwrap();
        let barred = bank.at(|at| ra.choose_organisation(&reader, &signed_in.token, person.id, at));
        assert_eq!(refused(barred.map(drop)), "subscriber-barred");
        let person = bank.at(|at| ra.desk_person(&bank.operator, person.id, at)).unwrap().record;
        bank.at(|at| ra.bar(&bank.operator, person.id, person.version, false, "x", at)).unwrap();
        let chosen = bank.at(|at| ra.choose_organisation(&reader, &signed_in.token, person.id, at)).unwrap();
        let looks = bank.at(|at| ra.subscriber(&chosen.token, at)).unwrap();
        assert_eq!(looks, Actor::Reader { id: person.id, agent_id: AGENT });
        bank.at(|at| ra.leave_organisations(&other, "", at)).unwrap();
        assert_eq!(refused(bank.at(|at| ra.subscriber(&chosen.token, at))), "sign-in-required");
    });
}

#[test]
fn whatever_ends_a_password_ends_what_it_opened_wherever_that_looks() {
    on_both(|bank| {
        let second = at_another_organisation(bank, "Рогов Иван Петрович");
        let (first, other) = (bank.sign_in(&bank.rogov), bank.sign_in(&second));
        bank.at(|at| bank.ra.join_organisations(&first, &other, at)).unwrap();
        let ra = bank.reopened_with(|agent| format!("subscriber_password = \"password\"\n{agent}"));
        let [id, elsewhere] = [&first, &other].map(|actor| actor.subscriber_id().unwrap());
        let own = |text: &str| Password::new(text.as_bytes().to_vec());
        let set = |text: &str| {
            bank.at(|at| ra.set_own_password(&first, "", "rogov", (&own(""), &own(text)), at)).unwrap();
        };
        let entered = |text: &str| {
            let ra::PasswordEntered::SignedIn(signed_in) =
                bank.at(|at| ra.password_sign_in(AGENT, "rogov", &own(text), "", at)).unwrap()
            else {
                panic!("a password of one's own")
            };
            signed_in.token
        };
        let actor = |token: &str| bank.at(|at| ra.subscriber(token, at));
        let choose = |token: &str, wanted| {
            let reader = actor(token).unwrap();
            bank.at(|at| ra.choose_organisation(&reader, token, wanted, at)).map(|chosen| chosen.token)
        };
        // By the password of the first the second is looked at.
        let looking = |text: &str| {
            let token = choose(&entered(text), elsewhere).unwrap();
            assert_eq!(actor(&token).unwrap(), Actor::Reader { id: elsewhere, agent_id: AGENT });
            token
        };
        let (text, another) = ("four words of rogov", "five other words of rogov");

        // Changed: by certificate, and in a sign-in by the password itself, which stays.
        set(text);
        let token = looking(text);
        set(another);
        assert_eq!(refused(actor(&token)), "sign-in-required");
        let (token, here) = (looking(another), entered(another));
        let reader = actor(&here).unwrap();
        bank.at(|at| ra.set_own_password(&reader, &here, "", (&own(another), &own(text)), at)).unwrap();
        assert_eq!(refused(actor(&token)), "sign-in-required");
        assert_eq!(actor(&here).unwrap(), reader);

        // Taken away, and replaced by the desk.
        let token = looking(text);
        bank.at(|at| ra.remove_own_password(&first, at)).unwrap();
        assert_eq!(refused(actor(&token)), "sign-in-required");
        set(text);
        let token = looking(text);
        let clerk = bank.at(|at| staff(&ra, "Рогов 7", &[Role::BranchClerk], at));
        crate::passwords::hand_out(bank, &ra, &clerk, id).map(drop).unwrap();
        assert_eq!(refused(actor(&token)), "sign-in-required");

        // Whose password it is, is barred.
        set(text);
        let token = looking(text);
        let bar = |barred| {
            let person = bank.at(|at| ra.desk_person(&bank.operator, id, at)).unwrap().record;
            bank.at(|at| ra.bar(&bank.operator, id, person.version, barred, "x", at)).unwrap();
        };
        bar(true);
        assert_eq!(refused(actor(&token)), "subscriber-barred");
        bar(false);
        // Back at the first one it is what it was, and what becomes of a password of the second one is nothing to it.
        let token = choose(&token, id).unwrap();
        assert_eq!(actor(&token).unwrap(), Actor::Reader { id, agent_id: AGENT });
        bank.at(|at| ra.remove_own_password(&other, at)).unwrap();
        let token = choose(&token, elsewhere).unwrap();
        bank.at(|at| ra.leave_organisations(&other, "", at)).unwrap();
        assert_eq!(refused(actor(&token)), "sign-in-required");
        bank.journal_holds();
    });
}
