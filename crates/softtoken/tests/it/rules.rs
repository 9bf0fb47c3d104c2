//! The rules of the standard, one after the other: each wrong use has its code, each right one its effect.

use cryptoki_sys::*;
use surguch_softtoken::folder::{self, Folder, NewCard};
use surguch_softtoken::numbers::*;
use surguch_softtoken::pin::Policy;

use crate::cards::{SO, USER};
use crate::raw::{NO, Template, Token, YES};

/// DER of the identifiers templates carry.
const CRYPTO_PRO_A: &[u8] = &[0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x23, 0x01];
const TC26_256_A: &[u8] = &[0x06, 0x09, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01, 0x01, 0x01];
const TC26_512_C: &[u8] = &[0x06, 0x09, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01, 0x02, 0x03];
const HASH_94: &[u8] = &[0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x1e, 0x01];
const HASH_256: &[u8] = &[0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x02];
const HASH_512: &[u8] = &[0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x03];
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

fn user(token: &Token) -> CK_SESSION_HANDLE {
    let session = token.open(true).unwrap();
    token.login(session, CKU_USER, USER).unwrap();
    session
}

fn ec_pair(token: &Token, session: CK_SESSION_HANDLE, id: &[u8]) -> [CK_OBJECT_HANDLE; 2] {
    let public: &Template<'_> = &[(CKA_EC_PARAMS, P256), (CKA_TOKEN, YES), (CKA_ID, id)];
    token.generate(session, CKM_EC_KEY_PAIR_GEN, public, &[(CKA_TOKEN, YES), (CKA_ID, id)]).unwrap()
}

/// The classes as octets, as C hands them over.
static CLASSES: [[u8; size_of::<CK_OBJECT_CLASS>()]; 5] = [
    CKO_DATA.to_ne_bytes(),
    CKO_CERTIFICATE.to_ne_bytes(),
    CKO_PUBLIC_KEY.to_ne_bytes(),
    CKO_PRIVATE_KEY.to_ne_bytes(),
    CKO_SECRET_KEY.to_ne_bytes(),
];

fn class(class: CK_OBJECT_CLASS) -> (CK_ATTRIBUTE_TYPE, &'static [u8]) {
    (CKA_CLASS, &CLASSES[class as usize])
}

#[test]
fn nothing_works_before_initialize_and_initialize_works_once() {
    let token = Token::asleep();
    assert_eq!(token.slots(), Err(CKR_CRYPTOKI_NOT_INITIALIZED));
    assert_eq!(token.open(true), Err(CKR_CRYPTOKI_NOT_INITIALIZED));
    assert_eq!(token.finalize(), Err(CKR_CRYPTOKI_NOT_INITIALIZED));
    token.initialize().unwrap();
    assert_eq!(token.initialize(), Err(CKR_CRYPTOKI_ALREADY_INITIALIZED));
    let session = token.open(true).unwrap();
    token.finalize().unwrap();
    token.initialize().unwrap();
    assert_eq!(token.state(session), Err(CKR_SESSION_HANDLE_INVALID), "sessions end with the library");
}

#[test]
fn logins_follow_the_standards_table() {
    let token = Token::fresh();
    let ro = token.open(false).unwrap();
    let rw = token.open(true).unwrap();
    assert_eq!(token.state(ro), Ok(CKS_RO_PUBLIC_SESSION));
    assert_eq!(token.state(rw), Ok(CKS_RW_PUBLIC_SESSION));
    assert_eq!(token.login(rw, CKU_SO, SO), Err(CKR_SESSION_READ_ONLY_EXISTS));
    assert_eq!(token.login(rw, 7, USER), Err(CKR_USER_TYPE_INVALID));
    assert_eq!(token.login(rw, CKU_CONTEXT_SPECIFIC, USER), Err(CKR_OPERATION_NOT_INITIALIZED));
    assert_eq!(token.logout(rw), Err(CKR_USER_NOT_LOGGED_IN));
    token.login(ro, CKU_USER, USER).unwrap();
    assert_eq!(token.state(ro), Ok(CKS_RO_USER_FUNCTIONS));
    assert_eq!(token.state(rw), Ok(CKS_RW_USER_FUNCTIONS), "a login is the application's");
    assert_eq!(token.login(rw, CKU_USER, USER), Err(CKR_USER_ALREADY_LOGGED_IN));
    assert_eq!(token.login(rw, CKU_SO, SO), Err(CKR_USER_ANOTHER_ALREADY_LOGGED_IN));
    assert_eq!(token.init_pin(rw, USER), Err(CKR_USER_NOT_LOGGED_IN));
    assert_eq!(token.unblock(rw), Err(CKR_USER_NOT_LOGGED_IN));
    assert_eq!(token.init_token(SO), Err(CKR_SESSION_EXISTS));
    token.logout(ro).unwrap();
    token.close(ro).unwrap();
    token.login(rw, CKU_SO, SO).unwrap();
    assert_eq!(token.state(rw), Ok(CKS_RW_SO_FUNCTIONS));
    assert_eq!(token.open(false), Err(CKR_SESSION_READ_WRITE_SO_EXISTS));
    token.close(rw).unwrap();
    let rw = token.open(true).unwrap();
    assert_eq!(token.state(rw), Ok(CKS_RW_PUBLIC_SESSION), "the last session takes the login with it");
    assert_eq!(token.close(12345), Err(CKR_SESSION_HANDLE_INVALID));
}

#[test]
fn exact_counters_go_down_and_come_back() {
    let token = Token::fresh();
    let session = token.open(true).unwrap();
    let left = || {
        let info = token.extended_info(256).unwrap();
        (info.ulUserRetryCountLeft, info.ulAdminRetryCountLeft)
    };
    assert_eq!(left(), (10, 10));
    for wrong in 1..10 {
        assert_eq!(token.login(session, CKU_USER, "00000000"), Err(CKR_PIN_INCORRECT));
        assert_eq!(left(), (10 - wrong, 10));
    }
    // What no PIN can be costs nothing.
    assert_eq!(token.login(session, CKU_USER, ""), Err(CKR_PIN_LEN_RANGE));
    assert_eq!(token.login(session, CKU_USER, &"0".repeat(250)), Err(CKR_PIN_LEN_RANGE));
    assert_eq!(left(), (1, 10));
    token.login(session, CKU_USER, USER).unwrap();
    assert_eq!(left(), (10, 10));
    token.logout(session).unwrap();
    for _ in 0..10 {
        assert_eq!(token.login(session, CKU_USER, "00000000"), Err(CKR_PIN_INCORRECT));
    }
    assert_eq!(token.login(session, CKU_USER, USER), Err(CKR_PIN_LOCKED));
    assert_eq!(token.set_pin(session, USER, "87654321"), Err(CKR_PIN_LOCKED));
    // C_EX_UnblockUserPIN gives the attempts back and leaves the PIN.
    token.login(session, CKU_SO, SO).unwrap();
    token.unblock(session).unwrap();
    assert_eq!(left(), (10, 10));
    token.logout(session).unwrap();
    token.login(session, CKU_USER, USER).unwrap();
}

#[test]
fn the_extended_information_is_rutokens() {
    let token = Token::fresh();
    let info = token.extended_info(256).unwrap();
    assert_eq!(info.ulSizeofThisStructure, 256);
    assert_eq!(info.flags, 0x1C03, "both PINs are the factory's");
    assert_eq!((info.ulMinUserPinLen, info.ulMaxUserPinLen), (6, 249));
    assert_eq!((info.ulMaxUserRetryCount, info.ulMaxAdminRetryCount), (10, 10));
    assert_eq!(info.ulTotalMemory, 128 * 1024);
    assert_eq!(info.ulFreeMemory, 128 * 1024);
    let serial = String::from_utf8(token.token_info().unwrap().serialNumber.to_vec()).unwrap();
    assert_eq!(hex::encode(info.serialNumber), format!("00000000{}", serial.trim_end()));
    assert_eq!(hex::encode(&info.ATR[..info.ulATRLen as usize]), "3b8b015275746f6b656e20445320c1");
    // An older header's structure is shorter.
    assert_eq!(token.extended_info(240).unwrap().ulSizeofThisStructure, 240);
    assert_eq!(token.extended_info(16).map(|_| ()), Err(CKR_ARGUMENTS_BAD));

    let session = token.open(true).unwrap();
    token.set_pin(session, USER, "another-1").unwrap();
    assert_eq!(token.extended_info(256).unwrap().flags, 0x1C0B);
    token.login(session, CKU_SO, SO).unwrap();
    token.set_pin(session, SO, "administrator").unwrap();
    assert_eq!(token.extended_info(256).unwrap().flags, 0x1C0F, "as the reading of a real device");
    token.init_pin(session, USER).unwrap();
    assert_eq!(token.extended_info(256).unwrap().flags, 0x1C07, "the factory PIN only sets a flag");
    let flags = token.token_info().unwrap().flags;
    assert_ne!(flags & CKF_USER_PIN_TO_BE_CHANGED, 0);
    assert_eq!(flags & CKF_SO_PIN_TO_BE_CHANGED, 0);
}

#[test]
fn a_policy_and_a_history_bind_the_user_and_the_administrator_who_sets_his_pin() {
    let token = Token::asleep();
    let policy = Policy { min_octets: 8, history: 3, digit: true, lower: true, ..Policy::default() };
    let folder = Folder::at(token.folder()).unwrap();
    folder.make(NewCard { policy, ..NewCard::default() }).unwrap();
    token.initialize().unwrap();
    let session = token.open(true).unwrap();
    let set = |old, new| token.set_pin(session, old, new);
    assert_eq!(set(USER, "short1"), Err(CKR_PIN_LEN_RANGE));
    assert_eq!(set(USER, "nodigits"), Err(CKR_INAPPROPRIATE_PIN));
    assert_eq!(token.extended_info(256).unwrap().ulUserRetryCountLeft, 10, "a bad new PIN costs no attempt");
    assert_eq!(set(USER, "first-1st"), Ok(()));
    assert_eq!(set("first-1st", "first-1st"), Err(CKR_PIN_IN_HISTORY));
    assert_eq!(set("first-1st", "second-2nd"), Ok(()));
    assert_eq!(set("second-2nd", "first-1st"), Err(CKR_PIN_IN_HISTORY));
    assert_eq!(set("second-2nd", "third-3rd"), Ok(()));
    assert_eq!(set("third-3rd", "fourth-4th"), Ok(()));
    assert_eq!(set("fourth-4th", "first-1st"), Ok(()), "three are remembered");
    token.login(session, CKU_SO, SO).unwrap();
    assert_eq!(token.init_pin(session, "fourth-4th"), Err(CKR_PIN_IN_HISTORY));
    assert_eq!(token.init_pin(session, "87654321"), Err(CKR_INAPPROPRIATE_PIN));
    assert_eq!(token.init_pin(session, "fifth-5th"), Ok(()));
}

#[test]
fn a_user_who_must_change_his_pin_logs_in_and_does_nothing_else() {
    let token = Token::fresh();
    let session = token.open(true).unwrap();
    assert_eq!(token.must_change(CKU_USER), Ok(()));
    let folder = Folder::at(token.folder()).unwrap();
    folder::set_must_change(&folder, &token.card(), true).unwrap();
    assert_eq!(token.must_change(CKU_USER), Err(CKR_PIN_EXPIRED));
    assert_eq!(token.must_change(CKU_SO), Ok(()));
    token.login(session, CKU_USER, USER).unwrap();
    assert_eq!(token.find(session, &[]), Err(CKR_PIN_EXPIRED));
    assert_eq!(token.create(session, &[class(CKO_DATA)]), Err(CKR_PIN_EXPIRED));
    assert_eq!(token.sign_init(session, CKM_ECDSA, 1), Err(CKR_PIN_EXPIRED));
    let ec: &Template<'_> = &[(CKA_EC_PARAMS, P256)];
    assert_eq!(token.generate(session, CKM_EC_KEY_PAIR_GEN, ec, &[]), Err(CKR_PIN_EXPIRED));
    token.set_pin(session, USER, "my-own-pin").unwrap();
    assert_eq!(token.find(session, &[]), Ok(vec![]));
    assert_eq!(token.must_change(CKU_USER), Ok(()));
}

#[test]
fn initialising_forgets_objects_and_the_users_pin() {
    let token = Token::fresh();
    let session = user(&token);
    ec_pair(&token, session, b"1");
    token.close(session).unwrap();
    assert_eq!(token.init_token("00000000"), Err(CKR_PIN_INCORRECT));
    token.init_token(SO).unwrap();
    let flags = token.token_info().unwrap().flags;
    assert_eq!(flags & CKF_USER_PIN_INITIALIZED, 0);
    let session = token.open(true).unwrap();
    assert_eq!(token.login(session, CKU_USER, USER), Err(CKR_USER_PIN_NOT_INITIALIZED));
    assert_eq!(token.find(session, &[]), Ok(vec![]));
    token.login(session, CKU_SO, SO).unwrap();
    token.init_pin(session, "new-user").unwrap();
    token.logout(session).unwrap();
    token.login(session, CKU_USER, "new-user").unwrap();
    assert_eq!(token.find(session, &[]), Ok(vec![]));
}

#[test]
fn private_objects_are_seen_by_the_user_and_by_nobody_else() {
    let token = Token::fresh();
    let session = user(&token);
    let [public, private] = ec_pair(&token, session, b"1");
    assert_eq!(token.find(session, &[]).unwrap(), [public, private]);
    token.logout(session).unwrap();
    assert_eq!(token.find(session, &[]).unwrap(), [public]);
    assert_eq!(token.get(session, private, CKA_ID), Err(CKR_OBJECT_HANDLE_INVALID));
    assert_eq!(token.sign_init(session, CKM_ECDSA, private), Err(CKR_KEY_HANDLE_INVALID));
    assert_eq!(token.destroy(session, private), Err(CKR_OBJECT_HANDLE_INVALID));
    token.login(session, CKU_SO, SO).unwrap();
    assert_eq!(token.find(session, &[]).unwrap(), [public], "the administrator is nobody too");
    token.logout(session).unwrap();
    token.login(session, CKU_USER, USER).unwrap();
    assert_eq!(token.get(session, private, CKA_VALUE), Err(CKR_ATTRIBUTE_SENSITIVE));
    assert_eq!(token.get(session, private, CKA_ID), Ok(b"1".to_vec()));
    let number = b"whatever it may be";
    assert_eq!(token.find(session, &[(CKA_VALUE, number)]), Ok(vec![]));
}

#[test]
fn objects_are_made_changed_copied_and_destroyed_by_whoever_may() {
    let token = Token::fresh();
    let stranger = token.open(true).unwrap();
    let on_card: &Template<'_> = &[class(CKO_DATA), (CKA_TOKEN, YES), (CKA_LABEL, b"note"), (CKA_VALUE, b"v")];
    assert_eq!(token.create(stranger, on_card), Err(CKR_USER_NOT_LOGGED_IN));
    assert_eq!(token.create(stranger, &[class(CKO_DATA), (CKA_PRIVATE, YES)]), Err(CKR_USER_NOT_LOGGED_IN));
    // A public object of the session is anybody's.
    let mine = token.create(stranger, &[class(CKO_DATA), (CKA_LABEL, b"mine")]).unwrap();
    assert_eq!(token.get(stranger, mine, CKA_LABEL), Ok(b"mine".to_vec()));
    token.login(stranger, CKU_USER, USER).unwrap();
    let session = stranger;
    let note = token.create(session, on_card).unwrap();
    let read_only = token.open(false).unwrap();
    assert_eq!(token.create(read_only, on_card), Err(CKR_SESSION_READ_ONLY));
    assert_eq!(token.destroy(read_only, note), Err(CKR_SESSION_READ_ONLY));
    assert_eq!(token.set(read_only, note, &[(CKA_LABEL, b"x")]), Err(CKR_SESSION_READ_ONLY));
    token.set(session, note, &[(CKA_LABEL, b"renamed"), (CKA_VALUE, b"other")]).unwrap();
    assert_eq!(token.get(read_only, note, CKA_VALUE), Ok(b"other".to_vec()));
    assert_eq!(token.set(session, note, &[(CKA_TOKEN, NO)]), Err(CKR_ATTRIBUTE_READ_ONLY));
    assert_eq!(token.set(session, note, &[(CKA_CLASS, b"1")]), Err(CKR_ATTRIBUTE_VALUE_INVALID));
    let copy = token.copy(session, note, &[(CKA_TOKEN, NO), (CKA_PRIVATE, YES)]).unwrap();
    assert_eq!(token.get(session, copy, CKA_VALUE), Ok(b"other".to_vec()));
    token.destroy(session, note).unwrap();
    assert_eq!(token.get(session, note, CKA_VALUE), Err(CKR_OBJECT_HANDLE_INVALID));
    assert_eq!(token.destroy(session, note), Err(CKR_OBJECT_HANDLE_INVALID));

    let fixed: &Template<'_> = &[class(CKO_DATA), (CKA_MODIFIABLE, NO), (CKA_COPYABLE, NO), (CKA_DESTROYABLE, NO)];
    let fixed = token.create(session, fixed).unwrap();
    assert_eq!(token.set(session, fixed, &[(CKA_LABEL, b"x")]), Err(CKR_ACTION_PROHIBITED));
    assert_eq!(token.copy(session, fixed, &[]), Err(CKR_ACTION_PROHIBITED));
    assert_eq!(token.destroy(session, fixed), Err(CKR_ACTION_PROHIBITED));

    token.close(session).unwrap();
    assert_eq!(token.get(read_only, mine, CKA_LABEL), Err(CKR_OBJECT_HANDLE_INVALID), "it went with its session");
    assert_eq!(token.get(read_only, copy, CKA_LABEL), Err(CKR_OBJECT_HANDLE_INVALID));
}

#[test]
fn templates_that_cannot_be_are_refused_for_what_is_wrong() {
    let token = Token::fresh();
    let session = user(&token);
    let check = |template: &Template<'_>, code| assert_eq!(token.create(session, template), Err(code), "{template:?}");
    check(&[], CKR_TEMPLATE_INCOMPLETE);
    check(&[class(CKO_CERTIFICATE)], CKR_TEMPLATE_INCOMPLETE);
    check(&[class(CKO_DATA), (CKA_LOCAL, YES)], CKR_ATTRIBUTE_READ_ONLY);
    check(&[class(CKO_DATA), (CKA_MODULUS, b"1")], CKR_TEMPLATE_INCONSISTENT);
    check(&[class(CKO_DATA), (0x7777, b"1")], CKR_ATTRIBUTE_TYPE_INVALID);
    check(&[class(CKO_DATA), (CKA_LABEL, &[b'x'; 64 * 1024 + 1])], CKR_ATTRIBUTE_VALUE_INVALID);
    let key_type = CKK_EC.to_ne_bytes();
    let off_curve = [&[0x04, 0x41, 0x04][..], &[1; 64]].concat();
    let public = |point| [class(CKO_PUBLIC_KEY), (CKA_KEY_TYPE, &key_type), (CKA_EC_PARAMS, P256), point];
    check(&public((CKA_EC_POINT, &off_curve)), CKR_ATTRIBUTE_VALUE_INVALID);
    check(&public((CKA_LABEL, b"no point")), CKR_TEMPLATE_INCOMPLETE);

    let pair = |public: &Template<'_>, private: &Template<'_>, code| {
        let made = token.generate(session, CKM_EC_KEY_PAIR_GEN, public, private);
        assert_eq!(made, Err(code), "{public:?} {private:?}");
    };
    pair(&[], &[], CKR_TEMPLATE_INCOMPLETE);
    pair(&[(CKA_EC_PARAMS, b"\x06\x01\x01")], &[], CKR_CURVE_NOT_SUPPORTED);
    pair(&[(CKA_EC_PARAMS, P256), class(CKO_PRIVATE_KEY)], &[], CKR_TEMPLATE_INCONSISTENT);
    pair(&[(CKA_EC_PARAMS, P256)], &[(CKA_PRIVATE, NO)], CKR_TEMPLATE_INCONSISTENT);
    pair(&[(CKA_EC_PARAMS, P256)], &[(CKA_VALUE, b"mine")], CKR_TEMPLATE_INCONSISTENT);
    let rsa = |bits: CK_ULONG| {
        let bits = bits.to_ne_bytes();
        token.generate(session, CKM_RSA_PKCS_KEY_PAIR_GEN, &[(CKA_MODULUS_BITS, &bits)], &[])
    };
    assert_eq!(rsa(1024), Err(CKR_KEY_SIZE_RANGE));
    assert_eq!(rsa(CK_ULONG::MAX), Err(CKR_KEY_SIZE_RANGE));
    let gost = |params, hash| {
        let template: &Template<'_> = &[(CKA_GOSTR3410_PARAMS, params), (CKA_GOSTR3411_PARAMS, hash)];
        token.generate(session, CKM_GOSTR3410_KEY_PAIR_GEN, template, &[])
    };
    assert_eq!(gost(TC26_256_A, HASH_94), Err(CKR_ATTRIBUTE_VALUE_INVALID), "a set of 2012 with the hash of 1994");
    assert_eq!(gost(TC26_512_C, HASH_512), Err(CKR_ATTRIBUTE_VALUE_INVALID), "512 bits by the mechanism of 256");
    assert_eq!(token.generate(session, CKM_ECDSA, &[], &[]), Err(CKR_MECHANISM_INVALID));
}

#[test]
fn every_parameter_set_makes_keys_that_sign_and_verify() {
    let token = Token::fresh();
    let session = user(&token);
    let oid = |tail: &[u8]| [&[0x06, tail.len() as u8], tail].concat();
    let crypto_pro = |last: [u8; 2]| oid(&[&[0x2a, 0x85, 0x03, 0x02, 0x02], &last[..]].concat());
    let tc26 = |last: [u8; 2]| oid(&[&[0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01], &last[..]].concat());
    let mut tried = 0;
    let mut check = |params: &[u8], hash: &[u8], [generate, raw, whole]: [CK_MECHANISM_TYPE; 3], octets: usize| {
        let public: &Template<'_> = &[(CKA_GOSTR3410_PARAMS, params), (CKA_GOSTR3411_PARAMS, hash)];
        let [public, private] = token.generate(session, generate, public, &[]).unwrap();
        let digest = vec![0x5a; octets];
        let signature = token.sign(session, raw, private, &digest).unwrap();
        assert_eq!(signature.len(), 2 * octets);
        token.verify(session, raw, public, &digest, &signature).unwrap();
        let mut wrong = signature;
        wrong[0] ^= 1;
        assert_eq!(token.verify(session, raw, public, &digest, &wrong), Err(CKR_SIGNATURE_INVALID));
        assert_eq!(token.sign(session, raw, private, &digest[1..]), Err(CKR_DATA_LEN_RANGE));
        assert_eq!(token.verify(session, raw, public, &digest, &wrong[1..]), Err(CKR_SIGNATURE_LEN_RANGE));

        let parts = token.sign_in_parts(session, whole, private, &[b"in ", b"", b"parts"]).unwrap();
        token.verify(session, whole, public, b"in parts", &parts).unwrap();
        assert_eq!(token.verify(session, whole, public, b"in part", &parts), Err(CKR_SIGNATURE_INVALID));
        assert_eq!(token.get(session, public, CKA_VALUE).unwrap().len(), 2 * octets);
        tried += 1;
    };
    let of_2012 = [CKM_GOSTR3410_KEY_PAIR_GEN, CKM_GOSTR3410, CKM_GOSTR3410_WITH_GOSTR3411_2012_256];
    let of_2001 = [CKM_GOSTR3410_KEY_PAIR_GEN, CKM_GOSTR3410, CKM_GOSTR3410_WITH_GOSTR3411];
    for last in [[35, 1], [35, 2], [35, 3], [36, 0], [36, 1]] {
        check(&crypto_pro(last), HASH_256, of_2012, 32);
        check(&crypto_pro(last), HASH_94, of_2001, 32);
    }
    for last in 1..=4 {
        check(&tc26([1, last]), HASH_256, of_2012, 32);
    }
    let wide = [CKM_GOSTR3410_512_KEY_PAIR_GEN, CKM_GOSTR3410_512, CKM_GOSTR3410_WITH_GOSTR3411_2012_512];
    for last in 1..=3 {
        check(&tc26([2, last]), HASH_512, wide, 64);
    }
    assert_eq!(tried, 17);
}

#[test]
fn calls_out_of_order_and_keys_of_another_kind_have_their_codes() {
    let token = Token::fresh();
    let session = user(&token);
    let [public, private] = ec_pair(&token, session, b"1");
    assert_eq!(token.sign_now(session, b"x", 64), Err(CKR_OPERATION_NOT_INITIALIZED));
    token.sign_init(session, CKM_ECDSA_SHA256, private).unwrap();
    assert_eq!(token.sign_init(session, CKM_ECDSA, private), Err(CKR_OPERATION_ACTIVE));
    assert_eq!(token.sign_now(session, b"x", 63), Err(CKR_BUFFER_TOO_SMALL));
    assert_eq!(token.sign_now(session, b"x", 64).map(|signature| signature.len()), Ok(64), "nothing was used up");
    assert_eq!(token.sign_now(session, b"x", 64), Err(CKR_OPERATION_NOT_INITIALIZED));
    assert_eq!(token.sign_init(session, CKM_GOSTR3410, private), Err(CKR_KEY_TYPE_INCONSISTENT));
    assert_eq!(token.sign_init(session, CKM_RSA_PKCS, private), Err(CKR_KEY_TYPE_INCONSISTENT));
    assert_eq!(token.sign_init(session, CKM_ECDSA, public), Err(CKR_KEY_TYPE_INCONSISTENT));
    assert_eq!(token.sign_init(session, CKM_SHA256, private), Err(CKR_MECHANISM_INVALID));
    assert_eq!(token.sign_init(session, 0x9999, private), Err(CKR_MECHANISM_INVALID));
    assert_eq!(token.sign_init(session, CKM_ECDSA, 4), Err(CKR_KEY_HANDLE_INVALID));
    token.set(session, private, &[(CKA_SIGN, NO)]).unwrap();
    assert_eq!(token.sign_init(session, CKM_ECDSA, private), Err(CKR_KEY_FUNCTION_NOT_PERMITTED));
    // A raw digest comes in one piece.
    token.set(session, private, &[(CKA_SIGN, YES)]).unwrap();
    assert_eq!(token.sign_in_parts(session, CKM_ECDSA, private, &[b"x"]), Err(CKR_FUNCTION_NOT_SUPPORTED));
    let long = token.sign(session, CKM_ECDSA, private, &[7; 64]).unwrap();
    // ECDSA takes the leftmost octets of a long digest.
    token.verify(session, CKM_ECDSA, public, &[7; 32], &long).unwrap();
    token.logout(session).unwrap();
    token.login(session, CKU_USER, USER).unwrap();
    assert_eq!(token.sign_now(session, b"x", 64), Err(CKR_OPERATION_NOT_INITIALIZED));
}

#[test]
fn both_sides_of_an_agreement_come_to_the_same_secret() {
    let token = Token::fresh();
    let session = user(&token);
    let shown: &Template<'_> = &[(CKA_SENSITIVE, NO), (CKA_EXTRACTABLE, YES)];
    let check = |generate, params, hash, derive: CK_MECHANISM_TYPE, octets: usize| {
        let make = || {
            let public: &Template<'_> = &[(CKA_GOSTR3410_PARAMS, params), (CKA_GOSTR3411_PARAMS, hash)];
            token.generate(session, generate, public, &[(CKA_DERIVE, YES)]).unwrap()
        };
        let (a, b) = (make(), make());
        let [of_a, of_b] = [a, b].map(|[public, _]| token.get(session, public, CKA_VALUE).unwrap());
        let ukm = [1, 2, 3, 4, 5, 6, 7, 8];
        let one = token.derive(session, derive, a[1], [&of_b, &ukm], shown).unwrap();
        let other = token.derive(session, derive, b[1], [&of_a, &ukm], shown).unwrap();
        let [one, other] = [one, other].map(|secret| token.get(session, secret, CKA_VALUE).unwrap());
        assert_eq!(one, other);
        assert_eq!(one.len(), octets);
        assert_eq!(token.derive(session, derive, a[1], [&of_b, &[0; 8]], shown), Err(CKR_MECHANISM_PARAM_INVALID));
        let short = &of_b[1..];
        assert_eq!(token.derive(session, derive, a[1], [short, &ukm], shown), Err(CKR_MECHANISM_PARAM_INVALID));
        let hidden = token.derive(session, derive, a[1], [&of_b, &ukm], &[]).unwrap();
        assert_eq!(token.get(session, hidden, CKA_VALUE), Err(CKR_ATTRIBUTE_SENSITIVE));
        one
    };
    check(CKM_GOSTR3410_KEY_PAIR_GEN, TC26_256_A, HASH_256, CKM_GOSTR3410_2012_DERIVE, 32);
    check(CKM_GOSTR3410_KEY_PAIR_GEN, CRYPTO_PRO_A, HASH_94, CKM_GOSTR3410_DERIVE, 32);
    check(CKM_GOSTR3410_512_KEY_PAIR_GEN, TC26_512_C, HASH_512, CKM_GOSTR3410_2012_DERIVE, 64);
}

/// RFC 7836, appendix B, 2 and 3: the private keys are brought in, what comes out is printed there.
#[test]
fn agreements_are_those_of_rfc_7836() {
    let token = Token::fresh();
    let session = user(&token);
    let params = [0x06, 0x09, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01, 0x02, 0x01];
    let octets = |text: &str| hex::decode(text).unwrap();
    let a = octets(
        "c990ecd972fce84ec4db022778f50fcac726f46708384b8d458304962d7147f8c2db41cef22c90b102f2968404f9b9be6d47c79692d81826b32b8daca43cb667",
    );
    let b_public = octets(
        "192fe183b9713a077253c72c8735de2ea42a3dbc66ea317838b65fa32523cd5efca974eda7c863f4954d1147f1f2b25c395fce1c129175e876d132e94ed5a65104883b414c9b592ec4dc84826f07d0b6d9006dda176ce48c391e3f97d102e03bb598bf132a228a45f7201aba08fc524a2d77e43a362ab022ad4028f75bde3b79",
    );
    let key_type = CKK_GOSTR3410_512.to_ne_bytes();
    let template: &Template<'_> = &[
        class(CKO_PRIVATE_KEY),
        (CKA_KEY_TYPE, &key_type),
        (CKA_GOSTR3410_PARAMS, &params),
        (CKA_VALUE, &a),
        (CKA_DERIVE, YES),
    ];
    let key = token.create(session, template).unwrap();
    let ukm = octets("1d80603c8544c727");
    let shown: &Template<'_> = &[(CKA_SENSITIVE, NO), (CKA_EXTRACTABLE, YES)];
    let derived = token.derive(session, CKM_GOSTR3410_2012_DERIVE, key, [&b_public, &ukm], shown).unwrap();
    let expected = "79f002a96940ce7bde3259a52e015297adaad84597a0d205b50e3e1719f97bfa7ee1d2661fa9979a5aa235b558a7e6d9f88f982dd63fc35a8ec0dd5e242d3bdf";
    assert_eq!(hex::encode(token.get(session, derived, CKA_VALUE).unwrap()), expected);
}

#[test]
fn a_pull_ends_sessions_and_what_is_put_back_is_a_new_beginning() {
    let token = Token::fresh();
    let session = user(&token);
    let [_, private] = ec_pair(&token, session, b"1");
    assert_eq!(token.event(), Err(CKR_NO_EVENT));
    folder::plug(&token.card(), false).unwrap();
    assert_eq!(token.sign(session, CKM_ECDSA, private, &[1; 32]), Err(CKR_DEVICE_REMOVED));
    assert_eq!(token.sign(session, CKM_ECDSA, private, &[1; 32]), Err(CKR_SESSION_HANDLE_INVALID));
    assert_eq!(token.slots(), Ok(vec![]));
    assert_eq!(token.token_info().map(|_| ()), Err(CKR_TOKEN_NOT_PRESENT));
    assert_eq!(token.open(true), Err(CKR_TOKEN_NOT_PRESENT));
    assert_eq!(token.event(), Ok(0));
    assert_eq!(token.event(), Err(CKR_NO_EVENT));
    folder::plug(&token.card(), true).unwrap();
    assert_eq!(token.event(), Ok(0));
    let session = user(&token);
    token.sign(session, CKM_ECDSA, private, &[1; 32]).unwrap();
    // So quick that nobody called in between.
    folder::plug(&token.card(), false).unwrap();
    folder::plug(&token.card(), true).unwrap();
    assert_eq!(token.find(session, &[]), Err(CKR_DEVICE_REMOVED));
    let session = token.open(true).unwrap();
    assert_eq!(token.state(session), Ok(CKS_RW_PUBLIC_SESSION));
}

#[test]
fn the_journal_tells_what_happened_and_forgets_the_oldest() {
    let token = Token::asleep();
    let folder = Folder::at(token.folder()).unwrap();
    folder.make(NewCard { journals_signatures: true, ..NewCard::default() }).unwrap();
    token.initialize().unwrap();
    let events = || -> Vec<u8> { token.journal().unwrap().chunks(24).map(|record| record[16]).collect() };
    assert_eq!(events(), [0; 0]);
    let session = token.open(true).unwrap();
    assert_eq!(token.login(session, CKU_USER, "00000000"), Err(CKR_PIN_INCORRECT));
    token.login(session, CKU_USER, USER).unwrap();
    let [_, private] = ec_pair(&token, session, b"1");
    token.sign(session, CKM_ECDSA, private, &[1; 32]).unwrap();
    token.destroy(session, private).unwrap();
    assert_eq!(events(), [1, 1, 2, 7, 7, 10, 9]);
    let numbers: Vec<u8> = token.journal().unwrap().chunks(24).map(|record| record[0]).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    for _ in 0..80 {
        token.create(session, &[class(CKO_DATA), (CKA_TOKEN, YES)]).unwrap();
    }
    assert_eq!(events(), [8; 64]);
}

#[test]
fn many_threads_sign_with_one_key() {
    let token = Token::fresh();
    let first = user(&token);
    let [public, private] = ec_pair(&token, first, b"1");
    let sessions: Vec<_> = (0..8).map(|_| token.open(false).unwrap()).collect();
    std::thread::scope(|scope| {
        for session in &sessions {
            let token = &token;
            scope.spawn(move || {
                for number in 0..25_u8 {
                    let digest = [number; 32];
                    let signature = token.sign(*session, CKM_ECDSA, private, &digest).unwrap();
                    token.verify(*session, CKM_ECDSA, public, &digest, &signature).unwrap();
                }
            });
        }
    });
}

/// pkcs11-tool is the other process; what it does is on the card, and this process has not looked since.
#[test]
fn what_another_process_did_is_seen_at_the_next_call() {
    let token = Token::fresh();
    let session = user(&token);
    let other = |arguments: &[&str]| {
        let mut command = std::process::Command::new("pkcs11-tool");
        command.arg("--module").arg(crate::cards::module()).args(arguments).env("LC_ALL", "C");
        crate::cards::Said::of(command.env("SURGUCH_SOFTTOKEN_DIR", token.folder()).output().unwrap()).ok()
    };
    let generate = ["--login", "--pin", USER, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "77"];
    other(&generate);
    let found = token.find(session, &[(CKA_ID, b"\x77")]).unwrap();
    assert_eq!(found.len(), 2, "the private half too: whoever is logged in stays so");
    let private = found[1];
    token.sign(session, CKM_ECDSA, private, &[1; 32]).unwrap();
    other(&["--login", "--pin", USER, "--delete-object", "--type", "privkey", "--id", "77"]);
    assert_eq!(
        token.sign_init(session, CKM_ECDSA, private),
        Err(CKR_KEY_HANDLE_INVALID),
        "a deleted key signs no more"
    );
    // Initialised by somebody else: the card is another one.
    other(&["--init-token", "--label", "anew", "--so-pin", SO]);
    assert_eq!(token.find(session, &[]), Err(CKR_DEVICE_REMOVED));
    assert_eq!(token.find(session, &[]), Err(CKR_SESSION_HANDLE_INVALID));
}

/// A file that somebody put together while a user is logged in is no card of his.
#[test]
fn a_file_put_in_place_of_the_card_ends_the_login() {
    let token = Token::fresh();
    let session = user(&token);
    ec_pair(&token, session, b"1");
    let path = token.card();
    let other = tempfile::tempdir().unwrap();
    let folder = Folder::at(&other.path().join("cards")).unwrap();
    let serial = Some(path.file_stem().unwrap().to_str().unwrap().to_owned());
    let made = folder.make(NewCard { serial, ..NewCard::default() }).unwrap();
    std::fs::copy(made, &path).unwrap();
    assert_eq!(token.find(session, &[]), Err(CKR_DEVICE_REMOVED));
    let session = token.open(true).unwrap();
    assert_eq!(token.state(session), Ok(CKS_RW_PUBLIC_SESSION));
}
