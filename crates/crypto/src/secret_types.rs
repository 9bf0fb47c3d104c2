//! Which types are secrets, and what is demanded of them: no `Debug`, no `Clone`, wiped when dropped. `tests/it/wiped.rs` looks into memory.

use zeroize::{ZeroizeOnDrop, Zeroizing};

/// A module a type, whose doctests are the compiler's refusals; the first one shows that the refusal is about the trait and nothing else.
macro_rules! secrets {
    ($($module:ident: $path:literal),* $(,)?) => { $(
        #[doc = concat!("```\nfn demand<T: Send>() {}\ndemand::<", $path, ">();\n```")]
        #[doc = concat!("```compile_fail,E0277\nfn demand<T: core::fmt::Debug>() {}\ndemand::<", $path, ">();\n```")]
        #[doc = concat!("```compile_fail,E0277\nfn demand<T: core::fmt::Display>() {}\ndemand::<", $path, ">();\n```")]
        #[doc = concat!("```compile_fail,E0277\nfn demand<T: Clone>() {}\ndemand::<", $path, ">();\n```")]
        mod $module {}
    )* };
}

secrets! {
    private_key: "surguch_crypto::PrivateKey",
    gost_private_key: "surguch_crypto::gost::PrivateKey",
    migration_key: "surguch_crypto::legacy2001::MigrationKey",
    pfx: "surguch_crypto::pkcs12::Pfx",
    pfx_key: "surguch_crypto::pkcs12::PfxKey",
    gost_28147: "surguch_crypto::cipher::Gost28147",
}

/// What the secrets are made of wipes itself. In the libraries this is a feature each, easily lost with a line of the manifest.
const _: () = {
    const fn wipes_itself<T: ZeroizeOnDrop>() {}
    wipes_itself::<Zeroizing<Vec<u8>>>();
    wipes_itself::<Zeroizing<crate::cipher::Key>>();
    wipes_itself::<kuznyechik::Kuznyechik>();
    wipes_itself::<magma::Magma>();
    wipes_itself::<cbc::Encryptor<aes::Aes256>>();
    wipes_itself::<cbc::Decryptor<aes::Aes256>>();
    wipes_itself::<cmac::block_api::CmacCore<kuznyechik::Kuznyechik>>();
    wipes_itself::<cmac::block_api::CmacCore<magma::Magma>>();
    // An HMAC is two of these.
    wipes_itself::<sha2::Sha256>();
    wipes_itself::<sha2::Sha512>();
    wipes_itself::<crate::streebog::Streebog256>();
    wipes_itself::<crate::streebog::Streebog512>();
};
