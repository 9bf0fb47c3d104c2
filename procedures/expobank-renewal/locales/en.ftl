### Remote renewal of a certificate. The manual has Russian words only: every message of this file is ours.

procedure-title = Renewal of the certificate
procedure-menu = "Security" → "Renewal of the certificate"

## Stages of a request

# ours
status-draft = Draft
# ours
status-key-ready = Key made
# ours
status-signed = Signed
# ours
status-accepted = Request accepted
# ours
status-in-review = Request accepted
# ours
status-needs-fix = Returned for correction
# ours
status-approved = Data confirmed, the certificate is being issued
# ours
status-issued = A certificate has been issued to you
# ours
status-act-signed = The act of acceptance is signed
# ours
status-installed = The certificate is saved on the smart key
# ours
status-proven = The new key is proven
# ours
status-in-service = In service
# ours
status-rejected = Refused
# ours
status-cancelled = Request recalled
# ours
status-expired = The request has expired

## Refusals in the manual's sense

# ours
refusal-act-not-signed = To get the renewed certificate you must sign the electronic act of acceptance with your current key.
# ours
refusal-email-wrong = Please check your e-mail address: the field must hold an address that is in use.
# ours
refusal-too-early = It is too early to renew: a request can be sent 30 days before the certificate ends.

## Documents

# ours
act-title-acceptance = ACT OF ACCEPTANCE OF A SIGNATURE VERIFICATION KEY CERTIFICATE

## Letters

# ours
mail-accepted-subject = Request accepted
# ours
mail-accepted-body =
    The certification authority "Authority" has accepted your request N { $unz } to renew a certificate "Class 2".

    So far only your private key has been made.
    To use the certificate you also need the public one.
    The link to the page of the certificate will be sent to you by e-mail once the agent of the certification authority has confirmed your data.

    A letter with the link will come within two hours to the e-mail address named in the request. If it has not come within two hours, call the support of the Bank-Client system of Expobank: { $support } (free of charge within Russia).

# ours
mail-ready-subject = Certificate for the Internet bank
# ours
mail-ready-body =
    A certificate has been issued to you at { $agent } for the Internet bank. You can load and save it here: { $link }

    { $until ->
        [none] Request number: { $unz }
       *[other] The link works until { $until }.

        Request number: { $unz }
    }

    If you have questions, call the support of the Bank-Client system of Expobank: { $support } (free of charge within Russia).

# ours
mail-returned-subject = The request to renew the certificate needs correction
# ours
mail-returned-body =
    { $agent } returns your request N { $unz } to renew the certificate. What to correct: { $reason }

    Please correct the request and send it again.

    A letter with the link will come within two hours after that; otherwise call the support of the Bank-Client system of Expobank: { $support } (free of charge within Russia).

# ours
mail-refused-subject = The renewal of the certificate is refused
# ours
mail-refused-body =
    { $agent } refuses to renew the certificate by your request N { $unz }. Reason: { $reason }

    If you have questions, call the support of the Bank-Client system of Expobank: { $support } (free of charge within Russia).

# ours
mail-activated-subject = The new certificate is in service
# ours
mail-activated-body =
    The new certificate of your request N { $unz } is in service.{ $predecessor-until ->
        [none] {""}
       *[other] {" "}The previous certificate is good until { $predecessor-until }.
    }

    Please note that a copy of the act of acceptance must be given to the bank. After the renewal acts can be sent remotely, as a message of the Bank-Client system.

    If you have questions, call the support of the Bank-Client system of Expobank: { $support } (free of charge within Russia).

# ours
mail-lapsed-subject = The request to renew the certificate has expired
# ours
mail-lapsed-body =
    Your request N { $unz } to renew the certificate has expired. If a certificate was issued for it, it is revoked: the link to it works no more.

    Please send a new request while your current certificate is valid.

    If you have questions, call the support of the Bank-Client system of Expobank: { $support } (free of charge within Russia).

# ours
mail-blocked-subject = The certificate is blocked
# ours
mail-blocked-body =
    { $agent } has blocked the certificate of your request N { $unz }: the bank did not receive the act of acceptance in time.

    Bring the act to the bank and the certificate will be unblocked. For questions call the support of the Bank-Client system of Expobank: { $support } (free of charge within Russia).
