//! A PKCS#11 2.40 module: a virtual smart key that behaves like a Rutoken ECP 2.0.
