//! Keys enciphered with keys: KExp15 of R 1323565.1.017 (RFC 9189, 8.2.1). The wrapping of the GOST 28147-89 age stands with its cipher.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{BlockCipher, KEY_OCTETS, Key};
use crate::Error;

impl BlockCipher {
    /// KExp15: the key and its authentication code, enciphered in counter mode: 48 octets for Kuznyechik, 40 for Magma. The vector is half a block.
    pub fn export_key(self, key: &Key, mac_key: &Key, cipher_key: &Key, vector: &[u8]) -> Result<Vec<u8>, Error> {
        let mut exported = [&key[..], &self.omac(mac_key, &[vector, key])].concat();
        self.ctr(cipher_key, vector, &mut exported)?;
        Ok(exported)
    }

    /// KImp15: the key back, `Invalid` of "wrapped-key" when it is not what was exported with these keys.
    pub fn import_key(
        self,
        exported: &[u8],
        mac_key: &Key,
        cipher_key: &Key,
        vector: &[u8],
    ) -> Result<Zeroizing<Key>, Error> {
        if exported.len() != KEY_OCTETS + self.block_octets() {
            return Err(Error::malformed("wrapped key", "wrong length"));
        }
        let mut plain = Zeroizing::new(exported.to_vec());
        self.ctr(cipher_key, vector, &mut plain)?;
        let (key, mac) = plain.split_at(KEY_OCTETS);
        if bool::from(self.omac(mac_key, &[vector, key]).ct_eq(mac)) {
            Ok(Zeroizing::new(key.try_into().expect("split at the length of a key")))
        } else {
            Err(Error::Invalid { what: "wrapped-key" })
        }
    }
}
