//! Both ways of computing the hash against the documents and against each other.
#![expect(clippy::unwrap_used, reason = "tests")]

use digest::{Digest, KeyInit, Mac};
use hmac::Hmac;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng};

use super::*;

use crate::vector_files;

/// The crate's hash, whatever the processor.
fn reference(wide: bool, message: &[u8]) -> Vec<u8> {
    if wide {
        ::streebog::Streebog512::digest(message).to_vec()
    } else {
        ::streebog::Streebog256::digest(message).to_vec()
    }
}

fn ours(wide: bool, message: &[u8]) -> Vec<u8> {
    if wide { Streebog512::digest(message).to_vec() } else { Streebog256::digest(message).to_vec() }
}

fn octets(rng: &mut ChaCha20Rng, length: usize) -> Vec<u8> {
    let mut octets = vec![0; length];
    rng.fill_bytes(&mut octets);
    octets
}

/// Below `bound`, even enough for a test.
fn below(rng: &mut ChaCha20Rng, bound: usize) -> usize {
    usize::try_from(rng.next_u64() % bound as u64).unwrap()
}

#[test]
fn the_examples_of_the_standard_are_met() {
    let file: serde_json::Value = serde_json::from_slice(&vector_files::open("streebog.json")).unwrap();
    let examples = file["vectors"].as_array().unwrap();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let field = |name: &str| hex::decode(example[name].as_str().unwrap()).unwrap();
        let message = field("message_bytes");
        assert_eq!(ours(false, &message), field("streebog256_bytes"));
        assert_eq!(ours(true, &message), field("streebog512_bytes"));
    }
}

#[test]
fn every_short_length_gives_what_the_crate_gives() {
    let message = octets(&mut ChaCha20Rng::seed_from_u64(1), 600);
    for length in 0..=600 {
        for wide in [false, true] {
            assert_eq!(ours(wide, &message[..length]), reference(wide, &message[..length]), "{length} {wide}");
        }
    }
}

#[test]
fn a_thousand_random_messages_up_to_a_mebibyte_give_what_the_crate_gives() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let message = octets(&mut rng, 1 << 20);
    for round in 0..1_000 {
        // Even over the logarithm: short ones are where mistakes hide, and long ones cost time.
        let magnitude = below(&mut rng, 20);
        let length = below(&mut rng, 2 << magnitude);
        let from = below(&mut rng, message.len() - length + 1);
        let message = &message[from..from + length];
        let wide = round % 2 == 1;
        assert_eq!(ours(wide, message), reference(wide, message), "{length} {wide}");
    }
    assert_eq!(ours(false, &message), reference(false, &message));
}

#[test]
fn a_message_in_random_pieces_hashes_as_a_whole() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let mut hash = Streebog512::new();
    for _ in 0..300 {
        let length = below(&mut rng, 2_000);
        let message = octets(&mut rng, length);
        let mut rest = message.as_slice();
        while !rest.is_empty() {
            let cut = below(&mut rng, rest.len().min(200) + 1);
            hash.update(&rest[..cut]);
            rest = &rest[cut..];
        }
        assert_eq!(hash.finalize_reset().to_vec(), reference(true, &message));
    }
}

#[test]
fn the_sum_and_the_length_carry_through_every_word() {
    // Σ overflows from the lowest word to the highest and past it.
    for message in [vec![0xff; 64 * 3], [vec![0xff; 64], vec![1; 1], vec![0; 63], vec![0xff; 70]].concat()] {
        assert_eq!(ours(false, &message), reference(false, &message));
    }
    #[cfg(target_arch = "x86_64")]
    {
        let mut sum = [u64::MAX; 8];
        sum[7] = 5;
        add(&mut sum, &[1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(sum, [0, 0, 0, 0, 0, 0, 0, 6]);
    }
}

#[test]
fn the_portable_way_goes_through_the_same_door() {
    let message = octets(&mut ChaCha20Rng::seed_from_u64(4), 200);
    for (output_octets, wide) in [(32, false), (64, true)] {
        let mut core = Core::portable(output_octets).unwrap();
        let mut buffer = Buffer::<Core>::default();
        buffer.digest_blocks(&message, |blocks| core.update_blocks(blocks));
        let mut output = Output::<Core>::default();
        core.finalize_variable_core(&mut buffer, &mut output);
        assert_eq!(output[64 - output_octets..], reference(wide, &message));
    }
    assert!(Core::new(48).is_err());
    assert!(Core::portable(48).is_err());
}

#[test]
fn hmac_and_pbkdf2_take_it() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    for key_octets in [0, 1, 32, 63, 64, 65, 200] {
        let (key, message) = (octets(&mut rng, key_octets), octets(&mut rng, 100));
        let mut mac = <Hmac<Streebog256> as KeyInit>::new_from_slice(&key).unwrap();
        let mut expected = <Hmac<::streebog::Streebog256> as KeyInit>::new_from_slice(&key).unwrap();
        mac.update(&message);
        expected.update(&message);
        assert_eq!(mac.finalize().into_bytes(), expected.finalize().into_bytes());
    }
    let (mut key, mut expected) = ([0; 96], [0; 96]);
    pbkdf2::pbkdf2_hmac::<Streebog512>(b"password", b"salt", 100, &mut key);
    pbkdf2::pbkdf2_hmac::<::streebog::Streebog512>(b"password", b"salt", 100, &mut expected);
    assert_eq!(key, expected);
}
