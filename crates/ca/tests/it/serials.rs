//! Serial numbers: their shape, their distribution, both notations.

use std::collections::BTreeSet;
use std::convert::Infallible;

use ca::{SerialNumber, decimal_from_octets, octets_from_decimal};
use rand_core::{TryCryptoRng, TryRng};

use crate::bank;

/// Sum of (seen - expected)² / expected.
fn chi_square(counts: &[u32], expected: f64) -> f64 {
    counts.iter().map(|seen| (f64::from(*seen) - expected).powi(2) / expected).sum()
}

#[test]
fn a_hundred_thousand_serials_are_twenty_octets_positive_different_and_evenly_spread() {
    const DRAWS: u32 = 100_000;
    let mut rng = bank::rng(1);
    let mut first = [0_u32; 128];
    let mut rest = vec![[0_u32; 256]; 19];
    let mut seen = BTreeSet::new();
    for _ in 0..DRAWS {
        let serial = SerialNumber::draw(&mut rng);
        let octets = *serial.as_bytes();
        assert!((1..0x80).contains(&octets[0]));
        first[usize::from(octets[0])] += 1;
        for (position, octet) in octets[1..].iter().enumerate() {
            rest[position][usize::from(*octet)] += 1;
        }
        assert!(seen.insert(octets));
    }
    // Six standard deviations above the mean; the generator is seeded, so this either holds or never does.
    let limit = |freedom: f64| freedom + 6.0 * (2.0 * freedom).sqrt();
    assert!(chi_square(&first[1..], f64::from(DRAWS) / 127.0) < limit(126.0));
    for counts in &rest {
        assert!(chi_square(counts, f64::from(DRAWS) / 256.0) < limit(255.0));
    }
    let all: Vec<u32> = (0..256).map(|value| rest.iter().map(|counts| counts[value]).sum()).collect();
    assert!(chi_square(&all, f64::from(DRAWS) * 19.0 / 256.0) < limit(255.0));
}

/// Zeros, then a number with the top bit set, then a good one.
struct Stub(u8);

impl TryRng for Stub {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("serial numbers are drawn as octets")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("serial numbers are drawn as octets")
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        octets.fill(match self.0 {
            0 => 0x00,
            1 => 0x80,
            _ => 0xff,
        });
        if self.0 == 1 {
            octets[1..].fill(0);
        }
        self.0 += 1;
        Ok(())
    }
}

impl TryCryptoRng for Stub {}

#[test]
fn zero_is_drawn_again_and_the_top_bit_is_cleared() {
    let mut stub = Stub(0);
    let serial = SerialNumber::draw(&mut stub);
    assert_eq!(stub.0, 3, "both zeros were thrown away");
    assert_eq!(serial.to_hex(), format!("7f{}", "ff".repeat(19)));
}

#[test]
fn both_notations_lead_back_to_the_number() {
    let mut rng = bank::rng(2);
    let smallest = SerialNumber::parse(&format!("01{}", "00".repeat(19))).unwrap();
    let largest = SerialNumber::parse(&format!("7f{}", "ff".repeat(19))).unwrap();
    let drawn = (0..1_000).map(|_| SerialNumber::draw(&mut rng));
    for serial in drawn.chain([smallest, largest]) {
        let (hex, decimal) = (serial.to_hex(), serial.to_decimal());
        assert_eq!((hex.len(), (46..=48).contains(&decimal.len())), (40, true));
        assert_eq!(SerialNumber::parse(&hex), Ok(serial));
        assert_eq!(SerialNumber::parse(&hex.to_uppercase()), Ok(serial));
        assert_eq!(SerialNumber::parse(&format!(" 0x{hex} ")), Ok(serial));
        assert_eq!(SerialNumber::parse(&decimal), Ok(serial));
        assert_eq!(SerialNumber::from_octets(serial.as_bytes()), Ok(serial));
    }
    assert_eq!(largest.to_decimal(), "730750818665451459101842416358141509827966271487", "2^159 - 1");
}

#[test]
fn what_is_no_serial_of_ours_is_refused() {
    for text in ["", "0", "38b00b8", "59441336", &"0".repeat(40), &"f".repeat(40), &"9".repeat(48), "серийный", "-1"]
    {
        assert!(SerialNumber::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_two_notations_of_one_foreign_serial_agree() {
    assert_eq!(decimal_from_octets(&[0x03, 0x8b, 0x00, 0xb8]), "59441336");
    assert_eq!(octets_from_decimal("59441336").unwrap(), [0x03, 0x8b, 0x00, 0xb8]);
    assert_eq!(decimal_from_octets(&[]), "0");
    assert_eq!(octets_from_decimal("000").unwrap(), [0]);
    assert_eq!(octets_from_decimal("12a"), None);
    assert_eq!(octets_from_decimal(""), None);
}

#[test]
fn decimals_are_those_of_the_machine_where_it_has_numbers_that_long() {
    let mut number = 1_u128;
    for step in 0..200_u128 {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step);
        let number = number >> (step % 128);
        assert_eq!(decimal_from_octets(&number.to_be_bytes()), number.to_string());
    }
    assert_eq!(decimal_from_octets(&[]), "0");
    assert_eq!(
        decimal_from_octets(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        "43556142965880123323311949751266331066368"
    );
    assert_eq!(decimal_from_octets(&1_000_000_000_000_000_001_u64.to_be_bytes()), "1000000000000000001");
}
