//! Imports: previewed, whole or not at all, or skipping what is refused; the same folder twice changes nothing the second time.

use std::path::Path;

use domain::actor::Role;
use ra::{ImportFault, ImportMode, ImportReport, StagedState};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::bank::{AGENT, Bank, PreviousAuthority, SIGNATORY_HEADER, command_line, on_both, refused, staff};

fn import(bank: &Bank, folder: &Path, mode: ImportMode) -> ImportReport {
    bank.at(|at| bank.ra.import(&command_line(), AGENT, folder, mode, at)).unwrap()
}

/// A folder with one right client and these extra rows.
fn folder_with(extra_rows: &str) -> (tempfile::TempDir, crate::bank::Client) {
    folder_of("Ivanov Ivan Ivanovich 4", extra_rows)
}

/// A folder with a client whose certificate names them so, and these extra rows.
fn folder_of(common_name: &str, extra_rows: &str) -> (tempfile::TempDir, crate::bank::Client) {
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let previous = PreviousAuthority::new(&mut rng);
    let client = previous.client(common_name, "gost-256-a", 20, "ivanov4@bank-client.test", &mut rng);
    let folder = tempfile::tempdir().unwrap();
    previous.write_import(folder.path(), &[("Иванов Иван Иванович", &client)]);
    let rows = std::fs::read_to_string(folder.path().join("signatories.csv")).unwrap();
    std::fs::write(folder.path().join("signatories.csv"), rows + extra_rows).unwrap();
    (folder, client)
}

#[test]
fn a_preview_counts_and_changes_nothing() {
    on_both(|bank| {
        let (folder, client) = folder_with("");
        let report = import(bank, folder.path(), ImportMode::Preview);
        assert_eq!((report.subscribers, report.certificates, report.authorities, report.applied), (1, 1, 1, false));
        assert_eq!(refused(bank.try_sign_in(&client)), "signer-unknown");
    });
}

#[test]
fn one_refused_row_refuses_the_whole_import_and_all_are_reported() {
    on_both(|bank| {
        let (folder, client) = folder_with(
            "7707704692,none.der,Рогов,Рогова,Роговым,male,директор,Устава,rogov9@bank-client.test,\n\
             7707704693,0.der,Рогов,Рогова,Роговым,male,директор,Устава,rogov9@bank-client.test,\n\
             7707704692,0.der,Рогов,Рогова,Роговым,nobody,директор,Устава,rogov9@bank-client.test,\n\
             too,few,columns\n",
        );
        std::fs::write(folder.path().join("certificates/orphan.der"), b"not DER").unwrap();
        std::fs::write(folder.path().join("authorities/leaf.der"), client.certificate.as_der()).unwrap();
        let report = import(bank, folder.path(), ImportMode::Apply);
        assert!(!report.applied);
        let lines: Vec<_> = report.refused.iter().map(|row| (row.file.as_str(), row.line)).collect();
        assert_eq!(
            lines,
            [
                ("authorities/leaf.der", None),
                ("signatories.csv", Some(3)),
                ("signatories.csv", Some(4)),
                ("signatories.csv", Some(5)),
                ("signatories.csv", Some(6)),
                ("certificates/orphan.der", None),
            ],
            "{:?}",
            report.refused
        );
        assert_eq!(refused(bank.try_sign_in(&client)), "signer-unknown");

        let report = import(bank, folder.path(), ImportMode::ApplySkippingRefused);
        assert!(report.applied && report.certificates == 1);
        bank.sign_in(&client);
    });
}

#[test]
fn the_same_folder_twice_changes_nothing_the_second_time() {
    on_both(|bank| {
        let (folder, client) = folder_with("");
        assert!(import(bank, folder.path(), ImportMode::Apply).applied);
        let again = import(bank, folder.path(), ImportMode::Apply);
        assert_eq!((again.organisations, again.subscribers, again.certificates, again.authorities), (0, 0, 0, 0));
        bank.renewed(&client, "gost-256-a");
    });
}

/// A ten-digit ИНН, by its number.
fn inn(number: u32) -> String {
    let head = format!("{:09}", 770_000_000 + number);
    let weighed =
        head.bytes().zip([2, 4, 10, 3, 5, 9, 4, 6, 8]).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    format!("{head}{}", weighed.sum::<u32>() % 11 % 10)
}

#[test]
fn every_row_of_a_long_list_is_compared_with_the_record() {
    on_both(|bank| {
        let folder = tempfile::tempdir().unwrap();
        let list = |rows: &mut dyn Iterator<Item = (u32, &str)>| {
            let rows = rows.map(|(number, name)| format!("{},{name},Новосибирск\n", inn(number)));
            let text = "inn,name,city\n".to_owned() + &rows.collect::<String>();
            std::fs::write(folder.path().join("organisations.csv"), text).unwrap();
        };
        // More than are looked up at once, some of record between others that are not.
        let of_record = (0..2_500).step_by(3);
        list(&mut of_record.clone().map(|number| (number, "ООО Рогов")));
        assert_eq!(import(bank, folder.path(), ImportMode::Apply).organisations, of_record.len());
        list(&mut (0..2_500).map(|number| (number, if number % 9 == 0 { "ООО Иванов" } else { "ООО Рогов" })));
        let report = import(bank, folder.path(), ImportMode::Preview);
        let differ: Vec<_> = (0..2_500).step_by(9).map(|number| Some(number + 2)).collect();
        let refused = report.refused.iter().inspect(|row| assert_eq!(row.fault, ImportFault::Differs));
        assert_eq!(refused.map(|row| row.line).collect::<Vec<_>>(), differ);
        assert_eq!(report.organisations, 2_500 - of_record.len());
        assert_eq!(report.unchanged, of_record.len() - differ.len());
    });
}

#[test]
fn a_certificate_of_an_authority_that_is_not_in_the_folder_is_refused() {
    on_both(|bank| {
        let (folder, _) = folder_with("");
        std::fs::remove_file(folder.path().join("authorities/previous.der")).unwrap();
        let report = import(bank, folder.path(), ImportMode::Apply);
        assert!(!report.applied);
        assert!(report.refused[0].reason.contains("does not chain"), "{:?}", report.refused);
    });
}

#[test]
fn wrong_numbers_and_spreadsheet_dirt_are_refused_with_their_line() {
    on_both(|bank| {
        let (folder, _) = folder_with("");
        std::fs::write(
            folder.path().join("organisations.csv"),
            "\u{feff}inn,name,city\n7707704692,ООО,Новосибирск\n123,ООО,Москва\n7707704692,Ещё,Москва\n",
        )
        .unwrap();
        let report = import(bank, folder.path(), ImportMode::Preview);
        assert!(
            report.refused.iter().any(|row| row.line == Some(3) && row.reason.contains("ИНН")),
            "{:?}",
            report.refused
        );
        // Semicolons are understood; a record is never changed.
        std::fs::write(folder.path().join("organisations.csv"), "inn;name;city\n7707704692;ООО;Новосибирск\n").unwrap();
        let report = import(bank, folder.path(), ImportMode::Apply);
        assert_eq!((report.applied, report.refused[0].fault), (false, ImportFault::Differs), "{:?}", report.refused);
        std::fs::write(folder.path().join("signatories.csv"), SIGNATORY_HEADER.replace("gender", "sex")).unwrap();
        assert!(!import(bank, folder.path(), ImportMode::Apply).applied);
    });
}

#[test]
fn a_name_of_mixed_alphabets_is_refused_in_a_list_and_in_a_certificate_gets_no_successor() {
    on_both(|bank| {
        let (folder, client) = folder_of("Ivanоv Ivan Ivanovich 4", "");
        let rows = std::fs::read_to_string(folder.path().join("signatories.csv")).unwrap();
        let mixed = rows.replacen("Иванов Иван", "Ивaнов Иван", 1);
        std::fs::write(folder.path().join("signatories.csv"), mixed).unwrap();
        let report = import(bank, folder.path(), ImportMode::Apply);
        let found: Vec<_> = report.refused.iter().map(|row| (row.fault, row.line)).collect();
        assert_eq!((report.applied, found), (false, vec![(ImportFault::MixedAlphabets, Some(2))]), "{report:?}");

        std::fs::write(folder.path().join("signatories.csv"), rows).unwrap();
        assert!(import(bank, folder.path(), ImportMode::Apply).applied);
        let actor = bank.sign_in(&client);
        let created = bank.at(|at| bank.ra.create(&actor, bank.new_request(), at));
        assert_eq!(refused(created), "subject-mixes-alphabets");
    });
}

#[test]
fn only_the_command_line_and_the_ca_administrator_import() {
    on_both(|bank| {
        let (folder, _) = folder_with("");
        let outcome = bank.at(|at| bank.ra.import(&bank.operator, AGENT, folder.path(), ImportMode::Apply, at));
        assert_eq!(refused(outcome), "role-missing");
    });
}

const ORGANISATION: &str = "inn,name,city\n5400000004,ООО «Рогов 9»,Новосибирск\n";

#[test]
fn what_is_confirmed_at_the_desk_is_what_was_looked_at() {
    on_both(|bank| {
        let (administrator, other) = bank.at(|at| {
            let roles = [Role::CaAdministrator];
            (staff(&bank.ra, "Administrator 1", &roles, at), staff(&bank.ra, "Administrator 2", &roles, at))
        });
        let stage = |who: &domain::actor::Actor, into, text: &[u8]| {
            let files = vec![("organisations".to_owned(), "x.csv".to_owned(), text.to_vec())];
            bank.at(|at| bank.ra.stage_import(who, into, files, at))
        };
        assert_eq!(refused(stage(&bank.operator, None, b"")), "role-missing");
        let look = |who: &domain::actor::Actor, id| bank.at(|at| bank.ra.staged_import(who, id, at));
        let previewed = |id| match look(&administrator, id).unwrap().state {
            StagedState::Preview(report, digest) => (report, digest),
            StagedState::Done(outcome) => panic!("{outcome:?}"),
        };
        let confirm =
            |who: &domain::actor::Actor, id, digest: &str| bank.at(|at| bank.ra.confirm_import(who, id, digest, at));

        // Every kind of wrong file is a fault of the preview, and nothing is written.
        for (text, fault, line) in [
            (&b"PK\x03\x04\x00\x00\xff"[..], ImportFault::NotText, None),
            ("inn,name,city\n5400000004,a\0,b\n".as_bytes(), ImportFault::NotText, None),
            (b"inn,name,city\n5400000004,\xce\xce\xce,x\n", ImportFault::NotUtf8, None),
            (b"inn,title,city\n5400000004,OOO,x\n", ImportFault::Header, Some(1)),
            (b"inn,name,city\n5400000004,OOO\n", ImportFault::Row, Some(2)),
            (b"inn,name,city\n5400000005,OOO,x\n", ImportFault::Inn, Some(2)),
            (b"inn,name,city\n5400000004,,x\n", ImportFault::Text, Some(2)),
            ("inn,name,city\n5400000004,\u{202e}OOO,x\n".as_bytes(), ImportFault::Text, Some(2)),
            ("inn,name,city\n5400000004,OOO,\u{200b}x\n".as_bytes(), ImportFault::Text, Some(2)),
            (b"inn,name,city\n5400000004,=cmd|' /C calc'!A0,x\n", ImportFault::Formula, Some(2)),
            (b"inn,name,city\n5400000004,@SUM(A1),x\n", ImportFault::Formula, Some(2)),
            // The letter in the middle is Cyrillic.
            ("inn,name,city\n5400000004,OОO,x\n".as_bytes(), ImportFault::MixedAlphabets, Some(2)),
            // And Greek.
            ("inn,name,city\n5400000004,O\u{39f}O,x\n".as_bytes(), ImportFault::MixedAlphabets, Some(2)),
            (b"inn,name,city\n7707704692,Other,x\n", ImportFault::Differs, Some(2)),
        ] {
            let id = stage(&administrator, None, text).unwrap();
            let (report, digest) = previewed(id);
            let found: Vec<_> = report.refused.iter().map(|row| (row.fault, row.line)).collect();
            assert_eq!(found, [(fault, line)], "{:?}", report.refused);
            assert_eq!(refused(confirm(&administrator, id, &digest)), "changed-meanwhile", "nothing to take");
        }
        let twice = format!("{ORGANISATION}5400000004,ООО,Москва\n");
        let id = stage(&administrator, None, twice.as_bytes()).unwrap();
        let (report, _) = previewed(id);
        assert_eq!(
            (report.organisations, report.refused[0].fault, report.refused[0].line),
            (1, ImportFault::Twice, Some(3))
        );

        // The file exchanged after the look: another digest. Nobody else sees or takes it.
        let (_, old) = previewed(id);
        stage(&administrator, Some(id), ORGANISATION.as_bytes()).unwrap();
        assert_eq!(refused(confirm(&administrator, id, &old)), "changed-meanwhile");
        let (report, digest) = previewed(id);
        assert_eq!((report.organisations, report.unchanged, report.refused.len()), (1, 0, 0));
        assert_eq!(refused(look(&other, id).map(drop)), "not-found");
        assert_eq!(refused(confirm(&other, id, &digest)), "not-found");
        assert_eq!(refused(stage(&other, Some(id), b"")), "not-found");

        // Two at once: the slower one's look is worth nothing any more, and shows why.
        let theirs = stage(&other, None, ORGANISATION.as_bytes()).unwrap();
        let StagedState::Preview(_, their_digest) = look(&other, theirs).unwrap().state else { panic!("a preview") };
        for _ in 0..2 {
            confirm(&administrator, id, &digest).unwrap();
        }
        let StagedState::Done(outcome) = look(&administrator, id).unwrap().state else { panic!("done") };
        assert_eq!((outcome.organisations, outcome.subscribers, outcome.skipped), (1, 0, 0));
        assert_eq!(refused(confirm(&other, theirs, &their_digest)), "changed-meanwhile");
        let StagedState::Preview(report, _) = look(&other, theirs).unwrap().state else { panic!("a preview") };
        assert_eq!((report.organisations, report.unchanged), (0, 1));
        let imported = bank.journal().iter().filter(|row| row.to_string().contains("\"imported\"")).count();
        assert_eq!(imported, 2, "the bank's own and this one");

        // Kept for a day.
        bank.wait_ms(25 * 3_600_000);
        bank.at(|at| bank.ra.tend(at)).unwrap();
        assert_eq!(refused(look(&administrator, id).map(drop)), "not-found");
        bank.journal_holds();
    });
}
