//! The support code: what was seen comes back, and nothing else passes for it.

use pkcs11::workplace::{
    AttemptsSeen, CertificateSeen, Finding, FindingCode, KeySeen, MediumSeen, ModuleSeen, Picture, PinSeen, PlaceKind,
    carried, decode, encode,
};

#[test]
fn every_picture_comes_back_out_of_its_code_and_a_changed_letter_is_found() {
    let pin = |attempts, factory| PinSeen { attempts, factory, must_change: factory == Some(true) };
    let picture = Picture {
        component: "0.1.0".into(),
        system: "linux".into(),
        at: 1_795_900_000,
        clock_ahead_seconds: Some(-17),
        modules: vec![ModuleSeen { file: "librtpkcs11ecp.so".into(), version: "2.6".into(), exact_counters: true }],
        empty_readers: 3,
        media: vec![MediumSeen {
            kind: PlaceKind::Token,
            maker: "очень длинное имя изготовителя, длиннее тридцати двух октетов".into(),
            model: "Rutoken ECP".into(),
            serial_end: "5432".into(),
            firmware: "23.2".into(),
            pin: pin(AttemptsSeen::Left(u32::MAX), Some(true)),
            so_pin: pin(AttemptsSeen::Locked, None),
            memory_kib: Some(u64::MAX),
            free_kib: None,
            algorithms: vec!["gost-256".into()],
            keys: vec![KeySeen {
                algorithm: "gost-2001-cp-a".into(),
                hash_begin: "01234567".into(),
                has_key: true,
                certificate: Some(CertificateSeen { not_before: i64::MIN, not_after: i64::MAX }),
            }],
        }],
        findings: FindingCode::ALL
            .iter()
            .take(20)
            .map(|code| Finding { code: *code, medium: Some(0), detail: "x".into() })
            .collect(),
    };
    let code = encode(&picture);
    let mut expected = carried(&picture);
    // Options carry the number plus one; the largest of all is cut.
    expected.media[0].memory_kib = Some(u64::MAX - 1);
    assert_eq!(decode(&code).unwrap(), expected);
    assert!(expected.media[0].maker.len() <= 32);
    for at in 4..code.len() {
        let mut letters: Vec<u8> = code.bytes().collect();
        if letters[at] == b'-' {
            continue;
        }
        letters[at] = if letters[at] == b'7' { b'8' } else { b'7' };
        decode(&String::from_utf8(letters).unwrap()).unwrap_err();
        let cut = decode(&code[..at]);
        assert!(cut.is_err(), "cut at {at}");
    }
    for (text, wrong) in
        [("", "not a support code"), ("SD2-AAAAA", "another version"), ("SD1-", "incomplete"), ("SD1-U", "incomplete")]
    {
        assert!(decode(text).unwrap_err().to_string().contains(wrong), "{text}");
    }
}
