//! GOST, RSA and ECDSA keys; X.509, PKCS#10, CRL, CMS, PKCS#8. Bytes in, bytes out.

pub mod gost;
