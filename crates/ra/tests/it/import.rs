//! Imports: previewed, whole or not at all, or skipping what is refused; the same folder twice changes nothing the second time.

use std::path::Path;

use ra::{ImportMode, ImportReport};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::bank::{AGENT, Bank, PreviousAuthority, SIGNATORY_HEADER, command_line, on_both, refused};

fn import(bank: &Bank, folder: &Path, mode: ImportMode) -> ImportReport {
    bank.at(|at| bank.ra.import(&command_line(), AGENT, folder, mode, at)).unwrap()
}

/// A folder with one right client and these extra rows.
fn folder_with(extra_rows: &str) -> (tempfile::TempDir, crate::bank::Client) {
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let previous = PreviousAuthority::new(&mut rng);
    let client = previous.client("Ivanov Ivan Ivanovich 4", "gost-256-a", 20, "ivanov4@bank-client.test", &mut rng);
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
        std::fs::write(folder.path().join("organisations.csv"), "inn;name;city\n7707704692;ООО;Новосибирск\n").unwrap();
        assert!(!import(bank, folder.path(), ImportMode::Apply).applied);
        std::fs::write(folder.path().join("signatories.csv"), SIGNATORY_HEADER.replace("gender", "sex")).unwrap();
        assert!(!import(bank, folder.path(), ImportMode::Apply).applied);
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
