//! The certificate machine of domain notes 1.7: its edges as a table, and what a certificate is good for.

use domain::Refusal;
use domain::certificate::{Certificate, CertificateCommand, Progress, Revocation, RevocationReason, Standing, decide};
use domain::time::DAY_MS;

use crate::fixtures::{BEGIN, certificate};
use crate::random::Dice;

fn commands() -> Vec<CertificateCommand> {
    vec![
        CertificateCommand::Deliver,
        CertificateCommand::Install,
        CertificateCommand::Activate,
        CertificateCommand::Supersede { from: BEGIN.plus_ms(14 * DAY_MS) },
        CertificateCommand::Block,
        CertificateCommand::Unblock,
        CertificateCommand::Hold,
        CertificateCommand::Release,
        CertificateCommand::Revoke(RevocationReason::KeyCompromise),
        CertificateCommand::Revoke(RevocationReason::CertificateHold),
    ]
}

/// One certificate of every interesting kind, by its name.
fn kinds() -> Vec<(&'static str, Certificate)> {
    let of = |progress| certificate(1, BEGIN, 100, progress);
    let changed = |change: &dyn Fn(&mut Certificate)| {
        let mut certificate = of(Progress::Active);
        change(&mut certificate);
        certificate
    };
    let revoked = |reason| move |c: &mut Certificate| c.revocation = Some(Revocation { at: BEGIN, reason });
    vec![
        ("issued", of(Progress::Issued)),
        ("delivered", of(Progress::Delivered)),
        ("installed", of(Progress::Installed)),
        ("active", of(Progress::Active)),
        ("blocked", changed(&|c| c.blocked_since = Some(BEGIN))),
        ("on hold", changed(&revoked(RevocationReason::CertificateHold))),
        ("revoked", changed(&revoked(RevocationReason::KeyCompromise))),
        ("in the overlap", changed(&|c| c.superseded_from = Some(BEGIN.plus_ms(DAY_MS)))),
        ("superseded", changed(&|c| c.superseded_from = Some(BEGIN))),
        ("expired", changed(&|c| c.not_after = BEGIN.plus_ms(-1))),
        ("not yet valid", changed(&|c| c.not_before = BEGIN.plus_ms(1))),
    ]
}

#[test]
fn every_edge_of_the_machine() {
    let mut table = String::new();
    for (name, certificate) in kinds() {
        table.push_str(&format!("{name} ({})\n", certificate.standing(BEGIN).name()));
        for command in commands() {
            let outcome = match decide(&certificate, command, BEGIN) {
                Ok((next, event)) => {
                    let event = serde_json::to_string(&event).unwrap();
                    format!("-> {} {}  {event}", next.progress.name(), next.standing(BEGIN).name())
                }
                Err(refusal) => {
                    assert_eq!(refusal, Refusal::CertificateStateDoesNotAllow);
                    "-".to_owned()
                }
            };
            let command = format!("{command:?}");
            let command = command.split([' ', '{']).next().unwrap();
            table.push_str(&format!("  {command:24} {outcome}\n"));
        }
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("certificate-machine", table);
    });
}

#[test]
fn random_steps_never_bring_a_dead_certificate_back() {
    for seed in 0..2_000 {
        let mut dice = Dice::new(seed);
        let mut certificate = certificate(1, BEGIN, 60, Progress::Issued);
        let mut now = BEGIN;
        for _ in 0..40 {
            if dice.one_of(5) {
                now = now.plus_ms(2 * DAY_MS);
            }
            let before = certificate.clone();
            let Ok((next, _)) = decide(&certificate, dice.pick(&commands()), now) else { continue };
            certificate = next;
            assert!(!matches!(before.standing(now), Standing::Revoked | Standing::Expired), "{before:?}");
            assert!(certificate.progress >= before.progress, "the way to the token goes one way");
            assert_eq!((certificate.version, certificate.not_after), (before.version, before.not_after));
            if let (Some(old), new) = (before.superseded_from, certificate.superseded_from) {
                assert!(new.is_some_and(|new| new <= old), "an overlap never grows");
            }
        }
    }
}

#[test]
fn a_released_or_unblocked_certificate_is_as_good_as_before() {
    let active = certificate(1, BEGIN, 100, Progress::Active);
    for (there, back) in [
        (CertificateCommand::Hold, CertificateCommand::Release),
        (CertificateCommand::Block, CertificateCommand::Unblock),
    ] {
        let (away, _) = decide(&active, there, BEGIN).unwrap();
        assert_ne!(away.standing(BEGIN), Standing::Active);
        assert_eq!(decide(&away, back, BEGIN).unwrap().0, active);
    }
}

#[test]
fn a_hold_ends_with_the_certificate() {
    let mut held = certificate(1, BEGIN, 1, Progress::Active);
    held.revocation = Some(Revocation { at: BEGIN, reason: RevocationReason::CertificateHold });
    assert_eq!(held.standing(held.not_after), Standing::Hold);
    assert_eq!(held.standing(held.not_after.plus_ms(1)), Standing::Expired);
}

#[test]
fn words_and_codes_of_reasons_go_round() {
    for reason in RevocationReason::ALL {
        assert_eq!(RevocationReason::from_code(reason.code()), Some(reason));
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
    }
    assert_eq!(RevocationReason::from_code(8), None);
    for step in Progress::ALL {
        assert_eq!(Progress::from_name(step.name()), Some(step));
    }
}
