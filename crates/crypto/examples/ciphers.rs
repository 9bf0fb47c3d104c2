//! Ciphers, keys from keys and keys in common, by themselves: what messages and key files are put together from.
//! `cargo run -p surguch-crypto --example ciphers`
#![expect(clippy::print_stdout, reason = "an example for a terminal")]

use std::error::Error;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use surguch_crypto::agreement::{keg, vko_256, vko_512};
use surguch_crypto::cipher::{BlockCipher, Gost28147, KEY_OCTETS, Key, SBox};
use surguch_crypto::gost::{ParameterSet, PrivateKey};
use surguch_crypto::kdf::{hmac_streebog256, hmac_streebog512, kdf_256, kdf_tree_256, pbkdf2_streebog512};

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let key: Key = [7; KEY_OCTETS];
    block_ciphers(&key)?;
    gost_28147(&key)?;
    derived(&key);
    agreed()
}

fn block_ciphers(key: &Key) -> Result<(), Box<dyn Error>> {
    for cipher in [BlockCipher::Kuznyechik, BlockCipher::Magma] {
        let (block, section) = (cipher.block_octets(), cipher.section_octets());
        let mut one = vec![1; block];
        cipher.encrypt_block(key, &mut one)?;
        assert_ne!(one, vec![1; block]);

        // Counter modes undo themselves; ACPKM changes the key after every section.
        let vector = vec![2; block / 2];
        let mut data = vec![3; 100];
        cipher.ctr(key, &vector, &mut data)?;
        cipher.ctr(key, &vector, &mut data)?;
        cipher.ctr_acpkm(key, &vector, section, &mut data)?;
        cipher.ctr_acpkm(key, &vector, section, &mut data)?;
        assert_eq!(data, [3; 100]);

        // Codes: of parts one after another, and with changing keys.
        assert_eq!(cipher.omac(key, &[b"two ", b"parts"]), cipher.omac(key, &[b"two parts"]));
        assert_eq!(cipher.omac_acpkm(key, section, 10 * section, b"text")?.len(), block);

        // KExp15 and KImp15 (R 1323565.1.017, 5.3).
        let exported = cipher.export_key(&[9; 32], &[1; 32], &[2; 32], &vector)?;
        assert_eq!(*cipher.import_key(&exported, &[1; 32], &[2; 32], &vector)?, [9; 32]);
    }
    Ok(())
}

fn gost_28147(key: &Key) -> Result<(), Box<dyn Error>> {
    for set in SBox::ALL {
        println!("{} {}", set.oid(), set.name());
        assert_eq!(SBox::from_oid(set.oid()), Some(set));
        let cipher = || Gost28147::new(set, key);
        let mut block = [1; 8];
        cipher().encrypt_block(&mut block);
        cipher().decrypt_block(&mut block);
        assert_eq!(block, [1; 8]);
        let mut text = *b"any number of octets";
        cipher().encrypt_cfb(&[5; 8], &mut text);
        cipher().decrypt_cfb(&[5; 8], &mut text);
        cipher().cnt(&[5; 8], &mut text);
        cipher().cnt(&[5; 8], &mut text);
        assert_eq!(&text, b"any number of octets");
        println!("code {:02x?}", cipher().mac(&[0; 8], &text));
        // The older way of wrapping a key (RFC 4357, 6.3), under a key made from another.
        let wrapping = Gost28147::diversified(set, key, &[6; 8]);
        let (wrapped, code) = wrapping.wrap_key(&[6; 8], &[9; 32]);
        assert_eq!(*wrapping.unwrap_key(&[6; 8], &wrapped, &code)?, [9; 32]);
    }
    Ok(())
}

fn derived(key: &Key) {
    assert_eq!((hmac_streebog256(key, &[b"x"]).len(), hmac_streebog512(key, &[b"x"]).len()), (32, 64));
    let (first, second) = kdf_tree_256(key, b"label", b"seed");
    assert!(first != second && first != kdf_256(key, b"label", b"seed"));
    let mut from_password = [0; 32];
    pbkdf2_streebog512(b"password", b"salt", 1000, &mut from_password);
}

fn agreed() -> Result<(), Box<dyn Error>> {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let [ours, theirs] = [(), ()].map(|()| PrivateKey::generate(ParameterSet::Tc26_512A, &mut rng));
    assert_eq!(vko_256(&ours, theirs.public_key(), &[1])?, vko_256(&theirs, ours.public_key(), &[1])?);
    assert_eq!(vko_512(&ours, theirs.public_key(), &[1])?, vko_512(&theirs, ours.public_key(), &[1])?);
    assert_eq!(keg(&ours, theirs.public_key(), &[1; 32])?, keg(&theirs, ours.public_key(), &[1; 32])?);
    Ok(())
}
