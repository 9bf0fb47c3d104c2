//! Codes read on scans: as scanners make them, and as somebody makes them who wishes us ill.

use documents::Language;
use documents::application::{Applicant, Part};
use documents::qr::PaperCode;
use documents::scanned::codes_on;
use domain::subscriber::Gender;

use crate::facts::{application, application_text, unz};
use crate::programs::Printed;

fn printed() -> Printed {
    let text = application_text(Applicant::Organisation, Gender::Male);
    Printed::new(&application(&text, Applicant::Organisation, Part::Whole, false, Language::Ru).unwrap())
}

/// A PDF with these pictures on its pages, as far as anybody looks for pictures.
fn pdf_around(pictures: &[&[u8]]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    for picture in pictures {
        file.extend_from_slice(b"1 0 obj\n<</Filter/DCTDecode>>\nstream\n");
        file.extend_from_slice(picture);
        file.extend_from_slice(b"\nendstream\nendobj\n");
    }
    file
}

fn chunk(name: &[u8; 4], contents: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), contents].concat();
    let mut sum = u32::MAX;
    for octet in &named {
        sum ^= u32::from(*octet);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    let length = u32::try_from(contents.len()).unwrap();
    [&length.to_be_bytes(), named.as_slice(), &(!sum).to_be_bytes()].concat()
}

/// A grey PNG of these pixels, its octets stored as they are.
fn png_of(width: usize, pixels: &[u8]) -> Vec<u8> {
    let side = |pixels: usize| u32::try_from(pixels).unwrap().to_be_bytes();
    let mut rows = Vec::new();
    for row in pixels.chunks(width) {
        rows.push(0);
        rows.extend_from_slice(row);
    }
    let mut packed = vec![0x78, 1];
    let blocks: Vec<&[u8]> = rows.chunks(65_535).collect();
    for (place, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        packed.push(u8::from(place + 1 == blocks.len()));
        packed.extend_from_slice(&length.to_le_bytes());
        packed.extend_from_slice(&(!length).to_le_bytes());
        packed.extend_from_slice(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for octet in &rows {
        low = (low + u32::from(*octet)) % 65_521;
        high = (high + low) % 65_521;
    }
    packed.extend_from_slice(&(high << 16 | low).to_be_bytes());
    let header = [side(width).as_slice(), &side(pixels.len() / width), &[8, 0, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &header), &chunk(b"IDAT", &packed), &chunk(b"IEND", b"")].concat()
}

#[test]
fn the_code_of_a_paper_is_read_on_its_scan_in_every_kind_of_file() {
    let printed = printed();
    let wanted: PaperCode = printed.codes()[0].parse().unwrap();
    assert_eq!(wanted.unz, unz());
    let jpeg = printed.scan("-jpeg", "150");
    let empty = png_of(100, &[255; 10_000]);
    for (name, scan) in [
        ("png", printed.scan("-png", "150")),
        ("jpeg of 300 dots", printed.scan("-jpeg", "300")),
        // More pixels than are looked at.
        ("jpeg of 400 dots", printed.scan("-jpeg", "400")),
        ("pdf", pdf_around(&[&jpeg, &jpeg])),
        ("pdf with something else before", pdf_around(&[&empty, &jpeg])),
    ] {
        assert_eq!(codes_on(&scan), [wanted], "{name}");
    }
}

#[test]
fn what_is_no_picture_or_too_much_of_one_has_no_code() {
    let jpeg = printed().scan("-jpeg", "150");
    let mut huge = jpeg.clone();
    // The frame says 65,535 by 65,535 pixels.
    let frame = huge.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    huge[frame + 5..frame + 9].fill(0xff);
    let wide = [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &[0, 0, 78, 0, 0, 0, 78, 0, 8, 6, 0, 0, 0])].concat();
    let fourth = pdf_around(&[b"\xff\xd8\xff", b"\xff\xd8\xff", b"\xff\xd8\xff", &jpeg]);
    for (name, scan) in [
        ("nothing", Vec::new()),
        ("words", b"SURGUCH1".to_vec()),
        ("an empty page", png_of(200, &[255; 40_000])),
        ("a jpeg that says too much", huge),
        ("a png that says too much", wide),
        ("a pdf without pictures", b"%PDF-1.7\nstream\nendstream".to_vec()),
        ("a picture behind too many others", fourth),
        ("a third of a jpeg", jpeg[..jpeg.len() / 3].to_vec()),
    ] {
        assert_eq!(codes_on(&scan), [], "{name}");
    }
}

#[test]
fn a_picture_that_looks_like_nothing_but_codes_is_looked_through_to_its_end() {
    // Squares in squares, as in the three corners of a code, wherever they fit.
    let width = 1_400;
    let corner = |column: usize, row: usize| {
        let from_edge = |at: usize| (at % 18 / 2).min(8 - at % 18 / 2);
        match from_edge(column).min(from_edge(row)) {
            0 | 2 => 255,
            _ => 0,
        }
    };
    let corners: Vec<u8> = (0..width * width).map(|at| corner(at % width, at / width)).collect();
    assert_eq!(codes_on(&png_of(width, &corners)), []);
    let mut seed = 1_u64;
    let noise: Vec<u8> = (0..width * width)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed.to_be_bytes()[0]
        })
        .collect();
    assert_eq!(codes_on(&png_of(width, &noise)), []);
}
