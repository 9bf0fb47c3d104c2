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

    A letter with the link will come within two hours to the e-mail address named in the request. If it has not come within two hours, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-ready-subject = Certificate for the Internet bank
# ours
mail-ready-body =
    A certificate has been issued to you at { $agent } for the Internet bank. You can load and save it [here]({ $link }).

    { $until ->
        [none] Request number: { $unz }
       *[other] The link works until { $until }.

        Request number: { $unz }
    }

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-returned-subject = The request to renew the certificate needs correction
# ours
mail-returned-body =
    { $agent } returns your request N { $unz } to renew the certificate. What to correct: { $reason }

    Please correct the request and send it again.

    A letter with the link will come within two hours after that; otherwise call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-refused-subject = The renewal of the certificate is refused
# ours
mail-refused-body =
    { $agent } refuses to renew the certificate by your request N { $unz }. Reason: { $reason }

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-activated-subject = The new certificate is in service
# ours
mail-activated-body =
    The new certificate of your request N { $unz } is in service.{ $predecessor-until ->
        [none] {""}
       *[other] {" "}The previous certificate is good until { $predecessor-until }.
    }

    Please note that a copy of the act of acceptance must be given to the bank. After the renewal acts can be sent remotely, as a message of the Bank-Client system.

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-lapsed-subject = The request to renew the certificate has expired
# ours
mail-lapsed-body =
    Your request N { $unz } to renew the certificate has expired. If a certificate was issued for it, it is revoked: the link to it works no more.

    Please send a new request while your current certificate is valid.

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-act-subject = The bank waits for the act of acceptance
# ours
mail-act-body =
    { $agent } waits for the act of acceptance of the certificate of your request N { $unz }. Please give it to the bank not later than { $act-until }.

    The act can be sent remotely, as a message of the Bank-Client system. If you have already sent it, this letter needs no answer.

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-overdue-subject = The act of acceptance is late
# ours
mail-overdue-body =
    { $agent } did not receive in time, by { $act-until }, the act of acceptance of the certificate of your request N { $unz }. Please give it to the bank as soon as you can.

    The act can be sent remotely, as a message of the Bank-Client system.

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-blocked-subject = The certificate is blocked
# ours
mail-blocked-body =
    { $act-until ->
        [none] On { $at } { $agent } blocked your certificate with serial number { $serial } ({ $serial-hex }): it opens no door and signs nothing.

        { $why ->
            [none] To learn why and to have it unblocked call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).
           *[other] Reason: { $why }

            To have it unblocked call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).
        }
       *[other] On { $at } { $agent } blocked the certificate of your request N { $unz }: the bank did not receive the act of acceptance in time, by { $act-until }.

        Bring the act to the bank and the certificate will be unblocked. For questions call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).
    }

# ours
mail-unblocked-subject = The certificate is unblocked
# ours
mail-unblocked-body =
    On { $at } { $agent } unblocked your certificate with serial number { $serial } ({ $serial-hex }): you can sign in and sign with it again.

    { $why ->
        [none] {""}
       *[other] Reason: { $why }
    }

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-held-subject = The certificate is on hold
# ours
mail-held-body =
    On { $at } your certificate with serial number { $serial } ({ $serial-hex }) was put on hold: it opens no door and signs nothing. Only { $agent } can release it.

    { $why ->
        [none] {""}
       *[other] Reason: { $why }
    }

    If it was not you who put it on hold, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-released-subject = The certificate is good again
# ours
mail-released-body =
    On { $at } { $agent } lifted the hold of your certificate with serial number { $serial } ({ $serial-hex }): you can sign in and sign with it again.

    { $why ->
        [none] {""}
       *[other] Reason: { $why }
    }

    If you did not ask for it, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-revoked-subject = The certificate is revoked
# ours
mail-revoked-body =
    On { $at } your certificate with serial number { $serial } ({ $serial-hex }) was revoked. It cannot be brought back: you need a new certificate to work.

    { $why ->
        [none] {""}
       *[other] Reason: { $why }
    }

    If it was not you who revoked it, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-expiry-subject = The certificate ends on { $not-after }
# ours
mail-expiry-body =
    Your certificate with serial number { $serial } ({ $serial-hex }) ends on { $not-after }. After that it opens no door and signs nothing, and it cannot be renewed remotely either.

    To renew it sign in to the Bank-Client system, section "Security", "Renewal of the certificate". If you already have the letter with the link, save the new certificate by it.

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

# ours
mail-answered-subject = The bank has answered your message
# ours
mail-answered-body =
    { $agent } has answered your message about request N { $unz }. Read the answer in the Bank-Client system, section "Messages".

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

## Pages

# ours
page-link-title = Receiving the renewed certificate
# ours
page-link-info = About your certificate
# ours
page-link-name = Name of the certificate
# ours
page-link-authority = Certification authority
# ours
page-link-serial = Serial number
# ours
page-link-unz = Request number
# ours
page-link-act = To get the renewed certificate you must sign the electronic act of acceptance with your current key.
# ours
page-link-press = Please press 'Sign the act of acceptance' and enter the password of the current key.
# ours
page-legacy = ATTENTION! You are renewing a certificate of the unsupported algorithm GOST-2001. To sign the act please insert the card with the GOST-2001 certificate. After that you will need to insert a new card to install the certificate on it.
# ours
page-sign-act = Sign the act of acceptance
# ours
page-decline = Decline
# ours
page-save-title = Saving the certificate
# ours
page-act-view = View and print the act of acceptance
# ours
page-save-press = Press "Save the certificate".
# ours
page-save = Save the certificate
# ours
page-saved = The certificate has been saved on the smart key
# ours
page-act-copy = Please note that a copy of the act of acceptance must be handed to the bank. After the renewal acts can be sent remotely, as a message in the Bank-Client system.

# ours
page-renewal-title = Renewal of the certificate
# ours
page-renewal-link = Send a request to OOO "EXPOBANK"
# ours
page-renewal-lead = The renewal of a certificate is done in the Bank-Client system.
# ours
page-medium-label = Where is the certificate to be kept
# ours
page-medium-smart-key = Smart key
# ours
page-medium-hint = If you use the USB key "MS_Key K", you need to go to the branch of OOO Expobank that serves you for a new USB key "Rutoken ECP 2.0".
# ours
page-next = Next
# ours
page-own-title = Your certificate
# ours
page-own-issuer = Issuer
# ours
page-own-goes-to = The request for renewal of the certificate will be sent to the Certification Authority
# ours
page-own-check = Please check your e-mail address and contact phone and press "Renew"
# ours
page-phone = Phone
# ours
page-email = E-mail
# ours
page-email-hint = The link for saving the certificate will be sent to this e-mail address, and later the notices that the certificate ends.
# ours
page-renew = Renew
# ours
page-send-title = Renewal of the certificate
# ours
page-send-text = A new key will be made on your smart key, and the request for renewal will be signed with your current key. Press "OK" and enter the PIN.
# ours
page-ok = OK
# ours
page-accepted-title = Request accepted
# ours
page-accepted-number = The Certification Authority "Authority" has accepted your request N { $unz } for renewal of the certificate "Class 2".
# ours
page-accepted-key = At this moment only your own (secret) key has been made.
# ours
page-accepted-public = To use the certificate you need the public key as well.
# ours
page-accepted-link = The link (URL) to the page for receiving the certificate will be sent to you by e-mail only after your data have been confirmed by the Agent of the Certification Authority.
# ours
page-accepted-mail = Within two hours a letter with the link for receiving the renewed certificate will come to the e-mail address given in the request. If you have not received the letter within two hours, please call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

## What cannot be done remotely

# ours
page-help-where = Go to the branch of OOO Expobank that serves you.
# ours
page-help-call = Support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).
# ours
page-help-ms-key-text = If you use the USB key "MS_Key K", you need to go to the branch of OOO Expobank that serves you for a new USB key "Rutoken ECP 2.0", and follow the Instruction for making new certificates on USB keys "Rutoken ECP 2.0".
