//! Lists of revoked certificates: what they say, what may not be put on them, and who may not vanish from them.

use ca::{CrlObjection, PreviousCrl, build_crl, crl_guard};
use crypto::{Crl, RevokedEntry};

use crate::bank::{self, NOW};

const DAY: i64 = 86_400;

fn entry(serial: &[u8], revoked_at: i64, reason: Option<u8>) -> RevokedEntry {
    RevokedEntry { serial: serial.to_vec(), revoked_at, reason }
}

fn build(revoked: Vec<RevokedEntry>) -> Result<Crl, String> {
    let der = build_crl(bank::issuing(), 7, revoked, NOW, NOW + DAY, &mut bank::rng(30))
        .map_err(|error| error.to_string())?;
    Ok(Crl::from_der(&der).unwrap())
}

#[test]
fn an_empty_list_is_a_list() {
    let crl = build(Vec::new()).unwrap();
    assert!(crl.revoked().is_empty());
    assert_eq!(crl.number(), Some(vec![7]));
    assert_eq!((crl.this_update(), crl.next_update()), (NOW, NOW + DAY));
    let extensions: Vec<&str> = crl.extensions().iter().map(|extension| extension.oid.as_str()).collect();
    assert_eq!(extensions, ["2.5.29.35", "2.5.29.20"]);
    crl.verify_issued_by(&bank::issuing().certificate).unwrap();
    assert!(crl.verify_issued_by(&bank::root().certificate).is_err());
}

#[test]
fn entries_are_sorted_by_number_and_unspecified_is_left_out() {
    let der = build_crl(
        bank::issuing(),
        u64::MAX,
        vec![
            entry(&[0x7f; 20], NOW, Some(4)),
            entry(&[2], NOW - 5, Some(0)),
            entry(&[0, 0, 0xff], NOW - 4, Some(6)),
            entry(&[1, 0], NOW - 3, None),
        ],
        NOW,
        NOW + DAY,
        &mut bank::rng(31),
    )
    .unwrap();
    let crl = Crl::from_der(&der).unwrap();
    let expected = [
        entry(&[2], NOW - 5, None),
        entry(&[0xff], NOW - 4, Some(6)),
        entry(&[1, 0], NOW - 3, None),
        entry(&[0x7f; 20], NOW, Some(4)),
    ];
    assert_eq!(crl.revoked(), expected);
    assert_eq!(crl.number(), Some(vec![0xff; 8]));
    assert_eq!(crl.contains(&[0xff]).unwrap().reason, Some(6));
    // crypto sorts what it reads, so the order of writing is looked up in the bytes.
    let position = |serial: &[u8]| der.windows(serial.len()).position(|window| window == serial).unwrap();
    assert!(position(&[0x02, 0x01, 0x02]) < position(&[0x02, 0x02, 0x00, 0xff]));
    assert!(position(&[0x02, 0x02, 0x00, 0xff]) < position(&[0x02, 0x02, 0x01, 0x00]));
    assert!(position(&[0x02, 0x02, 0x01, 0x00]) < position(&[0x7f; 20]));
}

#[test]
fn what_has_no_place_on_a_list_is_refused() {
    let refused = |revoked: Vec<RevokedEntry>, reason: &str| {
        let error = build(revoked).unwrap_err();
        assert!(error.contains(reason), "{error}");
    };
    refused(vec![entry(&[0, 0], NOW, None)], "zero");
    refused(vec![entry(&[], NOW, None)], "zero");
    refused(vec![entry(&[5], NOW, None), entry(&[0, 5], NOW, None)], "twice");
    refused(vec![entry(&[5], NOW + 1, None)], "after thisUpdate");
    for reason in [7, 8, 11] {
        refused(vec![entry(&[5], NOW, Some(reason))], "no place");
    }
    let dates =
        |this: i64, next: i64| build_crl(bank::issuing(), 1, Vec::new(), this, next, &mut bank::rng(32)).is_err();
    assert!(dates(NOW, NOW));
    assert!(dates(bank::MADE - 1, NOW));
    assert!(dates(bank::issuing().certificate.not_after() + 1, bank::issuing().certificate.not_after() + 2));
}

#[test]
fn a_list_keeps_its_dates_across_2050() {
    let authorities = bank::create_all(&bank::file("demo/ca.toml"), 2_366_841_600);
    let year_2050 = 2_524_608_000;
    let revoked = vec![entry(&[1], year_2050 - 1, Some(1)), entry(&[2], year_2050, Some(1))];
    let der = build_crl(&authorities[1], 1, revoked.clone(), year_2050, year_2050 + DAY, &mut bank::rng(33)).unwrap();
    assert_eq!(Crl::from_der(&der).unwrap().revoked(), revoked);
    crate::openssl::check_crl(&authorities[1], &der).unwrap();
}

#[test]
fn nobody_vanishes_before_his_time() {
    let expires = |_: &[u8]| Some(NOW + 10);
    let guard = |old: &[RevokedEntry], old_made: i64, new: &[RevokedEntry], released: bool| {
        let previous = PreviousCrl { entries: old, this_update: old_made };
        crl_guard(previous, new, old_made + 100, expires, |_| released)
    };
    let final_one = entry(&[0, 5], NOW - 50, Some(1));
    let hold = entry(&[6], NOW - 50, Some(6));
    let vanished = |serial: u8| Err(vec![CrlObjection::Vanished { serial: vec![serial] }]);
    let old = [final_one.clone()];
    assert_eq!(guard(&old, NOW, &old, false), Ok(()));
    assert_eq!(guard(&old, NOW, &[entry(&[5], NOW - 50, Some(1)), hold.clone()], false), Ok(()), "others may come");
    assert_eq!(guard(&old, NOW, &[], false), vanished(5));
    assert_eq!(guard(&old, NOW, &[], true), vanished(5), "a final revocation is never released");
    assert_eq!(
        guard(&old, NOW + 10, &[], false),
        vanished(5),
        "the published list was made in the last second of the certificate"
    );
    assert_eq!(guard(&old, NOW + 11, &[], false), Ok(()), "it has stood in a list made after its certificate's end");
    assert_eq!(guard(std::slice::from_ref(&hold), NOW, &[], false), vanished(6));
    assert_eq!(guard(std::slice::from_ref(&hold), NOW, &[], true), Ok(()));
    let previous = PreviousCrl { entries: &old, this_update: NOW + 1_000 };
    assert!(crl_guard(previous, &[], NOW + 2_000, |_| None, |_| true).is_err(), "an unreadable source empties nothing");
}

#[test]
fn a_final_revocation_is_not_rewritten_and_time_does_not_go_back() {
    let guard = |old: RevokedEntry, new: RevokedEntry, now: i64| {
        crl_guard(PreviousCrl { entries: &[old], this_update: NOW }, &[new], now, |_| Some(NOW + DAY), |_| false)
    };
    let changed = Err(vec![CrlObjection::Changed { serial: vec![5] }]);
    let with = |at: i64, reason: u8| entry(&[5], at, Some(reason));
    assert_eq!(guard(with(NOW - 9, 6), with(NOW + 1, 1), NOW + 2), Ok(()), "a hold may become final");
    assert_eq!(guard(with(NOW - 9, 1), with(NOW - 9, 6), NOW + 2), changed);
    assert_eq!(guard(with(NOW - 9, 1), with(NOW - 8, 1), NOW + 2), changed);
    assert_eq!(guard(with(NOW - 9, 1), with(NOW - 9, 1), NOW - 1), Err(vec![CrlObjection::WentBack]));
}
