//! Tokens and HSMs over PKCS#11, and files that stand in for them.
