//! Callers without manners: every entry point called in any order with templates, lengths and handles that nobody sane would pass.
//! The host program must survive, every answer must be a code of the standard, and nothing may be written beyond the room that was offered.
#![expect(unsafe_code, reason = "a C library is called, badly on purpose")]

use std::collections::BTreeMap;
use std::ptr;

use cryptoki_sys::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use surguch_softtoken::numbers::*;

use crate::cards::{SO, USER};
use crate::raw::{Token, mechanism};

/// Calls of one run; the seeds are the test's own, so a run is the same every time.
const CALLS: usize = 100_000;
const SEED: u64 = 0x5EED_0005;

#[test]
fn a_hundred_thousand_hostile_calls_do_not_harm_the_host() {
    let token = Token::fresh();
    let mut caller = Caller::new(&token, SEED);
    for _ in 0..CALLS {
        caller.call();
    }
    let answers = caller.answers;
    // The run went through the house, and did not only knock at the door.
    for code in [
        CKR_OK,
        CKR_ARGUMENTS_BAD,
        CKR_SESSION_HANDLE_INVALID,
        CKR_OBJECT_HANDLE_INVALID,
        CKR_KEY_HANDLE_INVALID,
        CKR_TEMPLATE_INCONSISTENT,
        CKR_ATTRIBUTE_VALUE_INVALID,
        CKR_ATTRIBUTE_TYPE_INVALID,
        CKR_MECHANISM_INVALID,
        CKR_OPERATION_NOT_INITIALIZED,
        CKR_OPERATION_ACTIVE,
        CKR_BUFFER_TOO_SMALL,
        CKR_USER_NOT_LOGGED_IN,
        CKR_PIN_INCORRECT,
        CKR_DATA_LEN_RANGE,
        CKR_FUNCTION_NOT_SUPPORTED,
        CKR_CRYPTOKI_NOT_INITIALIZED,
    ] {
        assert!(answers.contains_key(&code), "{code:#x} was never answered: {answers:?}");
    }
    // A panic inside is answered as this one: there was none.
    assert_eq!(answers.get(&CKR_GENERAL_ERROR), None, "{answers:?}");
    let strange: Vec<_> = answers.keys().filter(|code| !KNOWN.contains(code)).collect();
    assert!(strange.is_empty(), "codes that are nowhere in the standard: {strange:x?}");

    // What is left is a card that works.
    let _ = token.finalize();
    token.initialize().unwrap();
    surguch_softtoken::folder::look(&token.card()).unwrap();
}

/// The codes this module may answer at all.
const KNOWN: &[CK_RV] = &[
    CKR_OK,
    CKR_SLOT_ID_INVALID,
    CKR_ARGUMENTS_BAD,
    CKR_NO_EVENT,
    CKR_CANT_LOCK,
    CKR_ATTRIBUTE_READ_ONLY,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_ACTION_PROHIBITED,
    CKR_CURVE_NOT_SUPPORTED,
    CKR_DATA_LEN_RANGE,
    CKR_DEVICE_MEMORY,
    CKR_FUNCTION_NOT_PARALLEL,
    CKR_FUNCTION_NOT_SUPPORTED,
    CKR_HOST_MEMORY,
    CKR_KEY_HANDLE_INVALID,
    CKR_KEY_SIZE_RANGE,
    CKR_KEY_TYPE_INCONSISTENT,
    CKR_KEY_FUNCTION_NOT_PERMITTED,
    CKR_MECHANISM_INVALID,
    CKR_MECHANISM_PARAM_INVALID,
    CKR_OBJECT_HANDLE_INVALID,
    CKR_OPERATION_ACTIVE,
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_PIN_INCORRECT,
    CKR_PIN_INVALID,
    CKR_PIN_LEN_RANGE,
    CKR_PIN_LOCKED,
    CKR_PIN_EXPIRED,
    CKR_SESSION_COUNT,
    CKR_SESSION_HANDLE_INVALID,
    CKR_SESSION_PARALLEL_NOT_SUPPORTED,
    CKR_SESSION_READ_ONLY,
    CKR_SESSION_EXISTS,
    CKR_SESSION_READ_ONLY_EXISTS,
    CKR_SESSION_READ_WRITE_SO_EXISTS,
    CKR_SIGNATURE_INVALID,
    CKR_SIGNATURE_LEN_RANGE,
    CKR_TEMPLATE_INCOMPLETE,
    CKR_TEMPLATE_INCONSISTENT,
    CKR_USER_ALREADY_LOGGED_IN,
    CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
    CKR_USER_NOT_LOGGED_IN,
    CKR_USER_PIN_NOT_INITIALIZED,
    CKR_USER_TYPE_INVALID,
    CKR_RANDOM_SEED_NOT_SUPPORTED,
    CKR_BUFFER_TOO_SMALL,
    CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_CRYPTOKI_ALREADY_INITIALIZED,
];

const KINDS: &[CK_ATTRIBUTE_TYPE] = &[
    CKA_CLASS,
    CKA_TOKEN,
    CKA_PRIVATE,
    CKA_LABEL,
    CKA_VALUE,
    CKA_CERTIFICATE_TYPE,
    CKA_KEY_TYPE,
    CKA_ID,
    CKA_SENSITIVE,
    CKA_EXTRACTABLE,
    CKA_SIGN,
    CKA_VERIFY,
    CKA_DERIVE,
    CKA_MODULUS,
    CKA_MODULUS_BITS,
    CKA_PUBLIC_EXPONENT,
    CKA_PRIVATE_EXPONENT,
    CKA_PRIME_1,
    CKA_PRIME_2,
    CKA_EXPONENT_1,
    CKA_EXPONENT_2,
    CKA_COEFFICIENT,
    CKA_EC_PARAMS,
    CKA_EC_POINT,
    CKA_GOSTR3410_PARAMS,
    CKA_GOSTR3411_PARAMS,
    CKA_MODIFIABLE,
    CKA_DESTROYABLE,
    CKA_COPYABLE,
    CKA_START_DATE,
    CKA_LOCAL,
    CKA_VENDOR_KEY_JOURNAL,
    CK_ULONG::MAX,
    CK_ULONG::MAX - 1,
    0x8000_0000,
];

const MECHANISMS: &[CK_MECHANISM_TYPE] = &[
    CKM_GOSTR3410_KEY_PAIR_GEN,
    CKM_GOSTR3410_512_KEY_PAIR_GEN,
    CKM_EC_KEY_PAIR_GEN,
    CKM_RSA_PKCS_KEY_PAIR_GEN,
    CKM_GOSTR3410,
    CKM_GOSTR3410_512,
    CKM_GOSTR3410_WITH_GOSTR3411,
    CKM_GOSTR3410_WITH_GOSTR3411_2012_256,
    CKM_GOSTR3410_WITH_GOSTR3411_2012_512,
    CKM_GOSTR3410_DERIVE,
    CKM_GOSTR3410_2012_DERIVE,
    CKM_GOSTR3411,
    CKM_GOSTR3411_2012_256,
    CKM_RSA_PKCS,
    CKM_SHA256_RSA_PKCS,
    CKM_ECDSA,
    CKM_ECDSA_SHA256,
    CKM_SHA256,
    CKM_SHA_1,
    0,
    CK_ULONG::MAX,
];

/// Lengths that cannot be true; what they belong to is never read.
const LIES: &[CK_ULONG] =
    &[CK_ULONG::MAX, CK_ULONG::MAX - 1, 1 << 63, (1 << 63) - 1, 1 << 62, u32::MAX as CK_ULONG, 1 << 31];

const EC_PARAMS: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const GOST_PARAMS: &[u8] = &[0x06, 0x09, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x02, 0x01, 0x01, 0x01];
const GOST_HASH: &[u8] = &[0x06, 0x08, 0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x02];

struct Caller<'a> {
    token: &'a Token,
    random: ChaCha20Rng,
    sessions: Vec<CK_SESSION_HANDLE>,
    objects: Vec<CK_OBJECT_HANDLE>,
    answers: BTreeMap<CK_RV, usize>,
}

/// Values that live as long as the template that points to them.
struct Template {
    attributes: Vec<CK_ATTRIBUTE>,
    _values: Vec<Vec<u8>>,
}

/// Room for an answer, with octets behind it that must stay what they are.
struct Room {
    octets: Vec<u8>,
    offered: usize,
}

const CANARY: u8 = 0xC5;
const BEHIND: usize = 32;

impl Room {
    fn of(offered: usize) -> Self {
        Self { octets: vec![CANARY; offered + BEHIND], offered }
    }

    fn must_be_whole(&self, call: &str) {
        assert!(self.octets[self.offered..].iter().all(|octet| *octet == CANARY), "{call} wrote beyond its room");
    }
}

impl<'a> Caller<'a> {
    fn new(token: &'a Token, seed: u64) -> Self {
        let random = ChaCha20Rng::seed_from_u64(seed);
        Self { token, random, sessions: Vec::new(), objects: Vec::new(), answers: BTreeMap::new() }
    }

    fn below(&mut self, end: usize) -> usize {
        (self.random.next_u64() % end as u64) as usize
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn octets(&mut self, most: usize) -> Vec<u8> {
        let mut octets = vec![0; self.below(most + 1)];
        self.random.fill_bytes(&mut octets);
        octets
    }

    fn session(&mut self) -> CK_SESSION_HANDLE {
        if self.sessions.is_empty() || self.chance(30) {
            self.random.next_u64()
        } else {
            self.pick(&self.sessions.clone())
        }
    }

    fn object(&mut self) -> CK_OBJECT_HANDLE {
        if self.objects.is_empty() || self.chance(10) {
            let narrow = [1, 1 << 20 | 1, 1 << 30, CK_ULONG::MAX, 0, self.random.next_u64() >> 40];
            self.pick(&narrow)
        } else {
            self.pick(&self.objects.clone())
        }
    }

    fn mechanism(&mut self) -> CK_MECHANISM {
        mechanism(self.pick(MECHANISMS))
    }

    /// A value as it should be, half of the time.
    fn value(&mut self, kind: CK_ATTRIBUTE_TYPE) -> Vec<u8> {
        if self.chance(4) {
            return self.octets(80);
        }
        let number = |number: CK_ULONG| number.to_ne_bytes().to_vec();
        match kind {
            CKA_CLASS => number(self.below(6) as CK_ULONG),
            CKA_CERTIFICATE_TYPE => number(0),
            CKA_KEY_TYPE => number(self.pick(&[CKK_RSA, CKK_EC, CKK_GOSTR3410, CKK_GOSTR3410_512, 77])),
            CKA_MODULUS_BITS => number(self.pick(&[0, 512, 1024, CK_ULONG::MAX])),
            CKA_EC_PARAMS => EC_PARAMS.to_vec(),
            CKA_GOSTR3410_PARAMS => GOST_PARAMS.to_vec(),
            CKA_GOSTR3411_PARAMS => GOST_HASH.to_vec(),
            CKA_EC_POINT => [&[0x04, 0x41, 0x04][..], &self.octets(64)].concat(),
            CKA_PUBLIC_EXPONENT => vec![1, 0, 1],
            CKA_VALUE => {
                let mut value = vec![0; self.pick(&[32, 64, 128, 1])];
                self.random.fill_bytes(&mut value);
                value
            }
            CKA_ID | CKA_LABEL => self.octets(8),
            CKA_START_DATE => b"20261128".to_vec(),
            _ => vec![self.below(2) as u8],
        }
    }

    fn template(&mut self, sensible: &[CK_ATTRIBUTE_TYPE]) -> Template {
        let mut kinds = sensible.to_vec();
        for _ in 0..self.below(4) {
            kinds.push(self.pick(KINDS));
        }
        let mut attributes = Vec::new();
        let mut values = Vec::new();
        for kind in kinds {
            let mut value = self.value(kind);
            let (place, length) = match self.below(40) {
                0 => (ptr::null_mut(), value.len() as CK_ULONG),
                1 => (ptr::null_mut(), self.pick(LIES)),
                2 => (value.as_mut_ptr().cast(), self.pick(LIES)),
                _ => (value.as_mut_ptr().cast(), value.len() as CK_ULONG),
            };
            attributes.push(CK_ATTRIBUTE { type_: kind, pValue: place, ulValueLen: length });
            values.push(value);
        }
        Template { attributes, _values: values }
    }

    /// A template with its count, which is sometimes a lie about nothing.
    fn pointed(&mut self, template: &mut Template) -> (*mut CK_ATTRIBUTE, CK_ULONG) {
        match self.below(40) {
            0 => (ptr::null_mut(), template.attributes.len() as CK_ULONG + 1),
            1 => (ptr::null_mut(), 0),
            2 => (template.attributes.as_mut_ptr(), self.pick(LIES)),
            _ => (template.attributes.as_mut_ptr(), template.attributes.len() as CK_ULONG),
        }
    }

    fn data(&mut self, octets: &mut [u8]) -> (*mut CK_BYTE, CK_ULONG) {
        match self.below(30) {
            0 => (ptr::null_mut(), octets.len() as CK_ULONG + 1),
            1 => (octets.as_mut_ptr(), self.pick(LIES)),
            2 => (ptr::null_mut(), 0),
            _ => (octets.as_mut_ptr(), octets.len() as CK_ULONG),
        }
    }

    fn pin(&mut self) -> Vec<u8> {
        match self.below(12) {
            0 => self.octets(300),
            1 => b"00000000".to_vec(),
            2 => SO.as_bytes().to_vec(),
            _ => USER.as_bytes().to_vec(),
        }
    }

    fn said(&mut self, code: CK_RV) -> bool {
        *self.answers.entry(code).or_default() += 1;
        code == CKR_OK
    }

    fn call(&mut self) {
        let list = self.token.list();
        let session = self.session();
        let object = self.object();
        // PINs and key pairs cost milliseconds, and a library that ends takes everything with it: seldom.
        let choice = match self.below(1000) {
            0..2 => 100,
            2..6 => 101,
            6..8 => 102,
            8..10 => 103,
            10..30 => 104,
            30..32 => 105,
            32..40 => 106,
            _ => self.below(42),
        };
        // SAFETY: every pointer is null or good for its length, but for lengths no memory can have, which must not be believed.
        unsafe {
            match choice {
                100 => {
                    let code = list.C_Finalize.unwrap()(ptr::null_mut());
                    if self.said(code) {
                        self.sessions.clear();
                    }
                    let code = list.C_GetSlotList.unwrap()(CK_TRUE, ptr::null_mut(), &mut 0);
                    self.said(code);
                    let code = list.C_Initialize.unwrap()(ptr::null_mut());
                    self.said(code);
                }
                101 => {
                    let who = self.pick(&[CKU_USER, CKU_USER, CKU_USER, CKU_SO, CKU_CONTEXT_SPECIFIC, 99]);
                    let mut pin = self.pin();
                    let (place, length) = self.data(&mut pin);
                    let code = list.C_Login.unwrap()(session, who, place, length);
                    self.said(code);
                }
                102 => {
                    let code = list.C_Logout.unwrap()(session);
                    self.said(code);
                }
                103 => {
                    let (mut old, mut new) = (self.pin(), self.pin());
                    let (old, old_length) = self.data(&mut old);
                    let (new, new_length) = self.data(&mut new);
                    let code = match self.below(3) {
                        0 => list.C_SetPIN.unwrap()(session, old, old_length, new, new_length),
                        1 => list.C_InitPIN.unwrap()(session, new, new_length),
                        _ => {
                            let mut label = [b'x'; 32];
                            let slot = self.below(3) as CK_ULONG;
                            list.C_InitToken.unwrap()(slot, old, old_length, label.as_mut_ptr())
                        }
                    };
                    self.said(code);
                    // The administrator keeps the user from being locked out for the rest of the run.
                    let mut so = SO.as_bytes().to_vec();
                    list.C_Logout.unwrap()(session);
                    if list.C_Login.unwrap()(session, CKU_SO, so.as_mut_ptr(), 8) == CKR_OK {
                        let mut user = USER.as_bytes().to_vec();
                        list.C_InitPIN.unwrap()(session, user.as_mut_ptr(), 8);
                        list.C_Logout.unwrap()(session);
                    }
                    let mut user = USER.as_bytes().to_vec();
                    let code = list.C_Login.unwrap()(session, CKU_USER, user.as_mut_ptr(), 8);
                    self.said(code);
                }
                104 => {
                    let flags = self.pick(&[6, 6, 6, 4, 2, 0, CK_ULONG::MAX]);
                    let slot = self.pick(&[0, 0, 0, 0, 1, CK_ULONG::MAX]);
                    let mut made = 0;
                    let code = list.C_OpenSession.unwrap()(slot, flags, ptr::null_mut(), None, &raw mut made);
                    if self.said(code) {
                        self.sessions.push(made);
                    }
                    if self.sessions.len() > 20 {
                        let closed = self.sessions.remove(self.random.next_u64() as usize % 20);
                        let code = list.C_CloseSession.unwrap()(closed);
                        self.said(code);
                    }
                }
                105 => {
                    let slot = self.below(3) as CK_ULONG;
                    let code = list.C_CloseAllSessions.unwrap()(slot);
                    self.said(code);
                }
                106 => self.generate(session),
                0..4 => {
                    let sensible: &[CK_ATTRIBUTE_TYPE] = match self.below(4) {
                        0 => &[CKA_CLASS],
                        1 => &[CKA_CLASS, CKA_CERTIFICATE_TYPE, CKA_VALUE],
                        2 => &[CKA_CLASS, CKA_KEY_TYPE, CKA_EC_PARAMS, CKA_EC_POINT, CKA_VALUE],
                        _ => &[CKA_CLASS, CKA_KEY_TYPE, CKA_GOSTR3410_PARAMS, CKA_GOSTR3411_PARAMS, CKA_VALUE],
                    };
                    let mut template = self.template(sensible);
                    let (place, count) = self.pointed(&mut template);
                    let mut made = 0;
                    let code = list.C_CreateObject.unwrap()(session, place, count, &raw mut made);
                    if self.said(code) {
                        self.objects.push(made);
                    }
                    if self.objects.len() > 60 {
                        let gone = self.objects.remove(0);
                        let code = list.C_DestroyObject.unwrap()(session, gone);
                        self.said(code);
                    }
                }
                4 => {
                    let mut template = self.template(&[]);
                    let (place, count) = self.pointed(&mut template);
                    let mut made = 0;
                    let code = list.C_CopyObject.unwrap()(session, object, place, count, &raw mut made);
                    if self.said(code) {
                        self.objects.push(made);
                    }
                }
                5 => {
                    let code = list.C_DestroyObject.unwrap()(session, object);
                    self.said(code);
                }
                6 => {
                    let mut template = self.template(&[]);
                    let (place, count) = self.pointed(&mut template);
                    let code = list.C_SetAttributeValue.unwrap()(session, object, place, count);
                    self.said(code);
                }
                7..11 => self.attributes(session, object),
                11..14 => {
                    let mut template = self.template(&[]);
                    let (place, count) = self.pointed(&mut template);
                    let code = list.C_FindObjectsInit.unwrap()(session, place, count);
                    self.said(code);
                    let mut found = [CK_ULONG::MAX; 40];
                    let most = self.below(33);
                    let mut count = 0;
                    let most_said = most as CK_ULONG;
                    let code = list.C_FindObjects.unwrap()(session, found.as_mut_ptr(), most_said, &raw mut count);
                    if self.said(code) {
                        assert!(count as usize <= most);
                        self.objects.extend_from_slice(&found[..count as usize]);
                        self.objects.truncate(60);
                    }
                    assert!(found[most..].iter().all(|handle| *handle == CK_ULONG::MAX));
                    if !self.chance(5) {
                        let code = list.C_FindObjectsFinal.unwrap()(session);
                        self.said(code);
                    }
                }
                14..25 => self.operation(session, object),
                25 => self.derive(session, object),
                26 => {
                    let slot = self.pick(&[0, 0, 1, CK_ULONG::MAX]);
                    let mut info = CK_TOKEN_INFO::default();
                    let place = if self.chance(5) { ptr::null_mut() } else { &raw mut info };
                    let code = list.C_GetTokenInfo.unwrap()(slot, place);
                    self.said(code);
                    let code = list.C_GetSlotInfo.unwrap()(slot, &mut CK_SLOT_INFO::default());
                    self.said(code);
                }
                27 => {
                    let mut mechanisms = [0; 64];
                    let mut count = self.below(65) as CK_ULONG;
                    let code = list.C_GetMechanismList.unwrap()(0, mechanisms.as_mut_ptr(), &raw mut count);
                    self.said(code);
                    let number = self.pick(MECHANISMS);
                    let code = list.C_GetMechanismInfo.unwrap()(0, number, &mut CK_MECHANISM_INFO::default());
                    self.said(code);
                }
                28 => {
                    let offered = self.below(200);
                    let mut room = Room::of(offered);
                    let (place, length) = if self.chance(10) {
                        (ptr::null_mut(), self.pick(LIES))
                    } else {
                        (room.octets.as_mut_ptr(), offered as CK_ULONG)
                    };
                    let code = list.C_GenerateRandom.unwrap()(session, place, length);
                    self.said(code);
                    room.must_be_whole("C_GenerateRandom");
                    let code = list.C_SeedRandom.unwrap()(session, ptr::null_mut(), 5);
                    self.said(code);
                }
                29 => {
                    let mut size = 0;
                    let code = list.C_GetObjectSize.unwrap()(session, object, &raw mut size);
                    self.said(code);
                    let code = list.C_GetSessionInfo.unwrap()(session, &mut CK_SESSION_INFO::default());
                    self.said(code);
                }
                30 => self.extended(session),
                31 => {
                    let flags = self.pick(&[CKF_DONT_BLOCK, CKF_DONT_BLOCK | 8]);
                    let mut slot = 0;
                    let code = list.C_WaitForSlotEvent.unwrap()(flags, &raw mut slot, ptr::null_mut());
                    self.said(code);
                    let code = list.C_GetInfo.unwrap()(&mut CK_INFO::default());
                    self.said(code);
                    let code = list.C_GetInfo.unwrap()(ptr::null_mut());
                    self.said(code);
                    let code = list.C_GetFunctionList.unwrap()(ptr::null_mut());
                    self.said(code);
                    let code = (self.token.extended().C_EX_GetFunctionListExtended)(ptr::null_mut());
                    self.said(code);
                }
                32 => self.unsupported(session, object),
                33 => {
                    let flags = self.random.next_u64();
                    let mut arguments = CK_C_INITIALIZE_ARGS { flags, ..Default::default() };
                    let code = list.C_Initialize.unwrap()((&raw mut arguments).cast());
                    self.said(code);
                    let code = list.C_Finalize.unwrap()((&raw mut arguments).cast());
                    self.said(code);
                }
                _ => self.operation(session, object),
            }
        }
    }

    unsafe fn generate(&mut self, session: CK_SESSION_HANDLE) {
        let number = self.pick(&MECHANISMS[..4]);
        let mut mechanism = mechanism(number);
        let sensible: &[CK_ATTRIBUTE_TYPE] = match number {
            CKM_EC_KEY_PAIR_GEN => &[CKA_EC_PARAMS],
            CKM_RSA_PKCS_KEY_PAIR_GEN => &[CKA_MODULUS_BITS],
            _ => &[CKA_GOSTR3410_PARAMS, CKA_GOSTR3411_PARAMS],
        };
        let (mut public, mut private) = (self.template(sensible), self.template(&[]));
        let (public, public_count) = self.pointed(&mut public);
        let (private, private_count) = self.pointed(&mut private);
        let [mut one, mut other] = [0; 2];
        let generate = self.token.list().C_GenerateKeyPair.unwrap();
        let second = if self.chance(20) { ptr::null_mut() } else { &raw mut other };
        // SAFETY: as in `call`.
        let code = unsafe {
            generate(session, &raw mut mechanism, public, public_count, private, private_count, &raw mut one, second)
        };
        if self.said(code) {
            self.objects.extend([one, other]);
        }
    }

    unsafe fn attributes(&mut self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) {
        let count = self.below(6);
        let mut rooms: Vec<Room> = (0..count).map(|_| Room::of(self.below(200))).collect();
        let mut attributes: Vec<CK_ATTRIBUTE> = Vec::new();
        for room in &mut rooms {
            let place = if self.chance(4) { ptr::null_mut() } else { room.octets.as_mut_ptr().cast() };
            let kind = self.pick(KINDS);
            attributes.push(CK_ATTRIBUTE { type_: kind, pValue: place, ulValueLen: room.offered as CK_ULONG });
        }
        let get = self.token.list().C_GetAttributeValue.unwrap();
        let (place, count) = match self.below(30) {
            0 => (ptr::null_mut(), 3),
            1 => (attributes.as_mut_ptr(), self.pick(LIES)),
            _ => (attributes.as_mut_ptr(), count as CK_ULONG),
        };
        // SAFETY: as in `call`.
        let code = unsafe { get(session, object, place, count) };
        self.said(code);
        for room in &rooms {
            room.must_be_whole("C_GetAttributeValue");
        }
    }

    unsafe fn operation(&mut self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) {
        let list = self.token.list();
        let mut mechanism = self.mechanism();
        let mut parameter = self.octets(50);
        if self.chance(10) {
            (mechanism.pParameter, mechanism.ulParameterLen) = match self.below(3) {
                0 => (ptr::null_mut(), 40),
                1 => (parameter.as_mut_ptr().cast(), self.pick(LIES)),
                // A derivation's structure of these octets would be pointers to nowhere: that mechanism has a test of its own.
                _ if mechanism.mechanism == CKM_GOSTR3410_DERIVE => (ptr::null_mut(), 0),
                _ => (parameter.as_mut_ptr().cast(), parameter.len() as CK_ULONG),
            };
        }
        let place = if self.chance(40) { ptr::null_mut() } else { &raw mut mechanism };
        let mut data = self.octets(200);
        if self.chance(2) {
            data.resize(self.pick(&[32, 64, 20]), 7);
        }
        let offered = self.pick(&[0, 31, 32, 64, 128, 256, 512]);
        let mut room = Room::of(offered);
        let mut signature = self.octets(200);
        let (message, length) = self.data(&mut data);
        let (signed, signed_length) = self.data(&mut signature);
        let mut room_length = offered as CK_ULONG;
        let length_place = if self.chance(40) { ptr::null_mut() } else { &raw mut room_length };
        let answer = if self.chance(8) { ptr::null_mut() } else { room.octets.as_mut_ptr() };
        // SAFETY: as in `call`.
        let code = unsafe {
            match self.below(13) {
                0 => list.C_DigestInit.unwrap()(session, place),
                1 => list.C_Digest.unwrap()(session, message, length, answer, length_place),
                2 => list.C_DigestUpdate.unwrap()(session, message, length),
                3 => list.C_DigestFinal.unwrap()(session, answer, length_place),
                4 | 5 => list.C_SignInit.unwrap()(session, place, object),
                6 => list.C_Sign.unwrap()(session, message, length, answer, length_place),
                7 => list.C_SignUpdate.unwrap()(session, message, length),
                8 => list.C_SignFinal.unwrap()(session, answer, length_place),
                9 => list.C_VerifyInit.unwrap()(session, place, object),
                10 => list.C_Verify.unwrap()(session, message, length, signed, signed_length),
                11 => list.C_VerifyUpdate.unwrap()(session, message, length),
                _ => list.C_VerifyFinal.unwrap()(session, signed, signed_length),
            }
        };
        self.said(code);
        room.must_be_whole("an operation");
    }

    unsafe fn derive(&mut self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) {
        let mut public = self.octets(130);
        let mut ukm = self.octets(10);
        let (public, public_length) = self.data(&mut public);
        let (ukm, ukm_length) = self.data(&mut ukm);
        let mut structure = CK_GOSTR3410_DERIVE_PARAMS {
            kdf: self.pick(&[CKD_NULL, CKD_NULL, 0, 9]),
            pPublicData: public,
            ulPublicDataLen: public_length,
            pUKM: ukm,
            ulUKMLen: ukm_length,
        };
        let mut packed = self.octets(120);
        let mut mechanism = mechanism(self.pick(&[CKM_GOSTR3410_DERIVE, CKM_GOSTR3410_2012_DERIVE, CKM_ECDSA]));
        if mechanism.mechanism == CKM_GOSTR3410_DERIVE {
            mechanism.pParameter = (&raw mut structure).cast();
            mechanism.ulParameterLen = size_of::<CK_GOSTR3410_DERIVE_PARAMS>() as CK_ULONG;
        } else {
            mechanism.pParameter = packed.as_mut_ptr().cast();
            mechanism.ulParameterLen = packed.len() as CK_ULONG;
        }
        let mut template = self.template(&[]);
        let (place, count) = self.pointed(&mut template);
        let mut made = 0;
        let derive = self.token.list().C_DeriveKey.unwrap();
        // SAFETY: as in `call`.
        let code = unsafe { derive(session, &raw mut mechanism, object, place, count, &raw mut made) };
        if self.said(code) {
            self.objects.push(made);
        }
    }

    unsafe fn extended(&mut self, session: CK_SESSION_HANDLE) {
        let extended = self.token.extended();
        let slot = self.pick(&[0, 0, 1, CK_ULONG::MAX]);
        let offered = self.below(400);
        let mut room = Room::of(offered);
        let mut length = offered as CK_ULONG;
        // SAFETY: as in `call`; the structure says of itself how long it is.
        let code = unsafe {
            match self.below(5) {
                0 => (extended.C_EX_GetJournal)(slot, room.octets.as_mut_ptr(), &raw mut length),
                1 => (extended.C_EX_UnblockUserPIN)(session),
                2 => {
                    let mut who = self.pick(&[CKU_USER, CKU_SO, 17]);
                    let value = if self.chance(4) { ptr::null_mut() } else { (&raw mut who).cast() };
                    (extended.C_EX_SlotManage)(slot, self.pick(&[7, 7, 6, 0, CK_ULONG::MAX]), value)
                }
                3 => (extended.C_EX_InitToken)(),
                _ => {
                    let said = if offered < 8 { ptr::null_mut() } else { room.octets.as_mut_ptr() };
                    if !said.is_null() {
                        said.cast::<CK_ULONG>().write_unaligned(offered as CK_ULONG);
                    }
                    (extended.C_EX_GetTokenInfoExtended)(slot, said.cast())
                }
            }
        };
        self.said(code);
        room.must_be_whole("an extended function");
    }

    unsafe fn unsupported(&mut self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) {
        let list = self.token.list();
        let mut mechanism = self.mechanism();
        let [mut octets, mut length] = [[0_u8; 16], [0; 16]];
        let (octets, length) = (octets.as_mut_ptr(), length.as_mut_ptr().cast::<CK_ULONG>());
        let (mechanism, none) = (&raw mut mechanism, ptr::null_mut());
        // SAFETY: as in `call`.
        let codes = unsafe {
            [
                list.C_GetOperationState.unwrap()(session, octets, length),
                list.C_SetOperationState.unwrap()(session, octets, 16, object, object),
                list.C_EncryptInit.unwrap()(session, mechanism, object),
                list.C_Encrypt.unwrap()(session, octets, 16, octets, length),
                list.C_EncryptUpdate.unwrap()(session, octets, 16, octets, length),
                list.C_EncryptFinal.unwrap()(session, octets, length),
                list.C_DecryptInit.unwrap()(session, mechanism, object),
                list.C_Decrypt.unwrap()(session, octets, 16, octets, length),
                list.C_DecryptUpdate.unwrap()(session, octets, 16, octets, length),
                list.C_DecryptFinal.unwrap()(session, octets, length),
                list.C_DigestKey.unwrap()(session, object),
                list.C_SignRecoverInit.unwrap()(session, mechanism, object),
                list.C_SignRecover.unwrap()(session, octets, 16, octets, length),
                list.C_VerifyRecoverInit.unwrap()(session, mechanism, object),
                list.C_VerifyRecover.unwrap()(session, octets, 16, octets, length),
                list.C_DigestEncryptUpdate.unwrap()(session, octets, 16, octets, length),
                list.C_DecryptDigestUpdate.unwrap()(session, octets, 16, octets, length),
                list.C_SignEncryptUpdate.unwrap()(session, octets, 16, octets, length),
                list.C_DecryptVerifyUpdate.unwrap()(session, octets, 16, octets, length),
                list.C_GenerateKey.unwrap()(session, mechanism, none, 0, length),
                list.C_WrapKey.unwrap()(session, mechanism, object, object, octets, length),
                list.C_UnwrapKey.unwrap()(session, mechanism, object, octets, 16, none, 0, length),
            ]
        };
        for code in codes {
            assert!(code == CKR_FUNCTION_NOT_SUPPORTED || code == CKR_CRYPTOKI_NOT_INITIALIZED, "{code:#x}");
            self.said(code);
        }
        // SAFETY: nothing is pointed to.
        let codes = unsafe { [list.C_GetFunctionStatus.unwrap()(session), list.C_CancelFunction.unwrap()(session)] };
        for code in codes {
            self.said(code);
        }
    }
}
