//! Refusals: the world said no. A closed list with stable codes, translated in locales, shown to people, written to the journal.

/// What a refusal means for the one who asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Blame {
    /// What was sent is wrong.
    Input,
    /// Who asks is not known or not known any more.
    Identity,
    /// Who asks may not.
    Permission,
    /// There is no such thing, or not for the one who asks.
    Absent,
    /// Not now: the stage or another person was first.
    Stage,
    /// It was there and is gone for good.
    Gone,
    /// Too much or too often.
    Limit,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $blame:ident;)*) => {
        /// An expected refusal. The code never changes once released.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Refusal { $($(#[$doc])* $name,)* }

        impl Refusal {
            /// Every refusal, for tests of translations and documents.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code: lower-case words joined by hyphens.
            #[must_use]
            pub fn code(self) -> &'static str { match self { $(Self::$name => $code,)* } }

            /// Whom it concerns; the doors turn it into a status.
            #[must_use]
            pub fn blame(self) -> Blame { match self { $(Self::$name => Blame::$blame,)* } }
        }
    };
}

refusals! {
    // The PKCS#10 and its key.
    /// The PKCS#10 is not DER, or has trailing octets.
    CsrMalformed = "csr-malformed", Input;
    /// The PKCS#10's own signature does not verify: possession is not shown.
    CsrSignatureWrong = "csr-signature-wrong", Input;
    /// The PKCS#10 names another subject than the bank's record.
    CsrSubjectDiffers = "csr-subject-differs", Input;
    /// The PKCS#10 asks for extensions or attributes; the profile decides those.
    CsrExtrasPresent = "csr-extras-present", Input;
    /// The key is already in a certificate or in another request.
    KeySeenBefore = "key-seen-before", Input;
    /// The key is too weak, off its curve, or of a broken form.
    KeyUnacceptable = "key-unacceptable", Input;
    /// The profile does not take keys of this algorithm.
    KeyAlgorithmNotAllowed = "key-algorithm-not-allowed", Input;
    /// The key was made on a medium that the procedure does not have.
    MediumNotOffered = "medium-not-offered", Input;
    /// The key that is to be deleted is needed: a request waits for its certificate, or a certificate of it has not ended.
    KeyNeeded = "key-needed", Stage;
    // Signatures by the client.
    /// The CMS is not a well-formed SignedData.
    CmsMalformed = "cms-malformed", Input;
    /// The CMS lacks the signing-certificate-v2 attribute (CAdES-BES).
    CmsSigningCertificateMissing = "cms-signing-certificate-missing", Input;
    /// The signature is over other bytes than the text that was to be signed.
    CmsContentDiffers = "cms-content-differs", Input;
    /// The signature is detached, and the text that was signed did not come with it.
    SignedTextMissing = "signed-text-missing", Input;
    /// The signature does not verify.
    CmsSignatureWrong = "cms-signature-wrong", Input;
    /// More or fewer than one signer.
    CmsSignerCount = "cms-signer-count", Input;
    /// The signing certificate is not known to the bank or does not chain to a trusted authority.
    SignerUnknown = "signer-unknown", Identity;
    /// The signing certificate belongs to somebody else.
    SignerNotOwner = "signer-not-owner", Permission;
    /// Another certificate than the one that must sign.
    SignerOtherKey = "signer-other-key", Input;
    /// The signing certificate has ended.
    CertificateExpired = "certificate-expired", Identity;
    /// The signing certificate is revoked.
    CertificateRevoked = "certificate-revoked", Identity;
    /// The signing certificate is on hold.
    CertificateOnHold = "certificate-on-hold", Identity;
    /// The bank has blocked the certificate.
    CertificateBlocked = "certificate-blocked", Identity;
    /// The certificate has been superseded by its successor.
    CertificateSuperseded = "certificate-superseded", Identity;
    /// The certificate is not in service yet.
    CertificateNotInService = "certificate-not-in-service", Identity;
    // Sign-in and powers.
    /// No or unknown bearer token.
    SignInRequired = "sign-in-required", Identity;
    /// The bearer token has expired.
    SignInExpired = "sign-in-expired", Identity;
    /// Login, password or code are wrong, or the login is locked after too many tries: which one is not told.
    SignInWrong = "sign-in-wrong", Identity;
    /// Who came by password wants what a certificate proves.
    CertificateSignInNeeded = "certificate-sign-in-needed", Permission;
    /// The code is not that of the device that is being set up.
    DeviceCodeWrong = "device-code-wrong", Input;
    /// The certificate opens the desk for nobody, or is closed after too many tries: which one is not told.
    StaffCertificateUnknown = "staff-certificate-unknown", Identity;
    /// The certificate opens the desk for another member of staff.
    StaffCertificateTaken = "staff-certificate-taken", Stage;
    /// The challenge is unknown, used or too old.
    ChallengeUnknown = "challenge-unknown", Identity;
    /// The person or organisation is barred from remote work.
    SubscriberBarred = "subscriber-barred", Permission;
    /// The bank does not let its clients take this step with an own certificate.
    OwnStepNotOffered = "own-step-not-offered", Permission;
    /// The role does not allow it.
    RoleMissing = "role-missing", Permission;
    /// The second approval must come from another person.
    SecondPersonRequired = "second-person-required", Permission;
    /// The member of staff is the client it is about.
    OwnMatter = "own-matter", Permission;
    /// The member of staff entered what is to be approved, where two people are wanted.
    OwnEntry = "own-entry", Permission;
    // Tickets of the component.
    /// No such ticket, or not of this operation and request.
    ComponentTicketUnknown = "component-ticket-unknown", Absent;
    /// The ticket was answered already.
    ComponentTicketSpent = "component-ticket-spent", Gone;
    /// The ticket was begun or answered too late.
    ComponentTicketExpired = "component-ticket-expired", Gone;
    /// The component did not say that it began.
    ComponentTicketNotStarted = "component-ticket-not-started", Stage;
    // Links.
    /// No such link.
    LinkUnknown = "link-unknown", Absent;
    /// The link has served its purpose.
    LinkSpent = "link-spent", Gone;
    /// The link was replaced by a newer one.
    LinkReplaced = "link-replaced", Gone;
    /// The link died without having served: the request was declined or refused.
    LinkDead = "link-dead", Gone;
    /// The link's life is over.
    LinkExpired = "link-expired", Gone;
    /// The link belongs to another agent.
    LinkOfOtherAgent = "link-of-other-agent", Absent;
    // Requests.
    /// No such object, or not for the one who asks.
    NotFound = "not-found", Absent;
    /// The agent does not offer this procedure.
    ProcedureNotOffered = "procedure-not-offered", Absent;
    /// Too early: the notice window has not opened.
    TooEarly = "too-early", Stage;
    /// A word of the name that the certificate would bear mixes letters of two alphabets (domain notes 3.7).
    SubjectMixesAlphabets = "subject-mixes-alphabets", Stage;
    /// Another request of this person is still open.
    RequestOpenAlready = "request-open-already", Stage;
    /// The step does not fit the stage of the request.
    StageDoesNotAllow = "stage-does-not-allow", Stage;
    /// Somebody was faster: load again.
    ChangedMeanwhile = "changed-meanwhile", Stage;
    /// The act must be signed before the certificate is handed out.
    ActNotSigned = "act-not-signed", Stage;
    /// The act signed by the new key did not come with its proof.
    ActByNewKeyMissing = "act-by-new-key-missing", Input;
    /// The bank must have received the act first.
    ActNotReceived = "act-not-received", Stage;
    /// The procedure has no act.
    ActAbsent = "act-absent", Stage;
    /// The certificate has been handed out to nobody yet.
    NotDelivered = "not-delivered", Stage;
    /// Declining must be confirmed.
    ConfirmationRequired = "confirmation-required", Input;
    /// A reason must be given.
    ReasonRequired = "reason-required", Input;
    /// The request's life is over.
    RequestExpired = "request-expired", Gone;
    /// The bank has not yet taken the applicant into its record.
    ApplicantNotAdmitted = "applicant-not-admitted", Stage;
    /// The address of the request has not answered yet.
    EmailNotConfirmed = "email-not-confirmed", Stage;
    /// The bank's record has a person of this name already.
    SubscriberAlreadyThere = "subscriber-already-there", Stage;
    /// The person whom a request is to be bound to has an open one.
    PersonHasOpenRequest = "person-has-open-request", Stage;
    // Papers.
    /// The file is neither a PDF nor a JPEG nor a PNG.
    ScanKindUnknown = "scan-kind-unknown", Input;
    /// The file begins as what it is called and is not whole, or something else follows its end.
    ScanDamaged = "scan-damaged", Input;
    /// The PDF holds scripts, programs, forms or files, or hides what it holds.
    ScanActive = "scan-active", Input;
    /// The scan is larger than the limit.
    ScanTooLarge = "scan-too-large", Input;
    /// What came without paper needs its scan.
    ScanMissing = "scan-missing", Input;
    /// No copy, or more than fit into one file.
    CopiesOutOfRange = "copies-out-of-range", Input;
    /// Fewer copies than the procedure asks for.
    CopiesTooFew = "copies-too-few", Input;
    // The register of smart cards.
    /// The serial number of a card has other than Latin letters and digits, or too few or too many of them.
    CardSerialWrong = "card-serial-wrong", Input;
    /// A card of this serial number is in the register already.
    CardRegisteredAlready = "card-registered-already", Stage;
    /// The card is in the hands of this person already.
    CardHandedOut = "card-handed-out", Stage;
    /// The card is in the hands of somebody else.
    CardInOtherHands = "card-in-other-hands", Stage;
    /// The person has a card for this signature that did not come back.
    CardSlotTaken = "card-slot-taken", Stage;
    /// There is no such signature.
    CardSlotUnknown = "card-slot-unknown", Input;
    /// The card is in nobody's hands.
    CardNotHandedOut = "card-not-handed-out", Stage;
    /// The card came back and was not cleared yet: a key may be on it.
    CardNotCleared = "card-not-cleared", Stage;
    /// The card was written off.
    CardWrittenOff = "card-written-off", Gone;
    /// No reason of the list.
    CardReasonUnknown = "card-reason-unknown", Input;
    /// The bank's record has another name under this ИНН.
    ClientNameDiffers = "client-name-differs", Input;
    // Fields and bodies.
    /// The e-mail address is missing or not one.
    EmailWrong = "email-wrong", Input;
    /// What stands for a УНЗ is none.
    UnzWrong = "unz-wrong", Input;
    /// The agent has no request with this УНЗ.
    UnzUnknown = "unz-unknown", Input;
    /// The phone has characters a phone does not have, or too many.
    PhoneWrong = "phone-wrong", Input;
    /// A required field is empty.
    FieldMissing = "field-missing", Input;
    /// A surname, given name or patronymic with other characters than letters, spaces, hyphens and apostrophes, or too long.
    NameWrong = "name-wrong", Input;
    /// There is neither a patronymic nor the word that there is none.
    PatronymicMissing = "patronymic-missing", Input;
    /// The organisation's name is too long or has characters it may not.
    OrganisationNameWrong = "organisation-name-wrong", Input;
    /// The ИНН has other characters than digits.
    InnNotDigits = "inn-not-digits", Input;
    /// The ИНН has neither 10 nor 12 digits.
    InnLengthWrong = "inn-length-wrong", Input;
    /// The check digits of the ИНН do not fit: a digit is mistyped.
    InnCheckDigitsWrong = "inn-check-digits-wrong", Input;
    /// The country is not one of the list.
    CountryUnknown = "country-unknown", Input;
    /// The city is not one of the list.
    CityUnknown = "city-unknown", Input;
    /// The address is too long or has characters it may not.
    AddressWrong = "address-wrong", Input;
    /// A word mixes letters of two alphabets: one of them only looks like the other.
    LookAlikeLetters = "look-alike-letters", Input;
    /// A field that goes into the certificate has other than Latin letters, or too many of them.
    LatinWrong = "latin-wrong", Input;
    /// The field may not be edited in this procedure.
    FieldNotEditable = "field-not-editable", Input;
    /// A field is too long or holds characters it may not.
    TextUnacceptable = "text-unacceptable", Input;
    /// The body is not what the operation takes.
    BodyMalformed = "body-malformed", Input;
    /// The body is larger than the limit.
    BodyTooLarge = "body-too-large", Limit;
    /// A form without the right token of its page: too old, or of another site.
    FormStale = "form-stale", Stage;
    /// Too many tries; wait.
    TooManyTries = "too-many-tries", Limit;
    // The gate before the serial number.
    /// A check of the policy gate did not hold.
    PolicyGate = "policy-gate", Permission;
    /// The profile's lints refuse the certificate.
    LintRefused = "lint-refused", Input;
    /// The certificate would outlive its issuer.
    IssuerEndsEarlier = "issuer-ends-earlier", Stage;
    // Certificates.
    /// The certificate machine has no such step.
    CertificateStateDoesNotAllow = "certificate-state-does-not-allow", Stage;
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}
