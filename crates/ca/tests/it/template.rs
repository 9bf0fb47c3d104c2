//! A certificate in pieces, to be spoilt one piece at a time and put together again without any of our writers.

use ca::lint::view::CertificateView;

#[derive(Clone)]
pub(crate) struct Template {
    /// The whole [0] element, or nothing.
    pub(crate) version: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) inner_algorithm: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) not_before: (u8, Vec<u8>),
    pub(crate) not_after: (u8, Vec<u8>),
    pub(crate) subject: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    /// Whole elements between key and extensions.
    pub(crate) unique_ids: Vec<u8>,
    pub(crate) extensions: Vec<Piece>,
    pub(crate) outer_algorithm: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct Piece {
    pub(crate) oid: String,
    /// Contents of the critical BOOLEAN, if written.
    pub(crate) critical: Option<u8>,
    pub(crate) value: Vec<u8>,
}

impl Template {
    pub(crate) fn of(der: &[u8]) -> Self {
        let view = CertificateView::parse(der).unwrap();
        Self {
            version: tlv(0xa0, &tlv(0x02, view.version.unwrap())),
            serial: view.serial.to_vec(),
            inner_algorithm: view.inner_algorithm.whole.to_vec(),
            issuer: view.issuer.to_vec(),
            not_before: (view.not_before.tag, view.not_before.contents.to_vec()),
            not_after: (view.not_after.tag, view.not_after.contents.to_vec()),
            subject: view.subject.to_vec(),
            spki: view.spki.to_vec(),
            unique_ids: Vec::new(),
            extensions: view
                .extensions
                .iter()
                .map(|extension| Piece {
                    oid: extension.oid.clone(),
                    critical: extension.critical_octets.map(|octets| octets[0]),
                    value: extension.value.to_vec(),
                })
                .collect(),
            outer_algorithm: view.outer_algorithm.whole.to_vec(),
            signature: view.signature.to_vec(),
        }
    }

    pub(crate) fn tbs(&self) -> Vec<u8> {
        let mut extensions = Vec::new();
        for piece in &self.extensions {
            let mut fields = oid(&piece.oid);
            if let Some(octet) = piece.critical {
                fields.extend(tlv(0x01, &[octet]));
            }
            fields.extend(tlv(0x04, &piece.value));
            extensions.extend(tlv(0x30, &fields));
        }
        let validity = [tlv(self.not_before.0, &self.not_before.1), tlv(self.not_after.0, &self.not_after.1)].concat();
        let fields = [
            self.version.clone(),
            tlv(0x02, &self.serial),
            self.inner_algorithm.clone(),
            self.issuer.clone(),
            tlv(0x30, &validity),
            self.subject.clone(),
            self.spki.clone(),
            self.unique_ids.clone(),
            tlv(0xa3, &tlv(0x30, &extensions)),
        ];
        tlv(0x30, &fields.concat())
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let signature = tlv(0x03, &[vec![0], self.signature.clone()].concat());
        tlv(0x30, &[self.tbs(), self.outer_algorithm.clone(), signature].concat())
    }

    pub(crate) fn extension(&mut self, oid: &str) -> &mut Piece {
        self.extensions.iter_mut().find(|piece| piece.oid == oid).unwrap()
    }

    pub(crate) fn remove(&mut self, oid: &str) {
        self.extensions.retain(|piece| piece.oid != oid);
    }

    pub(crate) fn add(&mut self, oid: &str, value: Vec<u8>) {
        self.extensions.push(Piece { oid: oid.to_owned(), critical: None, value });
    }
}

pub(crate) fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut octets = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    octets.extend(contents);
    octets
}

pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut contents = vec![(arcs[0] * 40 + arcs[1]) as u8];
    for arc in &arcs[2..] {
        let mut octets = vec![(arc & 0x7f) as u8];
        let mut rest = arc >> 7;
        while rest > 0 {
            octets.insert(0, 0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        contents.extend(octets);
    }
    tlv(0x06, &contents)
}

/// A Name of (type, string tag, value), one attribute an RDN.
pub(crate) fn name(attributes: &[(&str, u8, &str)]) -> Vec<u8> {
    let sets: Vec<Vec<u8>> = attributes.iter().map(|it| tlv(0x31, &attribute(it.0, it.1, it.2))).collect();
    tlv(0x30, &sets.concat())
}

pub(crate) fn attribute(kind: &str, tag: u8, value: &str) -> Vec<u8> {
    tlv(0x30, &[oid(kind), tlv(tag, value.as_bytes())].concat())
}
