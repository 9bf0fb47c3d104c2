//! Every fault by its stable code: all answers of PKCS#11 (2.40, and those of 3.x that modules already give), those of Rutoken's header, and our own findings.
//! A code never changes; its words, cause and next step, are in `locales/`. A number nobody listed is `ckr-unknown` or `ckr-vendor-unknown` and is shown as it came.

use std::sync::OnceLock;

use cryptoki_sys as s;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use crate::error::{Error, u64_of};

/// Who can put a fault right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// The person at the medium.
    Holder,
    /// Whoever installs programs at the workplace or runs the server.
    Workplace,
    /// The bank.
    Bank,
    /// We, or the maker of the module.
    Ours,
}

/// One fault.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The stable code, also the id of its words.
    pub code: &'static str,
    /// The number and the name of the standard or the vendor, for answers of a module.
    pub rv: Option<(u64, &'static str)>,
    /// Who must act.
    pub who: Who,
}

/// The languages of the words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

/// What a person reads about a fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// What happened.
    pub cause: String,
    /// What to do now.
    pub next: String,
}

impl Error {
    /// Its words.
    #[must_use]
    pub fn words(&self, language: Language) -> Words {
        words(language, self.code())
    }
}

/// Every entry.
#[must_use]
pub fn entries() -> &'static [Entry] {
    ENTRIES
}

/// The words of a code; a code that has none (a test looks for those) is its own cause.
#[must_use]
pub fn words(language: Language, code: &str) -> Words {
    let bundle = bundle(language);
    let message = bundle.get_message(code);
    let mut faults = Vec::new();
    let mut text = |pattern| bundle.format_pattern(pattern, None::<&FluentArgs<'_>>, &mut faults).into_owned();
    let cause = message.as_ref().and_then(fluent_bundle::FluentMessage::value).map(&mut text);
    let next = message.as_ref().and_then(|message| message.get_attribute("next")).map(|next| text(next.value()));
    Words { cause: cause.unwrap_or_else(|| code.to_owned()), next: next.unwrap_or_default() }
}

/// The entry of the fault that came through [`crypto::Signer`] as an `Internal`; `None` if the error is of another origin.
#[must_use]
pub fn fault_in(error: &crypto::Error) -> Option<&'static Entry> {
    match error {
        crypto::Error::Internal(code) => ENTRIES.iter().find(|entry| entry.code == *code),
        _ => None,
    }
}

/// The entry of a number a module answered.
#[must_use]
pub(crate) fn of_rv(rv: u64) -> &'static Entry {
    let unlisted = if rv >= u64_of(s::CKR_VENDOR_DEFINED) { "ckr-vendor-unknown" } else { "ckr-unknown" };
    ENTRIES.iter().find(|entry| entry.rv.is_some_and(|(number, _)| number == rv)).unwrap_or_else(|| known(unlisted))
}

/// The entry of one of our own codes.
pub(crate) fn known(code: &str) -> &'static Entry {
    ENTRIES.iter().find(|entry| entry.code == code).expect("codes in the sources stand in the list: a test compares")
}

fn bundle(language: Language) -> &'static FluentBundle<FluentResource> {
    static RU: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    static EN: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    let parsed = |name: &str, text: &str| {
        let resource = FluentResource::try_new(text.to_owned()).expect("a test parses the compiled-in words");
        let mut bundle = FluentBundle::new_concurrent(vec![name.parse().expect("a language tag")]);
        // Marks around inserted text would reach terminals and logs.
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).expect("a test looks for ids that stand twice");
        bundle
    };
    match language {
        Language::Ru => RU.get_or_init(|| parsed("ru", RU_TEXT)),
        Language::En => EN.get_or_init(|| parsed("en", EN_TEXT)),
    }
}

const RU_TEXT: &str = include_str!("../locales/ru.ftl");
const EN_TEXT: &str = include_str!("../locales/en.ftl");

const fn ckr(number: s::CK_RV, name: &'static str, code: &'static str, who: Who) -> Entry {
    #[expect(clippy::unnecessary_cast, reason = "CK_RV has four octets on Windows")]
    Entry { code, rv: Some((number as u64, name)), who }
}

const fn own(code: &'static str, who: Who) -> Entry {
    Entry { code, rv: None, who }
}

#[rustfmt::skip]
const ENTRIES: &[Entry] = &[
    // The standard's.
    ckr(s::CKR_CANCEL, "CKR_CANCEL", "ckr-cancel", Who::Holder),
    ckr(s::CKR_HOST_MEMORY, "CKR_HOST_MEMORY", "ckr-host-memory", Who::Workplace),
    ckr(s::CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID", "ckr-slot-id-invalid", Who::Holder),
    ckr(s::CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR", "ckr-general-error", Who::Bank),
    ckr(s::CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED", "ckr-function-failed", Who::Bank),
    ckr(s::CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD", "ckr-arguments-bad", Who::Ours),
    ckr(s::CKR_NO_EVENT, "CKR_NO_EVENT", "ckr-no-event", Who::Ours),
    ckr(s::CKR_NEED_TO_CREATE_THREADS, "CKR_NEED_TO_CREATE_THREADS", "ckr-need-to-create-threads", Who::Workplace),
    ckr(s::CKR_CANT_LOCK, "CKR_CANT_LOCK", "ckr-cant-lock", Who::Workplace),
    ckr(s::CKR_ATTRIBUTE_READ_ONLY, "CKR_ATTRIBUTE_READ_ONLY", "ckr-attribute-read-only", Who::Ours),
    ckr(s::CKR_ATTRIBUTE_SENSITIVE, "CKR_ATTRIBUTE_SENSITIVE", "ckr-attribute-sensitive", Who::Ours),
    ckr(s::CKR_ATTRIBUTE_TYPE_INVALID, "CKR_ATTRIBUTE_TYPE_INVALID", "ckr-attribute-type-invalid", Who::Ours),
    ckr(s::CKR_ATTRIBUTE_VALUE_INVALID, "CKR_ATTRIBUTE_VALUE_INVALID", "ckr-attribute-value-invalid", Who::Ours),
    ckr(s::CKR_ACTION_PROHIBITED, "CKR_ACTION_PROHIBITED", "ckr-action-prohibited", Who::Ours),
    ckr(s::CKR_DATA_INVALID, "CKR_DATA_INVALID", "ckr-data-invalid", Who::Ours),
    ckr(s::CKR_DATA_LEN_RANGE, "CKR_DATA_LEN_RANGE", "ckr-data-len-range", Who::Ours),
    ckr(s::CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR", "ckr-device-error", Who::Holder),
    ckr(s::CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY", "ckr-device-memory", Who::Holder),
    ckr(s::CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED", "ckr-device-removed", Who::Holder),
    ckr(s::CKR_ENCRYPTED_DATA_INVALID, "CKR_ENCRYPTED_DATA_INVALID", "ckr-encrypted-data-invalid", Who::Ours),
    ckr(s::CKR_ENCRYPTED_DATA_LEN_RANGE, "CKR_ENCRYPTED_DATA_LEN_RANGE", "ckr-encrypted-data-len-range", Who::Ours),
    ckr(s::CKR_AEAD_DECRYPT_FAILED, "CKR_AEAD_DECRYPT_FAILED", "ckr-aead-decrypt-failed", Who::Ours),
    ckr(s::CKR_FUNCTION_CANCELED, "CKR_FUNCTION_CANCELED", "ckr-function-canceled", Who::Holder),
    ckr(s::CKR_FUNCTION_NOT_PARALLEL, "CKR_FUNCTION_NOT_PARALLEL", "ckr-function-not-parallel", Who::Ours),
    ckr(s::CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED", "ckr-function-not-supported", Who::Bank),
    ckr(s::CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID", "ckr-key-handle-invalid", Who::Ours),
    ckr(s::CKR_KEY_SIZE_RANGE, "CKR_KEY_SIZE_RANGE", "ckr-key-size-range", Who::Bank),
    ckr(s::CKR_KEY_TYPE_INCONSISTENT, "CKR_KEY_TYPE_INCONSISTENT", "ckr-key-type-inconsistent", Who::Ours),
    ckr(s::CKR_KEY_NOT_NEEDED, "CKR_KEY_NOT_NEEDED", "ckr-key-not-needed", Who::Ours),
    ckr(s::CKR_KEY_CHANGED, "CKR_KEY_CHANGED", "ckr-key-changed", Who::Ours),
    ckr(s::CKR_KEY_NEEDED, "CKR_KEY_NEEDED", "ckr-key-needed", Who::Ours),
    ckr(s::CKR_KEY_INDIGESTIBLE, "CKR_KEY_INDIGESTIBLE", "ckr-key-indigestible", Who::Ours),
    ckr(s::CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED", "ckr-key-function-not-permitted", Who::Ours),
    ckr(s::CKR_KEY_NOT_WRAPPABLE, "CKR_KEY_NOT_WRAPPABLE", "ckr-key-not-wrappable", Who::Ours),
    ckr(s::CKR_KEY_UNEXTRACTABLE, "CKR_KEY_UNEXTRACTABLE", "ckr-key-unextractable", Who::Ours),
    ckr(s::CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID", "ckr-mechanism-invalid", Who::Bank),
    ckr(s::CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID", "ckr-mechanism-param-invalid", Who::Ours),
    ckr(s::CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID", "ckr-object-handle-invalid", Who::Ours),
    ckr(s::CKR_OPERATION_ACTIVE, "CKR_OPERATION_ACTIVE", "ckr-operation-active", Who::Ours),
    ckr(s::CKR_OPERATION_NOT_INITIALIZED, "CKR_OPERATION_NOT_INITIALIZED", "ckr-operation-not-initialized", Who::Ours),
    ckr(s::CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT", "ckr-pin-incorrect", Who::Holder),
    ckr(s::CKR_PIN_INVALID, "CKR_PIN_INVALID", "ckr-pin-invalid", Who::Holder),
    ckr(s::CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE", "ckr-pin-len-range", Who::Holder),
    ckr(s::CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED", "ckr-pin-expired", Who::Holder),
    ckr(s::CKR_PIN_LOCKED, "CKR_PIN_LOCKED", "ckr-pin-locked", Who::Bank),
    ckr(s::CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED", "ckr-session-closed", Who::Ours),
    ckr(s::CKR_SESSION_COUNT, "CKR_SESSION_COUNT", "ckr-session-count", Who::Holder),
    ckr(s::CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID", "ckr-session-handle-invalid", Who::Ours),
    ckr(s::CKR_SESSION_PARALLEL_NOT_SUPPORTED, "CKR_SESSION_PARALLEL_NOT_SUPPORTED", "ckr-session-parallel-not-supported", Who::Ours),
    ckr(s::CKR_SESSION_READ_ONLY, "CKR_SESSION_READ_ONLY", "ckr-session-read-only", Who::Ours),
    ckr(s::CKR_SESSION_EXISTS, "CKR_SESSION_EXISTS", "ckr-session-exists", Who::Ours),
    ckr(s::CKR_SESSION_READ_ONLY_EXISTS, "CKR_SESSION_READ_ONLY_EXISTS", "ckr-session-read-only-exists", Who::Ours),
    ckr(s::CKR_SESSION_READ_WRITE_SO_EXISTS, "CKR_SESSION_READ_WRITE_SO_EXISTS", "ckr-session-read-write-so-exists", Who::Ours),
    ckr(s::CKR_SIGNATURE_INVALID, "CKR_SIGNATURE_INVALID", "ckr-signature-invalid", Who::Ours),
    ckr(s::CKR_SIGNATURE_LEN_RANGE, "CKR_SIGNATURE_LEN_RANGE", "ckr-signature-len-range", Who::Ours),
    ckr(s::CKR_TEMPLATE_INCOMPLETE, "CKR_TEMPLATE_INCOMPLETE", "ckr-template-incomplete", Who::Ours),
    ckr(s::CKR_TEMPLATE_INCONSISTENT, "CKR_TEMPLATE_INCONSISTENT", "ckr-template-inconsistent", Who::Ours),
    ckr(s::CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT", "ckr-token-not-present", Who::Holder),
    ckr(s::CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED", "ckr-token-not-recognized", Who::Holder),
    ckr(s::CKR_TOKEN_WRITE_PROTECTED, "CKR_TOKEN_WRITE_PROTECTED", "ckr-token-write-protected", Who::Bank),
    ckr(s::CKR_UNWRAPPING_KEY_HANDLE_INVALID, "CKR_UNWRAPPING_KEY_HANDLE_INVALID", "ckr-unwrapping-key-handle-invalid", Who::Ours),
    ckr(s::CKR_UNWRAPPING_KEY_SIZE_RANGE, "CKR_UNWRAPPING_KEY_SIZE_RANGE", "ckr-unwrapping-key-size-range", Who::Ours),
    ckr(s::CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, "CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT", "ckr-unwrapping-key-type-inconsistent", Who::Ours),
    ckr(s::CKR_USER_ALREADY_LOGGED_IN, "CKR_USER_ALREADY_LOGGED_IN", "ckr-user-already-logged-in", Who::Holder),
    ckr(s::CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN", "ckr-user-not-logged-in", Who::Holder),
    ckr(s::CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED", "ckr-user-pin-not-initialized", Who::Bank),
    ckr(s::CKR_USER_TYPE_INVALID, "CKR_USER_TYPE_INVALID", "ckr-user-type-invalid", Who::Ours),
    ckr(s::CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN", "ckr-user-another-already-logged-in", Who::Holder),
    ckr(s::CKR_USER_TOO_MANY_TYPES, "CKR_USER_TOO_MANY_TYPES", "ckr-user-too-many-types", Who::Ours),
    ckr(s::CKR_WRAPPED_KEY_INVALID, "CKR_WRAPPED_KEY_INVALID", "ckr-wrapped-key-invalid", Who::Ours),
    ckr(s::CKR_WRAPPED_KEY_LEN_RANGE, "CKR_WRAPPED_KEY_LEN_RANGE", "ckr-wrapped-key-len-range", Who::Ours),
    ckr(s::CKR_WRAPPING_KEY_HANDLE_INVALID, "CKR_WRAPPING_KEY_HANDLE_INVALID", "ckr-wrapping-key-handle-invalid", Who::Ours),
    ckr(s::CKR_WRAPPING_KEY_SIZE_RANGE, "CKR_WRAPPING_KEY_SIZE_RANGE", "ckr-wrapping-key-size-range", Who::Ours),
    ckr(s::CKR_WRAPPING_KEY_TYPE_INCONSISTENT, "CKR_WRAPPING_KEY_TYPE_INCONSISTENT", "ckr-wrapping-key-type-inconsistent", Who::Ours),
    ckr(s::CKR_RANDOM_SEED_NOT_SUPPORTED, "CKR_RANDOM_SEED_NOT_SUPPORTED", "ckr-random-seed-not-supported", Who::Ours),
    ckr(s::CKR_RANDOM_NO_RNG, "CKR_RANDOM_NO_RNG", "ckr-random-no-rng", Who::Bank),
    ckr(s::CKR_DOMAIN_PARAMS_INVALID, "CKR_DOMAIN_PARAMS_INVALID", "ckr-domain-params-invalid", Who::Bank),
    ckr(s::CKR_CURVE_NOT_SUPPORTED, "CKR_CURVE_NOT_SUPPORTED", "ckr-curve-not-supported", Who::Bank),
    ckr(s::CKR_BUFFER_TOO_SMALL, "CKR_BUFFER_TOO_SMALL", "ckr-buffer-too-small", Who::Ours),
    ckr(s::CKR_SAVED_STATE_INVALID, "CKR_SAVED_STATE_INVALID", "ckr-saved-state-invalid", Who::Ours),
    ckr(s::CKR_INFORMATION_SENSITIVE, "CKR_INFORMATION_SENSITIVE", "ckr-information-sensitive", Who::Ours),
    ckr(s::CKR_STATE_UNSAVEABLE, "CKR_STATE_UNSAVEABLE", "ckr-state-unsaveable", Who::Ours),
    ckr(s::CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED", "ckr-cryptoki-not-initialized", Who::Ours),
    ckr(s::CKR_CRYPTOKI_ALREADY_INITIALIZED, "CKR_CRYPTOKI_ALREADY_INITIALIZED", "ckr-cryptoki-already-initialized", Who::Ours),
    ckr(s::CKR_MUTEX_BAD, "CKR_MUTEX_BAD", "ckr-mutex-bad", Who::Ours),
    ckr(s::CKR_MUTEX_NOT_LOCKED, "CKR_MUTEX_NOT_LOCKED", "ckr-mutex-not-locked", Who::Ours),
    ckr(s::CKR_NEW_PIN_MODE, "CKR_NEW_PIN_MODE", "ckr-new-pin-mode", Who::Holder),
    ckr(s::CKR_NEXT_OTP, "CKR_NEXT_OTP", "ckr-next-otp", Who::Holder),
    ckr(s::CKR_EXCEEDED_MAX_ITERATIONS, "CKR_EXCEEDED_MAX_ITERATIONS", "ckr-exceeded-max-iterations", Who::Ours),
    ckr(s::CKR_FIPS_SELF_TEST_FAILED, "CKR_FIPS_SELF_TEST_FAILED", "ckr-fips-self-test-failed", Who::Bank),
    ckr(s::CKR_LIBRARY_LOAD_FAILED, "CKR_LIBRARY_LOAD_FAILED", "ckr-library-load-failed", Who::Workplace),
    ckr(s::CKR_PIN_TOO_WEAK, "CKR_PIN_TOO_WEAK", "ckr-pin-too-weak", Who::Holder),
    ckr(s::CKR_PUBLIC_KEY_INVALID, "CKR_PUBLIC_KEY_INVALID", "ckr-public-key-invalid", Who::Ours),
    ckr(s::CKR_FUNCTION_REJECTED, "CKR_FUNCTION_REJECTED", "ckr-function-rejected", Who::Holder),
    ckr(s::CKR_TOKEN_RESOURCE_EXCEEDED, "CKR_TOKEN_RESOURCE_EXCEEDED", "ckr-token-resource-exceeded", Who::Holder),
    ckr(s::CKR_OPERATION_CANCEL_FAILED, "CKR_OPERATION_CANCEL_FAILED", "ckr-operation-cancel-failed", Who::Ours),
    ckr(s::CKR_KEY_EXHAUSTED, "CKR_KEY_EXHAUSTED", "ckr-key-exhausted", Who::Bank),
    ckr(s::CKR_PENDING, "CKR_PENDING", "ckr-pending", Who::Ours),
    ckr(s::CKR_SESSION_ASYNC_NOT_SUPPORTED, "CKR_SESSION_ASYNC_NOT_SUPPORTED", "ckr-session-async-not-supported", Who::Ours),
    ckr(s::CKR_SEED_RANDOM_REQUIRED, "CKR_SEED_RANDOM_REQUIRED", "ckr-seed-random-required", Who::Ours),
    ckr(s::CKR_OPERATION_NOT_VALIDATED, "CKR_OPERATION_NOT_VALIDATED", "ckr-operation-not-validated", Who::Ours),
    ckr(s::CKR_TOKEN_NOT_INITIALIZED, "CKR_TOKEN_NOT_INITIALIZED", "ckr-token-not-initialized", Who::Bank),
    ckr(s::CKR_PARAMETER_SET_NOT_SUPPORTED, "CKR_PARAMETER_SET_NOT_SUPPORTED", "ckr-parameter-set-not-supported", Who::Bank),
    // Of Rutoken's header.
    ckr(s::CKR_VENDOR_DEFINED + 1, "CKR_CORRUPTED_MAPFILE", "ckr-corrupted-mapfile", Who::Bank),
    ckr(s::CKR_VENDOR_DEFINED + 2, "CKR_WRONG_VERSION_FIELD", "ckr-wrong-version-field", Who::Bank),
    ckr(s::CKR_VENDOR_DEFINED + 3, "CKR_WRONG_PKCS1_ENCODING", "ckr-wrong-pkcs1-encoding", Who::Ours),
    ckr(s::CKR_VENDOR_DEFINED + 4, "CKR_RTPKCS11_DATA_CORRUPTED", "ckr-rtpkcs11-data-corrupted", Who::Bank),
    ckr(s::CKR_VENDOR_DEFINED + 5, "CKR_RTPKCS11_RSF_DATA_CORRUPTED", "ckr-rtpkcs11-rsf-data-corrupted", Who::Bank),
    ckr(s::CKR_VENDOR_DEFINED + 6, "CKR_SM_PASSWORD_INVALID", "ckr-sm-password-invalid", Who::Holder),
    ckr(s::CKR_VENDOR_DEFINED + 7, "CKR_LICENSE_READ_ONLY", "ckr-license-read-only", Who::Bank),
    ckr(s::CKR_VENDOR_DEFINED + 8, "CKR_VENDOR_EMITENT_KEY_BLOCKED", "ckr-vendor-emitent-key-blocked", Who::Bank),
    ckr(s::CKR_VENDOR_DEFINED + 9, "CKR_CERT_CHAIN_NOT_VERIFIED", "ckr-cert-chain-not-verified", Who::Bank),
    ckr(s::CKR_VENDOR_DEFINED + 10, "CKR_INAPPROPRIATE_PIN", "ckr-inappropriate-pin", Who::Holder),
    ckr(s::CKR_VENDOR_DEFINED + 11, "CKR_PIN_IN_HISTORY", "ckr-pin-in-history", Who::Holder),
    // Numbers nobody listed.
    own("ckr-unknown", Who::Bank),
    own("ckr-vendor-unknown", Who::Bank),
    // Our own findings.
    own("module-path-relative", Who::Workplace),
    own("module-absent", Who::Workplace),
    own("module-owner", Who::Workplace),
    own("module-writable", Who::Workplace),
    own("module-unloadable", Who::Workplace),
    own("module-busy", Who::Holder),
    own("module-unresponsive", Who::Holder),
    own("token-absent", Who::Holder),
    own("token-busy", Who::Holder),
    own("pin-needed", Who::Holder),
    own("pin-final-try", Who::Holder),
    own("so-pin-locked", Who::Bank),
    own("key-absent", Who::Holder),
    own("key-unsupported", Who::Bank),
    own("key-gost-2001", Who::Bank),
    own("key-broken", Who::Bank),
    own("algorithm-not-offered", Who::Bank),
    own("signature-not-verified", Who::Bank),
    own("certificate-foreign", Who::Holder),
    own("certificate-unreadable", Who::Bank),
    own("read-back-differs", Who::Bank),
    own("file-unreadable", Who::Workplace),
    own("file-permissions", Who::Workplace),
    own("file-owner", Who::Workplace),
    own("file-not-written", Who::Workplace),
    own("disk-full", Who::Workplace),
    own("folder-absent", Who::Holder),
    own("folder-same", Who::Holder),
    own("folder-not-empty", Who::Holder),
    own("folder-permissions", Who::Workplace),
    own("folder-without-key", Who::Holder),
    own("password-wrong", Who::Holder),
    own("password-weak", Who::Holder),
    own("password-tries-spent", Who::Holder),
    own("container-damaged", Who::Bank),
    own("container-changed", Who::Holder),
    own("internal", Who::Ours),
];
