//! The control examples of the standards, and GOST 28147-89 against Magma, which is the same cipher with its octets the other way round.

#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;

use super::*;

use crate::vector_files;

fn json(name: &str) -> Value {
    serde_json::from_slice(&vector_files::open(name)).unwrap()
}

fn octets(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn key(value: &Value) -> Key {
    octets(value).try_into().unwrap()
}

fn cipher(value: &Value) -> BlockCipher {
    match value.as_str().unwrap() {
        "kuznyechik" => BlockCipher::Kuznyechik,
        "magma" => BlockCipher::Magma,
        other => panic!("{other}"),
    }
}

#[test]
fn single_blocks_are_those_of_the_rfcs() {
    for vector in json("block-ciphers.json")["vectors"].as_array().unwrap() {
        let mut block = octets(&vector["pt"]);
        cipher(&vector["cipher"]).encrypt_block(&key(&vector["key"]), &mut block).unwrap();
        assert_eq!(block, octets(&vector["ct"]));
    }
    assert!(BlockCipher::Magma.encrypt_block(&[0; 32], &mut [0; 16]).is_err());
}

#[test]
fn modes_are_those_of_gost_r_34_13() {
    let mut seen = Vec::new();
    let vectors = json("gost3413-modes.json");
    for vector in vectors["vectors"].as_array().unwrap() {
        let (cipher, key) = (cipher(&vector["cipher"]), key(&vector["key"]));
        let mut data = octets(&vector["pt"]);
        let block = cipher.block_octets();
        let encrypt = |block: &[u8]| {
            let mut block = block.to_vec();
            cipher.encrypt_block(&key, &mut block).unwrap();
            block
        };
        let mode = vector["mode"].as_str().unwrap();
        seen.push(mode);
        match mode {
            "ecb" => data.chunks_exact_mut(block).for_each(|part| cipher.encrypt_block(&key, part).unwrap()),
            "ctr" => cipher.ctr(&key, &octets(&vector["iv"]), &mut data).unwrap(),
            "omac" => {
                let full = octets(&vector["mac_truncated_per_standard"]);
                assert_eq!(cipher.omac(&key, &[&data])[..full.len()], full);
                // The masks of the mode with changing keys are those of the plain one.
                let mut mask = encrypt(&vec![0; block]);
                double(&mut mask);
                assert_eq!(mask, octets(&vector["k1"]));
                double(&mut mask);
                assert_eq!(mask, octets(&vector["k2"]));
                continue;
            }
            // Nobody here enciphers in these; the blocks under them are checked all the same. The register is longer than a block.
            "ofb" | "cfb" | "cbc" => {
                let mut register = octets(&vector["iv"]);
                for part in data.chunks_exact_mut(block) {
                    let mut gamma = register[..block].to_vec();
                    if mode == "cbc" {
                        xor(part, &gamma);
                        cipher.encrypt_block(&key, part).unwrap();
                        register.extend_from_slice(part);
                    } else {
                        gamma = encrypt(&gamma);
                        xor(part, &gamma);
                        register.extend_from_slice(if mode == "ofb" { &gamma } else { part });
                    }
                    register.drain(..block);
                }
            }
            other => panic!("{other}"),
        }
        assert_eq!(data, octets(&vector["ct"]), "{cipher:?} {mode}");
    }
    assert_eq!(seen.len(), 12);
}

#[test]
fn changing_keys_and_exported_keys_are_those_of_r_1323565_1_017() {
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap() as usize;
    for vector in json("acpkm-kexp15.json")["vectors"].as_array().unwrap() {
        let cipher = cipher(&vector["cipher"]);
        match vector["op"].as_str().unwrap() {
            "acpkm-keys" => {
                let mut section = Zeroizing::new(key(&vector["key"]));
                for expected in vector["section_keys_k2_k3_k4"].as_array().unwrap() {
                    section = match cipher {
                        BlockCipher::Kuznyechik => next_section_key::<Kuznyechik>(&section),
                        BlockCipher::Magma => next_section_key::<Magma>(&section),
                    };
                    assert_eq!(*section, key(expected));
                }
            }
            "ctr-acpkm" => {
                let mut data = octets(&vector["pt"]);
                let section = number(&vector["section_bytes"]);
                cipher.ctr_acpkm(&key(&vector["key"]), &octets(&vector["iv"]), section, &mut data).unwrap();
                assert_eq!(data, octets(&vector["ct"]));
            }
            "omac-acpkm-master" => {
                let master = number(&vector["key_section_bits"]) / 8;
                let mut material = vec![0; octets(&vector["keymat"]).len()];
                cipher
                    .counter(&key(&vector["key"]), &[0xff; 8][..cipher.block_octets() / 2], master, &mut material)
                    .unwrap();
                assert_eq!(material, octets(&vector["keymat"]));
                let section = 2 * cipher.block_octets();
                let mac = cipher.omac_acpkm(&key(&vector["key"]), section, master, &octets(&vector["text"]));
                assert_eq!(mac.unwrap(), octets(&vector["mac"]));
            }
            "kexp15" => {
                let (mac_key, cipher_key, iv) =
                    (key(&vector["key_mac"]), key(&vector["key_enc"]), octets(&vector["iv"]));
                let plain = key(&vector["key_to_wrap"]);
                let wrapped = octets(&vector["wrapped"]);
                assert_eq!(cipher.export_key(&plain, &mac_key, &cipher_key, &iv).unwrap(), wrapped);
                assert_eq!(*cipher.import_key(&wrapped, &mac_key, &cipher_key, &iv).unwrap(), plain);
                for at in 0..wrapped.len() {
                    let mut bent = wrapped.clone();
                    bent[at] ^= 1;
                    let refused = cipher.import_key(&bent, &mac_key, &cipher_key, &iv);
                    assert_eq!(refused.err(), Some(Error::Invalid { what: "wrapped-key" }));
                    assert!(cipher.import_key(&wrapped[..at], &mac_key, &cipher_key, &iv).is_err());
                }
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn codes_with_one_section_for_everything_hang_on_the_first_section_key() {
    // An OMAC under one key whose mask is given: the same bytes in one section or in sections of another length are different codes, of any length of text.
    for cipher in [BlockCipher::Kuznyechik, BlockCipher::Magma] {
        let block = cipher.block_octets();
        let mut seen = std::collections::BTreeSet::new();
        for length in 0..4 * block {
            let data = vec![0x5a; length];
            let long = cipher.omac_acpkm(&[1; 32], 64 * block, 96, &data).unwrap();
            let short = cipher.omac_acpkm(&[1; 32], block, 96, &data).unwrap();
            assert_eq!(long == short, length <= block, "{length}");
            assert!(seen.insert(long));
        }
        assert!(cipher.omac_acpkm(&[1; 32], 0, 96, &[]).is_err());
        assert!(cipher.omac_acpkm(&[1; 32], block + 1, 96, &[]).is_err());
        assert!(cipher.ctr_acpkm(&[1; 32], &[0; 8], 0, &mut []).is_err());
        assert!(cipher.ctr(&[1; 32], &[0; 3], &mut []).is_err());
    }
}

#[test]
fn substitutions_are_those_of_the_documents() {
    let sets = json("gost28147-sboxes.json");
    let sets = sets["sboxes"].as_object().unwrap();
    let rows = |value: &Value| -> [[u8; 16]; 8] { serde_json::from_value(value.clone()).unwrap() };
    for set in SBox::ALL {
        let (_, expected) = sets.iter().find(|(name, _)| name.split(' ').next() == Some(set.name())).unwrap();
        assert_eq!(*set.rows(), rows(expected), "{}", set.name());
        assert_eq!(SBox::from_oid(set.oid()), Some(set));
    }
    // Every table of the file is eight permutations, those of the old hash function too.
    for (name, table) in sets {
        for row in rows(table) {
            let mut row = row;
            row.sort_unstable();
            assert_eq!(row, core::array::from_fn(|i| i as u8), "{name}");
        }
    }
    assert_eq!(SBox::from_oid("1.2.643.2.2.31.0"), None, "the test set");
}

#[test]
fn gost_28147_with_param_z_is_magma_backwards() {
    use magma::cipher::BlockCipherDecrypt as _;
    let key: Key = core::array::from_fn(|i| (i * 37 + 5) as u8);
    let mut turned_key = key;
    turned_key.as_chunks_mut::<4>().0.iter_mut().for_each(|word| word.reverse());
    for seed in 0..200_u64 {
        let text = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
        let mut ours = text;
        Gost28147::new(SBox::Tc26Z, &key).encrypt_block(&mut ours);
        let mut theirs = text;
        theirs.reverse();
        schedule::<Magma>(&turned_key).encrypt_block((&mut theirs).into());
        theirs.reverse();
        assert_eq!(ours, theirs);
        Gost28147::new(SBox::Tc26Z, &key).decrypt_block(&mut ours);
        assert_eq!(ours, text);
        theirs.reverse();
        schedule::<Magma>(&turned_key).decrypt_block((&mut theirs).into());
        theirs.reverse();
        assert_eq!(theirs, text);
    }
}
