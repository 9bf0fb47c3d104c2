//! Procedures are data: an invented sixth bank's runs through the same verbs, and a changed file never rewrites history.

use domain::request::StageName;
use ra::ProcedureFolder;

use crate::bank::{AGENT, Backend, Bank, refused};

/// «Шестой банк»: two people review, there is no act, the certificate goes into service on proof, and the old one ends at once.
const SIXTH: &str = r#"
kind = "reissue"
entry = "service/certificates"
login = "certificate"
editable = []
earliest_start = "any"
medium = ["directory"]
proof = "current-key"
application = "none"
review = { by = ["operator", "security-officer"], second_person = true, target = "next working day 11:00" }
delivery = { mailed-link = { life = "2d" } }
activation = "on-install"
predecessor = { becomes = "superseded", overlap = "0d" }
profile = "client-gost-2012"
request_life = "10d"
notices = ["activated"]
"#;

pub(crate) fn sixth() -> (String, ProcedureFolder) {
    let folder = ProcedureFolder {
        name: "sixth-bank".to_owned(),
        path: "sixth-bank".to_owned(),
        toml: SIXTH.to_owned(),
        act_template: None,
        act_person_template: None,
    };
    (folder.name.clone(), folder)
}

fn on_both(run: impl Fn(&Bank)) {
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let (name, folder) = sixth();
        run(&Bank::open_with(backend, name, vec![folder]));
    }
}

#[test]
fn an_invented_sixth_procedure_runs_untouched() {
    on_both(|bank| {
        let (card, key) = bank.submitted(&bank.rogov, "gost-512-b");
        let first = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        assert_eq!(first.stage, StageName::InReview);
        // The same person twice is a second click, not a second approval.
        let again = bank.at(|at| bank.ra.approve(&bank.operator, card.id, first.version, at));
        assert_eq!(refused(again), "second-person-required");
        bank.at(|at| bank.ra.approve(&bank.second_operator, card.id, first.version, at)).unwrap();
        let letters = bank.work();
        let code = crate::bank::link_code(letters.iter().find(|letter| letter.link.is_some()).unwrap());
        assert_eq!(refused(bank.at(|at| bank.ra.sign_act(AGENT, &code, b"", at))), "act-absent");
        let (delivered, new_client) = bank.take(&code, key, "");
        let card = bank.prove(&new_client, &code, &delivered.challenge).unwrap();
        assert_eq!(card.stage, StageName::InService);
        bank.wait_ms(1);
        assert_eq!(refused(bank.try_sign_in(&bank.rogov)), "certificate-superseded");
        bank.sign_in(&new_client);
        bank.journal_holds();
    });
}

#[test]
fn a_running_request_keeps_the_procedure_it_began_under() {
    for backend in [Some(Backend::Sqlite), Backend::postgres()].into_iter().flatten() {
        let (name, folder) = sixth();
        let mut bank = Bank::open_with(backend, name, vec![folder]);
        let (card, _) = bank.submitted(&bank.rogov, "gost-256-a");
        // The bank drops the second person; who began before still needs two.
        bank.change_procedure(&SIXTH.replace("second_person = true", "second_person = false"));
        let first = bank.at(|at| bank.ra.approve(&bank.operator, card.id, card.version, at)).unwrap();
        assert_eq!(first.stage, StageName::InReview);
        let (other, _) = bank.submitted(&bank.ivanov, "gost-256-a");
        let at_once = bank.at(|at| bank.ra.approve(&bank.operator, other.id, other.version, at)).unwrap();
        assert_eq!(at_once.stage, StageName::Approved);
    }
}

#[test]
fn a_bad_folder_keeps_the_server_from_starting_and_says_where() {
    let (name, mut folder) = sixth();
    folder.toml = SIXTH.replace("\"reissue\"", "\"re-issue\"");
    let outcome = std::panic::catch_unwind(|| Bank::open_with(Backend::Sqlite, name, vec![folder]));
    let message = *outcome.err().unwrap().downcast::<String>().unwrap();
    assert!(message.contains("sixth-bank/procedure.toml") && message.contains(":2"), "{message}");
}
