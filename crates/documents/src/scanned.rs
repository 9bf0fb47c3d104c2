//! The code of a paper, read on its scan, and the pictures that a scanner packed into a PDF. A scan comes from anybody, so everything that a picture may cost has a bound, and a picture that is
//! beyond one, or broken, has no code: whoever asks goes by what was typed.

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::qr::PaperCode;

/// Pixels of one picture: a page of A4 at 400 dpi has 15.5 million.
const MOST_PIXELS: usize = 20_000_000;
/// Pixels that a code is looked for in, those of A4 at 300 dpi: what has more is shrunk first. A square of a code is 4 pixels wide then.
const LOOKED_AT: usize = 8_700_000;
/// Pixels of a row, as scans may have.
const LONGEST_SIDE: usize = 20_000;
/// Pictures of one PDF that are looked at: a code stands on the first page of its paper.
const MOST_PICTURES: usize = 3;
/// Passes of a progressive JPEG: encoders make up to ten, and each costs as much as the picture.
const MOST_PASSES: usize = 12;

/// The codes of papers on a scan: on a JPEG, a PNG, or the JPEG pictures of a PDF. The same code twice is one.
#[must_use]
pub fn codes_on(scan: &[u8]) -> Vec<PaperCode> {
    let pictures = if scan.starts_with(b"%PDF-") { pictures_of_pdf(scan, MOST_PICTURES) } else { vec![scan] };
    let mut codes = Vec::new();
    for code in pictures.into_iter().filter_map(grey).flat_map(|picture| codes_of(&picture.shrunk())) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// The JPEG pictures of a PDF in the order of the file, at most `most`, each from its beginning to the end of its stream: of what a scanner makes,
/// the pages. Nothing says that they are all a reader shows, or that they are whole.
#[must_use]
pub fn pages(pdf: &[u8], most: usize) -> Vec<&[u8]> {
    pictures_of_pdf(pdf, most).into_iter().map(<[u8]>::trim_ascii_end).collect()
}

/// A picture in grey.
struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Grey {
    /// Squares of pixels become one pixel, until there are no more than are looked at.
    fn shrunk(self) -> Self {
        let side = (1..).find(|side| self.pixels.len() / (side * side) <= LOOKED_AT).unwrap_or(1);
        if side == 1 {
            return self;
        }
        let (width, height) = (self.width / side, self.height / side);
        let mut pixels = Vec::with_capacity(width * height);
        for top in (0..height).map(|row| row * side) {
            for left in (0..width).map(|column| column * side) {
                let rows = (top..top + side).map(|row| row * self.width + left);
                let sum: usize =
                    rows.flat_map(|from| &self.pixels[from..from + side]).map(|pixel| usize::from(*pixel)).sum();
                pixels.push(u8::try_from(sum / (side * side)).unwrap_or(u8::MAX));
            }
        }
        Self { width, height, pixels }
    }
}

fn codes_of(picture: &Grey) -> Vec<PaperCode> {
    // It looks at 32 corners and 8 codes at most: without an end to both, a picture full of corners keeps a processor busy for hours.
    let mut reader = quircs::Quirc::default();
    let found = reader.identify(picture.width, picture.height, &picture.pixels);
    let texts = found.filter_map(|code| String::from_utf8(code.ok()?.decode().ok()?.payload).ok());
    texts.filter_map(|text| text.parse().ok()).collect()
}

/// The picture, if it is whole and within its bounds.
fn grey(picture: &[u8]) -> Option<Grey> {
    let grey = if picture.starts_with(b"\x89PNG") { grey_of_png(picture) } else { grey_of_jpeg(picture) }?;
    (grey.pixels.len() == grey.width * grey.height && !grey.pixels.is_empty()).then_some(grey)
}

fn is_within(width: usize, height: usize) -> bool {
    (1..=LONGEST_SIDE).contains(&width) && (1..=LONGEST_SIDE).contains(&height) && width * height <= MOST_PIXELS
}

fn grey_of_jpeg(picture: &[u8]) -> Option<Grey> {
    let options = DecoderOptions::new_safe()
        .set_max_width(LONGEST_SIDE)
        .set_max_height(LONGEST_SIDE)
        .jpeg_set_max_scans(MOST_PASSES)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(picture), options);
    decoder.decode_headers().ok()?;
    let info = decoder.info()?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    if !is_within(width, height) {
        return None;
    }
    Some(Grey { width, height, pixels: decoder.decode().ok()? })
}

fn grey_of_png(picture: &[u8]) -> Option<Grey> {
    // Four octets a pixel at most, and what the decoder itself needs.
    let limits = png::Limits { bytes: MOST_PIXELS * 4 + (1 << 20) };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(picture), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let header = decoder.read_header_info().ok()?;
    let (width, height) = (usize::try_from(header.width).ok()?, usize::try_from(header.height).ok()?);
    if !is_within(width, height) {
        return None;
    }
    let mut reader = decoder.read_info().ok()?;
    let mut octets = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut octets).ok()?;
    octets.truncate(frame.buffer_size());
    let samples = frame.color_type.samples();
    let pixels = match samples {
        1 | 2 => octets.chunks_exact(samples).map(|pixel| pixel[0]).collect(),
        // A code is black on white: which grey a colour is matters little.
        _ => octets.chunks_exact(samples).map(|pixel| pixel[1]).collect(),
    };
    Some(Grey { width, height, pixels })
}

/// The streams of a PDF that are JPEG files as they stand (ISO 32000-2, 7.4.8), which is what scanners put there.
fn pictures_of_pdf(scan: &[u8], most: usize) -> Vec<&[u8]> {
    const BEGIN: &[u8] = b"stream";
    const END: &[u8] = b"endstream";
    let mut pictures = Vec::new();
    let mut rest = scan;
    while let (true, Some(at)) = (pictures.len() < most, position(rest, BEGIN)) {
        rest = &rest[at + BEGIN.len()..];
        let contents = rest.trim_ascii_start();
        if contents.starts_with(&[0xff, 0xd8, 0xff]) {
            let end = position(contents, END).unwrap_or(contents.len());
            pictures.push(&contents[..end]);
            rest = &contents[end..];
        }
    }
    pictures
}

fn position(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|window| window == wanted)
}
