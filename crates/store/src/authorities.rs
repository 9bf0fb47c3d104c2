//! Certificates of authorities: our own, and those of the previous authority whose clients came along.

use domain::Timestamp;
use sha2::{Digest, Sha256};

use crate::db::statement::{both, sql};
use crate::db::value::{Row, args};
use crate::{Error, Tx};

/// Whose authority it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AuthorityKind {
    /// Its key is ours.
    Own,
    /// Trusted as an issuer of predecessors.
    Imported,
}

impl AuthorityKind {
    const ALL: [Self; 2] = [Self::Own, Self::Imported];

    /// The word of SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Imported => "imported",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One certificate of an authority.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorityRow {
    /// Our authority's name, unique among our own; for an imported one any label.
    pub name: String,
    /// Whose it is.
    pub kind: AuthorityKind,
    /// The certificate.
    pub der: Vec<u8>,
    /// Place in its chain where that is known: 0 is the issuer of clients' certificates.
    pub chain_position: Option<i64>,
    /// When it came in.
    pub imported_at: Timestamp,
}

/// Stores the certificate of an authority.
///
/// # Errors
/// [`Error::AlreadyThere`] for `authorities.thumbprint_sha256` (the same certificate) or `authorities.name` (our own, same name).
pub fn insert(tx: &mut Tx<'_>, new: &AuthorityRow) -> Result<(), Error> {
    let thumbprint: [u8; 32] = Sha256::digest(&new.der).into();
    let kind = new.kind.name();
    tx.execute(&INSERT, args![&new.name, kind, &new.der, &thumbprint, new.chain_position, new.imported_at])?;
    Ok(())
}

/// The authority whose certificate has this SHA-256.
///
/// # Errors
/// When the database fails or the row contradicts itself.
pub fn by_thumbprint(tx: &mut Tx<'_>, thumbprint_sha256: &[u8; 32]) -> Result<Option<AuthorityRow>, Error> {
    tx.optional(&BY_THUMBPRINT, args![thumbprint_sha256], authority)
}

/// All of them, by kind and name.
///
/// # Errors
/// When the database fails or a row contradicts itself.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<AuthorityRow>, Error> {
    tx.all(&EVERY, &[], authority)
}

fn authority(row: Row) -> Result<AuthorityRow, Error> {
    let mut row = row.of("authorities");
    Ok(AuthorityRow {
        name: row.next("name")?,
        kind: row.text_as("kind", AuthorityKind::from_name)?,
        der: row.next("der")?,
        chain_position: row.next("chain_position")?,
        imported_at: row.next("imported_at")?,
    })
}

macro_rules! columns {
    () => {
        "name, kind, der, chain_position, imported_at"
    };
}

sql! {
    INSERT = both(
        "INSERT INTO authorities (name, kind, der, thumbprint_sha256, chain_position, imported_at) \
         VALUES ($1, $2, $3, $4, $5, $6)"
    );
    BY_THUMBPRINT = both(concat!("SELECT ", columns!(), " FROM authorities WHERE thumbprint_sha256 = $1"));
    EVERY = both(concat!("SELECT ", columns!(), " FROM authorities ORDER BY kind DESC, name, chain_position, thumbprint_sha256"));
}
