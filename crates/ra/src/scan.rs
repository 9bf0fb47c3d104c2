//! Scans of papers: what a file must be before it is kept. A foreign file is shown to a person at the desk, so it must be what it says,
//! whole, nothing else at the same time, and without anything that runs.

use domain::Refusal;
use flate2::{Decompress, FlushDecompress, Status};

/// A scan that was looked through. Only [`Scan::parse`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scan {
    kind: ScanKind,
    octets: Vec<u8>,
}

/// The kinds of files that scanners make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScanKind {
    /// ISO 32000.
    Pdf,
    /// ITU-T T.81.
    Jpeg,
    /// ISO/IEC 15948.
    Png,
}

/// A paper of several pages at 300 dpi in grey takes under 3 MiB.
pub const LARGEST_SCAN: usize = 5 * 1024 * 1024;
/// Pixels of one side: A3 at 1200 dpi has under 20,000. A picture that says more is meant to fill memory.
const LONGEST_SIDE: u32 = 20_000;
/// Octets that all streams of a PDF may have when they are unpacked: a hundred pages in colour, and no bomb.
const UNPACKED: u64 = 256 * 1024 * 1024;
/// Octets of a PDF that unpacking may take in, all streams together. Streams that stand side by side take in the file once; what takes in more is
/// one stream inside another, and blocks that hold nothing, which take time and put out no octet that would be counted.
const TAKEN_IN: u64 = 2 * LARGEST_SCAN as u64;
/// Octets that are unpacked at once: never does a whole stream lie in memory.
const PIECE: usize = 64 * 1024;
/// Streams of a PDF that unpack: two hundred for each of a hundred pages. A stream of nothing takes 15 octets of a file and counts for nothing
/// where octets are counted.
const MOST_STREAMS: usize = 20_000;
/// Octets of an object before the contents of its stream. A dictionary has some hundreds; what is longer is not read, and not believed.
const LONGEST_DICTIONARY: usize = 4 * 1024;
/// A reader looks for the end of a PDF in so many octets.
const TAIL: usize = 1024;
/// Where readers of PDF look for its beginning, whatever stands before.
const HEAD: usize = 1024;

impl ScanKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Pdf, Self::Jpeg, Self::Png];

    /// The word of SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind with this media type.
    #[must_use]
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.media_type() == media_type)
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

impl Scan {
    /// Takes a file that is one of the kinds, by what is in it; its name and what it was sent as do not count.
    ///
    /// # Errors
    /// Refused with one code per fault: too large, of no kind, not whole, not passive.
    pub fn parse(octets: Vec<u8>) -> Result<Self, Refusal> {
        // guard: scan-size
        if octets.len() > LARGEST_SCAN {
            return Err(Refusal::ScanTooLarge);
        }
        let kind = match octets.as_slice() {
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, rest @ ..] => {
                png(rest)?;
                ScanKind::Png
            }
            [0xff, 0xd8, 0xff, ..] => {
                jpeg(&octets[2..])?;
                ScanKind::Jpeg
            }
            [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', ..] => {
                pdf(&octets, UNPACKED)?;
                ScanKind::Pdf
            }
            _ => return Err(Refusal::ScanKindUnknown),
        };
        let is_pdf_too = kind != ScanKind::Pdf && position(&octets[..octets.len().min(HEAD)], b"%PDF-").is_some();
        // guard: scan-one-thing-alone
        if is_pdf_too || ends_as_archive(&octets) {
            return Err(Refusal::ScanDamaged);
        }
        Ok(Self { kind, octets })
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> ScanKind {
        self.kind
    }

    /// The file.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

/// Chunks one after another, each with its right check value, IHDR first, IEND last and nothing behind it.
fn png(mut rest: &[u8]) -> Result<(), Refusal> {
    let (mut first, mut has_picture) = (true, false);
    loop {
        let (length, after) = rest.split_first_chunk::<4>().ok_or(Refusal::ScanDamaged)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Refusal::ScanDamaged)?;
        let named = after.get(..length.saturating_add(4)).ok_or(Refusal::ScanDamaged)?;
        let (check, next) = after[named.len()..].split_first_chunk::<4>().ok_or(Refusal::ScanDamaged)?;
        let mut sum = flate2::Crc::new();
        sum.update(named);
        // guard: scan-check-value
        if sum.sum() != u32::from_be_bytes(*check) {
            return Err(Refusal::ScanDamaged);
        }
        let (name, contents) = named.split_at(4);
        match name {
            b"IHDR" if first => png_size(contents)?,
            _ if first => return Err(Refusal::ScanDamaged),
            b"IDAT" => has_picture = true,
            b"IEND" => return if has_picture && next.is_empty() { Ok(()) } else { Err(Refusal::ScanDamaged) },
            _ => {}
        }
        (first, rest) = (false, next);
    }
}

fn png_size(header: &[u8]) -> Result<(), Refusal> {
    let side = |at: usize| {
        let octets = header.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(octets)).filter(|side| (1..=LONGEST_SIDE).contains(side))
    };
    match (header.len(), side(0), side(4)) {
        (13, Some(_), Some(_)) => Ok(()),
        _ => Err(Refusal::ScanDamaged),
    }
}

/// Segments up to a scan, the scan up to a marker, and so on to EOI, behind which nothing stands (ITU-T T.81, annex B).
fn jpeg(mut rest: &[u8]) -> Result<(), Refusal> {
    let (mut has_frame, mut has_scan) = (false, false);
    loop {
        let [0xff, marker, after @ ..] = rest else { return Err(Refusal::ScanDamaged) };
        match *marker {
            // Fill octets before a marker.
            0xff => rest = &rest[1..],
            // EOI
            0xd9 => return if has_frame && has_scan && after.is_empty() { Ok(()) } else { Err(Refusal::ScanDamaged) },
            // What stands alone, or nowhere.
            0x00 | 0x01 | 0xd0..=0xd8 => return Err(Refusal::ScanDamaged),
            _ => {
                let [high, low, ..] = after else { return Err(Refusal::ScanDamaged) };
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                let segment = after.get(..length).filter(|_| length >= 2).ok_or(Refusal::ScanDamaged)?;
                // SOF, without DHT, JPG and DAC, which lie among them.
                if matches!(*marker, 0xc0..=0xcf) && !matches!(*marker, 0xc4 | 0xc8 | 0xcc) {
                    has_frame = jpeg_size(segment)?;
                }
                rest = &after[length..];
                // SOS: coded data follow, up to a marker that is no restart.
                if *marker == 0xda {
                    has_scan = true;
                    rest = &rest[coded(rest)..];
                }
            }
        }
    }
}

fn jpeg_size(frame: &[u8]) -> Result<bool, Refusal> {
    let side = |at: usize| frame.get(at..at + 2).map(|side| u32::from(side[0]) << 8 | u32::from(side[1]));
    match (side(3), side(5)) {
        // A height of nothing is told later (DNL); no scanner does that.
        (Some(1..=LONGEST_SIDE), Some(1..=LONGEST_SIDE)) => Ok(true),
        _ => Err(Refusal::ScanDamaged),
    }
}

/// How many octets of coded data there are.
fn coded(octets: &[u8]) -> usize {
    let marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
    octets.windows(2).position(marker).unwrap_or(octets.len())
}

/// Names of what runs, opens, sends or carries something else (ISO 32000-2: 7.11.4, 12.6.4, 12.7, 13), and of locks: what cannot be
/// read cannot be looked through.
const ACTIVE: [&[u8]; 14] = [
    b"JavaScript",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"RichMedia",
    b"Rendition",
    b"XFA",
    b"AcroForm",
    b"SubmitForm",
    b"ImportData",
    b"GoToE",
    b"GoToR",
    b"Movie",
    b"Encrypt",
];

/// A file from its head to its `%%EOF`, with a cross-reference where it says. Every stream that unpacks is unpacked and looked
/// through as well as the file itself, whatever the file says of it: another reader may believe another part of it.
fn pdf(octets: &[u8], unpacked: u64) -> Result<(), Refusal> {
    let end = octets.iter().rposition(|octet| !octet.is_ascii_whitespace() && *octet != 0).map_or(0, |at| at + 1);
    let tail = &octets[end.saturating_sub(TAIL)..end];
    if !tail.ends_with(b"%%EOF") {
        return Err(Refusal::ScanDamaged);
    }
    let said = last_position(tail, b"startxref").ok_or(Refusal::ScanDamaged)?;
    let number: String = tail[said + b"startxref".len()..]
        .iter()
        .skip_while(|octet| octet.is_ascii_whitespace())
        .take_while(|octet| octet.is_ascii_digit())
        .map(|octet| char::from(*octet))
        .collect();
    let there = number.parse().ok().and_then(|at: usize| octets.get(at..)).ok_or(Refusal::ScanDamaged)?;
    let is_table = there.starts_with(b"xref");
    let is_stream =
        there.first().is_some_and(u8::is_ascii_digit) && position(&there[..there.len().min(64)], b"obj").is_some();
    if !is_table && !is_stream {
        return Err(Refusal::ScanDamaged);
    }
    let mut hidden = look_through(octets, octets.len())?;
    let mut unpacking = Unpacking::new(unpacked);
    let (mut from, mut object, mut streams) = (0, 0, 0);
    while let Some(at) = position(&octets[from..], b"stream") {
        let before = from;
        from += at + b"stream".len();
        // Only what was not looked at yet: to look back from every stream for the beginning of its object would take the square of the file.
        object = last_position(&octets[before..from], b" obj").map_or(object, |at| before + at);
        let contents = match &octets[from..] {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
            _ => continue,
        };
        if unpacking.look_through(contents)? {
            streams += 1;
            if streams > MOST_STREAMS {
                return Err(Refusal::ScanDamaged);
            }
            if packs_objects(&octets[object..from]) {
                hidden = hidden.saturating_sub(1);
            }
        }
    }
    // Objects packed in a way that was not seen through.
    // guard: scan-seen-through
    if hidden > 0 { Err(Refusal::ScanActive) } else { Ok(()) }
}

/// Unpacks the streams of one file, one after another, and keeps nothing of them.
struct Unpacking {
    zlib: Decompress,
    /// What came out and was not looked through yet; it has room for [`PIECE`] and never grows.
    piece: Vec<u8>,
    /// Octets that may still come out.
    left: u64,
    /// Octets that may still go in.
    untaken: u64,
}

impl Unpacking {
    fn new(left: u64) -> Self {
        Self { zlib: Decompress::new(true), piece: Vec::with_capacity(PIECE), left, untaken: TAKEN_IN }
    }

    /// Looks through all that unpacks of what begins here; says whether it unpacks to its end.
    fn look_through(&mut self, contents: &[u8]) -> Result<bool, Refusal> {
        self.zlib.reset(true);
        self.piece.clear();
        let mut rest = contents;
        loop {
            let (taken, put) = (self.zlib.total_in(), self.zlib.total_out());
            let outcome = self.zlib.decompress_vec(rest, &mut self.piece, FlushDecompress::None);
            let (taken, put) = (self.zlib.total_in() - taken, self.zlib.total_out() - put);
            rest = &rest[usize::try_from(taken).unwrap_or(usize::MAX).min(rest.len())..];
            self.left = self.left.saturating_sub(put);
            self.untaken = self.untaken.saturating_sub(taken);
            // guard: scan-no-bomb
            if self.left == 0 || self.untaken == 0 {
                return Err(Refusal::ScanDamaged);
            }
            let is_whole = matches!(outcome, Ok(Status::StreamEnd));
            // Where nothing goes in and nothing comes out, the stream was cut short.
            let is_over = is_whole || outcome.is_err() || (taken == 0 && put == 0);
            // A name that begins near the end of a piece goes on in the next one. What does not unpack to its end may still have begun with
            // something.
            let begun = if is_over { self.piece.len() } else { self.piece.len().saturating_sub(LONGEST_WRITTEN) };
            look_through(&self.piece, begun)?;
            if is_over {
                return Ok(is_whole);
            }
            self.piece.drain(..begun);
        }
    }
}

/// Looks at every name that begins in the first `begun` octets; says how many streams of objects are named.
fn look_through(octets: &[u8], begun: usize) -> Result<usize, Refusal> {
    let mut streams = 0;
    for at in octets[..begun].iter().enumerate().filter(|(_, octet)| **octet == b'/').map(|(at, _)| at + 1) {
        let name = name_at(&octets[at..]);
        // guard: scan-passive
        if ACTIVE.contains(&name.as_slice()) {
            return Err(Refusal::ScanActive);
        }
        streams += usize::from(name == b"ObjStm");
    }
    Ok(streams)
}

/// Whether the dictionary before a stream says that it packs objects, and in the one way that was undone: `/FlateDecode` alone.
fn packs_objects(dictionary: &[u8]) -> bool {
    if dictionary.len() > LONGEST_DICTIONARY {
        return false;
    }
    let names: Vec<Vec<u8>> = dictionary
        .iter()
        .enumerate()
        .filter(|(_, octet)| **octet == b'/')
        .map(|(at, _)| name_at(&dictionary[at + 1..]))
        .collect();
    let has = |wanted: &[u8]| names.iter().any(|name| name == wanted);
    let filters = names.iter().filter(|name| name.ends_with(b"Decode")).count();
    has(b"ObjStm") && has(b"FlateDecode") && filters == 1 && !has(b"DecodeParms")
}

/// The name that begins here, its `#xx` undone (ISO 32000-2, 7.3.5); at most as long as the longest we look for, and one more.
fn name_at(octets: &[u8]) -> Vec<u8> {
    let mut name = Vec::new();
    let mut rest = octets;
    while name.len() <= LONGEST_NAME {
        rest = match rest {
            [b'#', high, low, after @ ..] => {
                let digit = |octet: &u8| char::from(*octet).to_digit(16);
                match (digit(high), digit(low)) {
                    (Some(high), Some(low)) => name.extend(u8::try_from(high * 16 + low)),
                    _ => return name,
                }
                after
            }
            [octet, after @ ..] if !is_end_of_name(*octet) => {
                name.push(*octet);
                after
            }
            _ => return name,
        };
    }
    name
}

const LONGEST_NAME: usize = 16;
/// Octets behind a slash that decide what [`name_at`] says, each octet of a name written as `#xx`.
const LONGEST_WRITTEN: usize = 3 * (LONGEST_NAME + 1);

fn is_end_of_name(octet: u8) -> bool {
    matches!(
        octet,
        0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ' | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

/// Whether a reader of ZIP, which looks from the end, would open it: the end record with the comment that reaches exactly the end.
fn ends_as_archive(octets: &[u8]) -> bool {
    const RECORD: usize = 22;
    let from = octets.len().saturating_sub(RECORD + usize::from(u16::MAX));
    octets[from..].windows(RECORD).enumerate().any(|(at, record)| {
        let comment = usize::from(u16::from_le_bytes([record[20], record[21]]));
        record.starts_with(b"PK\x05\x06") && from + at + RECORD + comment == octets.len()
    })
}

fn position(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|window| window == wanted)
}

fn last_position(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).rposition(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::io::Write as _;

    use super::*;

    fn code(octets: &[u8]) -> &'static str {
        Scan::parse(octets.to_vec()).err().map_or("taken", Refusal::code)
    }

    fn chunk(name: &[u8; 4], contents: &[u8]) -> Vec<u8> {
        let mut sum = flate2::Crc::new();
        sum.update(name);
        sum.update(contents);
        let length = u32::try_from(contents.len()).unwrap();
        [&length.to_be_bytes(), name.as_slice(), contents, &sum.sum().to_be_bytes()].concat()
    }

    fn png_of(width: u32, middle: &[u8]) -> Vec<u8> {
        let header = [&width.to_be_bytes(), &1_u32.to_be_bytes(), [8, 0, 0, 0, 0].as_slice()].concat();
        let picture = packed(&[0, 0]);
        [
            b"\x89PNG\r\n\x1a\n".as_slice(),
            &chunk(b"IHDR", &header),
            middle,
            &chunk(b"IDAT", &picture),
            &chunk(b"IEND", b""),
        ]
        .concat()
    }

    fn jpeg_of(extra: &[u8], end: &[u8]) -> Vec<u8> {
        let frame = [0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0];
        let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56];
        [[0xff, 0xd8].as_slice(), extra, &frame, &scan, end].concat()
    }

    fn pdf_of(objects: &[Vec<u8>]) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n".to_vec();
        for object in objects {
            file.extend_from_slice(object);
            file.push(b'\n');
        }
        let at = file.len();
        // In two pieces: together the name looks like the beginning of a machine's path.
        file.extend_from_slice(b"xref\n0 1\n0000000000 65535 f \ntrailer <</");
        file.extend_from_slice(b"Root 1 0 R>>\n");
        file.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
        file
    }

    fn packed(octets: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(octets).unwrap();
        writer.finish().unwrap()
    }

    fn stream(dictionary: &str, contents: &[u8]) -> Vec<u8> {
        [format!("2 0 obj <<{dictionary}>>\nstream\n").as_bytes(), contents, b"\nendstream endobj"].concat()
    }

    #[test]
    fn a_picture_is_taken_whole_or_not_at_all() {
        let good = png_of(7, b"");
        assert_eq!(code(&good), "taken");
        for cut in 9..good.len() {
            assert_eq!(code(&good[..cut]), "scan-damaged", "{cut}");
        }
        for at in 8..good.len() {
            let mut other = good.clone();
            other[at] ^= 0x20;
            assert_eq!(code(&other), "scan-damaged", "an octet changed at {at}");
        }
        assert_eq!(code(&[&good[..], b"<script>"].concat()), "scan-damaged");
        assert_eq!(code(&png_of(0, b"")), "scan-damaged");
        assert_eq!(code(&png_of(20_001, b"")), "scan-damaged");
        assert_eq!(code(&png_of(7, &chunk(b"tEXt", b"\x00%PDF-1.4"))), "scan-damaged", "a PDF at the same time");
        assert_eq!(code(&png_of(7, &chunk(b"tEXt", b"scanner\x00x"))), "taken");

        let good = jpeg_of(&[0xff, 0xe0, 0, 4, 1, 2], &[0xff, 0xd9]);
        assert_eq!(code(&good), "taken");
        for cut in 3..good.len() {
            assert_eq!(code(&good[..cut]), "scan-damaged", "{cut}");
        }
        assert_eq!(code(&jpeg_of(b"", &[0xff, 0xd9, b'P', b'K'])), "scan-damaged", "something follows");
        assert_eq!(
            code(&jpeg_of(&[0xff, 0xfe, 0, 9, b'%', b'P', b'D', b'F', b'-', b'1', 0], &[0xff, 0xd9])),
            "scan-damaged"
        );
        assert_eq!(
            code(&jpeg_of(&[0xff, 0xe0, 0, 1], &[0xff, 0xd9])),
            "scan-damaged",
            "a segment shorter than its length"
        );
    }

    #[test]
    fn a_pdf_is_taken_whole_and_passive() {
        let catalogue = b"1 0 obj <</Type /Catalog /Pages 3 0 R /OpenAction [4 0 R /Fit]>> endobj".to_vec();
        let page = stream("/Length 9 /Filter /FlateDecode", &packed(b"BT (Launch) Tj ET"));
        let good = pdf_of(&[catalogue.clone(), page]);
        assert_eq!(code(&good), "taken");
        assert_eq!(code(&good[..good.len() - 3]), "scan-damaged");
        assert_eq!(code(&[&good[..], b"MZ\x90"].concat()), "scan-damaged");
        assert_eq!(code(&[b"#!/bin/sh\n", &good[..]].concat()), "scan-kind-unknown");
        let lies = String::from_utf8_lossy(&good).replace("startxref\n", "startxref\n1");
        assert_eq!(code(lies.as_bytes()), "scan-damaged");

        for active in [
            "/OpenAction <</S /JavaScript /JS (app.alert(1))>>",
            "/AA <</O <</S/Launch/F(x)>>>>",
            "/Names <</EmbeddedFiles 5 0 R>>",
            "/AcroForm <</XFA 6 0 R>>",
            "/S /J#61va#53cript",
            "/Encrypt 7 0 R",
        ] {
            let object = format!("1 0 obj <</Type /Catalog {active}>> endobj").into_bytes();
            assert_eq!(code(&pdf_of(&[object])), "scan-active", "{active}");
        }
        let script = b"9 0 <</S /JavaScript /JS (1)>>";
        let flate = "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode";
        assert_eq!(code(&pdf_of(&[catalogue.clone(), stream(flate, &packed(script))])), "scan-active", "packed");
        assert_eq!(code(&pdf_of(&[catalogue.clone(), stream(flate, &packed(b"9 0 <</Type /Page>>"))])), "taken");
        for unseen in [
            "/Type /ObjStm /Filter /LZWDecode",
            "/Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode]",
            "/Type /ObjStm /Filter /FlateDecode /DecodeParms <</Predictor 12>>",
            "/Type /Obj#53tm",
        ] {
            assert_eq!(
                code(&pdf_of(&[catalogue.clone(), stream(unseen, &packed(b"9 0 <<>>"))])),
                "scan-active",
                "{unseen}"
            );
        }
        let packs = packed(b"9 0 <</Type /Page>>");
        let long = format!("{flate}{}", " ".repeat(LONGEST_DICTIONARY));
        assert_eq!(code(&pdf_of(&[catalogue.clone(), stream(&long, &packs)])), "scan-active", "nobody reads so far");
        let other = stream("/Filter /FlateDecode /DecodeParms <</Predictor 12>>", &packs);
        assert_eq!(code(&pdf_of(&[other, stream(flate, &packs)])), "taken", "what another object says of itself");
        let word = "/Type /ObjStm /Of (stream) /Filter /FlateDecode";
        assert_eq!(code(&pdf_of(&[catalogue.clone(), stream(word, &packs)])), "taken", "the word begins no stream");
        // Said to be a picture, and a reader that believes the cross-reference finds an object in it.
        let inside = stream("/Length 99 /Subtype /Image", b"8 0 obj <</S /Launch>> endobj");
        assert_eq!(code(&pdf_of(&[catalogue, inside])), "scan-active");
    }

    #[test]
    fn what_is_of_no_kind_too_large_or_a_bomb_is_refused() {
        for other in [b"".as_slice(), b"GIF89a", b"<html>", b"PK\x03\x04", b"%PDF-9.0", b"MZ", b"\xff\xd8", b"\x89PNG"]
        {
            assert_eq!(code(other), "scan-kind-unknown", "{other:?}");
        }
        assert_eq!(code(&vec![0; LARGEST_SCAN + 1]), "scan-too-large");
        let bomb = packed(&vec![b' '; 1024 * 1024]);
        assert!(bomb.len() < 2_000);
        let file = pdf_of(&[stream("/Filter /FlateDecode", &bomb), stream("/Filter /FlateDecode", &bomb)]);
        assert_eq!(pdf(&file, 3 * 1024 * 1024), Ok(()));
        assert_eq!(pdf(&file, 1024 * 1024 + 1), Err(Refusal::ScanDamaged));
    }

    #[test]
    fn a_name_is_seen_wherever_the_piece_ends_that_it_was_unpacked_in() {
        for (name, expected) in [
            ("/Launch", "scan-active"),
            ("/#4a#61#76#61#53#63#72#69#70#74", "scan-active"),
            ("/Launches", "taken"),
            ("/#4a#61#76#61#53#63#72#69#70#74#73", "taken"),
        ] {
            // From a slash that is the first octet of the second piece to a name that lies in the first with all that decides it.
            for before in 0..LONGEST_WRITTEN + 2 {
                let page = [b" ".repeat(PIECE - before), name.into(), b" ".repeat(LONGEST_WRITTEN)].concat();
                let file = pdf_of(&[stream("/Filter /FlateDecode", &packed(&page))]);
                assert_eq!(code(&file), expected, "{name}, {before} octets before the end of the first piece");
            }
        }
        // The longest there is, and nothing behind it.
        let page = [b" ".repeat(3 * PIECE), b"/EmbeddedFiles".to_vec()].concat();
        assert_eq!(code(&pdf_of(&[stream("/Filter /FlateDecode", &packed(&page))])), "scan-active");
    }

    /// No test measures time here: where each stream looked back through the file, or took in the rest of it, these would run for minutes.
    #[test]
    fn streams_of_nothing_are_looked_through_once_and_not_without_end() {
        // No object begins before them.
        let empty = [b"stream\n".as_slice(), &packed(b"")].concat();
        assert_eq!(code(&pdf_of(&vec![empty.clone(); MOST_STREAMS])), "taken");
        assert_eq!(code(&pdf_of(&vec![empty.clone(); MOST_STREAMS + 1])), "scan-damaged");
        let whole = vec![empty; MOST_STREAMS - 1];
        let script = stream("/Filter /FlateDecode", &packed(b"<</S /JavaScript>>"));
        assert_eq!(code(&pdf_of(&[whole, vec![script]].concat())), "scan-active", "the last one counts");

        // Streams one inside another: stored blocks (RFC 1951, 3.2.4), each with the beginning of the next stream, then 4 MiB of blocks of nothing, the
        // last of them and its check value (RFC 1950).
        let begin = b"stream\n\x78\x01";
        let nothing = [0_u8, 0, 0, 0xff, 0xff].repeat(4 * 1024 * 1024 / 5);
        let nested = |count: usize| {
            let inner = [[0_u8, 9, 0, 0xf6, 0xff].as_slice(), begin].concat().repeat(count - 1);
            pdf_of(&[[begin.as_slice(), &inner, &nothing, &[1, 0, 0, 0xff, 0xff, 0, 0, 0, 1]].concat()])
        };
        assert_eq!(code(&nested(2)), "taken");
        assert_eq!(code(&nested(3)), "scan-damaged");
    }
}
