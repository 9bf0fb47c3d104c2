//! Keys from keys and from passwords, against the documents: VKO and KEG, the derivations of RFC 7836, PBKDF2 of RFC 9337.

use serde_json::Value;
use surguch_crypto::cipher::{Gost28147, SBox};
use surguch_crypto::gost::{ParameterSet, PrivateKey, PublicKey};
use surguch_crypto::{Error, agreement, kdf};

use crate::support::{rng, vector};

fn json(name: &str) -> Value {
    serde_json::from_slice(&vector(name)).unwrap()
}

fn octets(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

#[test]
fn agreed_keys_are_those_of_two_other_implementations() {
    let vectors = json("vko.json");
    let vectors = vectors["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 7);
    for vector in vectors {
        let set = ParameterSet::from_oid(vector["oid"].as_str().unwrap()).unwrap();
        let key = |name: &str| PrivateKey::from_le_bytes(set, &octets(&vector[name])).unwrap();
        let (a, b) = (key("a"), key("b"));
        assert_eq!(a.public_key().to_le_bytes(), octets(&vector["A"]));
        assert_eq!(b.public_key().to_le_bytes(), octets(&vector["B"]));
        let ukm = octets(&vector["ukm"]);
        for (own, other) in [(&a, &b), (&b, &a)] {
            let short = agreement::vko_256(own, other.public_key(), &ukm).unwrap();
            assert_eq!(short.as_slice(), octets(&vector["vko256"]), "{}", set.name());
            let long = agreement::vko_512(own, other.public_key(), &ukm).unwrap();
            assert_eq!(long.as_slice(), octets(&vector["vko512"]), "{}", set.name());
        }
    }
}

#[test]
fn nothing_is_agreed_on_with_a_zero_number_or_a_stranger() {
    let refused = Some(Error::Invalid { what: "key-agreement" });
    let mut rng = rng(5);
    for &set in ParameterSet::ALL {
        let own = PrivateKey::generate(set, &mut rng);
        let peer = PrivateKey::generate(set, &mut rng);
        let agree = |ukm: &[u8]| agreement::vko_256(&own, peer.public_key(), ukm).err();
        assert_eq!(agree(&[]), refused);
        assert_eq!(agree(&[0; 8]), refused);
        assert_eq!(agree(&vec![1; set.octets() + 1]), refused);
        assert_eq!(agree(&vec![0xff; set.octets()]), None);
        for &other in ParameterSet::ALL {
            let stranger = PrivateKey::generate(other, &mut rng);
            let result = agreement::vko_256(&own, stranger.public_key(), &[1]).err();
            assert_eq!(result.is_none(), other.canonical() == set.canonical());
        }
        // Both ends agree, and the number matters.
        let keg = |own: &PrivateKey, peer: &PublicKey, ukm| agreement::keg(own, peer, &ukm).unwrap();
        let mut zero_first = [7; 32];
        zero_first[..16].fill(0);
        let (mac, cipher) = keg(&own, peer.public_key(), zero_first);
        assert_eq!(keg(&peer, own.public_key(), zero_first), (mac.clone(), cipher.clone()));
        let mut one_first = zero_first;
        one_first[15] = 1;
        assert_eq!(keg(&own, peer.public_key(), one_first), (mac.clone(), cipher), "zero stands for one");
        assert_ne!(keg(&own, peer.public_key(), [7; 32]).0, mac);
    }
}

/// P_hash of TLS 1.2 over the given function: A(i) = F(key, A(i−1)), T(i) = F(key, A(i) ‖ seed).
fn tls_prf(f: impl Fn(&[&[u8]]) -> Vec<u8>, seed: &[u8]) -> [Vec<u8>; 2] {
    let first = f(&[seed]);
    let second = f(&[&first]);
    [f(&[&first, seed]), f(&[&second, seed])]
}

#[test]
fn derivations_are_those_of_rfc_7836() {
    let items = json("rfc7836-appendix-b.json");
    let mut seen = 0;
    for item in items["vectors"].as_array().unwrap() {
        seen += 1;
        let get = |name: &str| octets(&item[name]);
        let hmac = |wide: bool, key: &[u8], parts: &[&[u8]]| {
            if wide { kdf::hmac_streebog512(key, parts).to_vec() } else { kdf::hmac_streebog256(key, parts).to_vec() }
        };
        let number = item["n"].as_u64().unwrap();
        match number {
            1 | 2 => {
                let expected = item.as_object().unwrap().iter().find(|(name, _)| name.ends_with("value")).unwrap().1;
                assert_eq!(hmac(number == 2, &get("Key K"), &[&get("T")]), octets(expected));
            }
            3 | 4 => {
                let key = get("Key K");
                let seed = [get("Label"), get("Seed")].concat();
                let [t1, t2] = tls_prf(|parts| hmac(number == 4, &key, parts), &seed);
                assert_eq!([t1, t2], [get("Output T1"), get("Output T2")], "item {number}");
            }
            5 | 6 => {
                // prf+ of IKEv2 (RFC 7296, 2.13).
                let (key, data) = (get("Key K"), get("Data S"));
                let t1 = hmac(number == 6, &key, &[&data, &[1]]);
                let t2 = hmac(number == 6, &key, &[&t1, &data, &[2]]);
                assert_eq!([t1, t2], [get("Output T1"), get("Output T2")], "item {number}");
            }
            7 | 8 => {
                let set = ParameterSet::Tc26_512A;
                let own = PrivateKey::from_le_bytes(set, &get("Private key x of A")).unwrap();
                let peer = PublicKey::from_le_bytes(set, &get("Public key y*P of B (curve point (X, Y))")).unwrap();
                let agreed = if number == 7 {
                    agreement::vko_256(&own, &peer, &get("UKM value")).unwrap().to_vec()
                } else {
                    agreement::vko_512(&own, &peer, &get("UKM value")).unwrap().to_vec()
                };
                assert_eq!(agreed, get("KEK_VKO value"));
            }
            9 => {
                let key = kdf::kdf_256(&get("K_in key"), &get("Label"), &get("Seed"));
                assert_eq!(key.as_slice(), get("KDF(K_in, label, seed) value"));
            }
            10 => {
                let (first, second) = kdf::kdf_tree_256(&get("K_in key"), &get("Label"), &get("Seed"));
                assert_eq!([first.to_vec(), second.to_vec()], [get("K1"), get("K2")]);
            }
            11 => {
                let seed: [u8; 8] = get("Seed").try_into().unwrap();
                let kek = kdf::kdf_256(&get("Key K_e"), &get("Label"), &seed);
                assert_eq!(kek.as_slice(), get("KEK_e(seed) = KDF_GOSTR3411_2012_256(K_e, label, seed)"));
                let cipher = Gost28147::new(SBox::Tc26Z, &kek);
                let key = get("Key K").try_into().unwrap();
                let (wrapped, mac) = cipher.wrap_key(&seed, &key);
                assert_eq!((wrapped.to_vec(), mac.to_vec()), (get("CEK_ENC"), get("CEK_MAC")));
                assert_eq!(*cipher.unwrap_key(&seed, &wrapped, &mac).unwrap(), key);
                let refused = cipher.unwrap_key(&[0; 8], &wrapped, &mac).err();
                assert_eq!(refused, Some(Error::Invalid { what: "wrapped-key" }));
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(seen, 11);
}

/// More than this many iterations take a minute and wait for `cargo xtask test --slow`.
const QUICK_ITERATIONS: u64 = 10_000;

#[test]
fn keys_from_passwords_are_those_of_rfc_9337() {
    let slow = std::env::var_os("SURGUCH_SLOW_TESTS").is_some();
    for vector in json("rfc9337-pbkdf2.json")["vectors"].as_array().unwrap() {
        let iterations = vector["c"].as_u64().unwrap();
        if iterations > QUICK_ITERATIONS && !slow {
            continue;
        }
        let mut output = vec![0; vector["dkLen"].as_u64().unwrap() as usize];
        let iterations = u32::try_from(iterations).unwrap();
        kdf::pbkdf2_streebog512(&octets(&vector["password"]), &octets(&vector["salt"]), iterations, &mut output);
        assert_eq!(output, octets(&vector["dk"]), "{iterations}");
    }
}
