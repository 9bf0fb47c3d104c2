### The manual knows Russian alone: every word here is ours.

procedure-title = A key on a smart card
procedure-menu = Request for a certificate

## Stages of a request

status-draft = Draft
status-key-ready = Key made
status-signed = Signed
status-accepted = Request accepted
status-in-review = Application received, data are being checked
status-needs-fix = Returned for correction
status-approved = Data confirmed, the certificate is being issued
status-issued = Certificate issued, link sent
status-act-signed = Act of acceptance signed
status-installed = Certificate saved
status-proven = Certificate saved, the act of acceptance is awaited
status-in-service = Access granted
status-rejected = Refused
status-cancelled = Request recalled
status-expired = The request has expired

## Documents

act-title-acceptance = ACT OF ACCEPTANCE OF A SIGNATURE VERIFICATION KEY CERTIFICATE

## Letters

mail-accepted-subject = Request accepted
mail-accepted-body =
    The certification authority "Authority" has accepted your request N { $unz } for a certificate "Class 2".

    So far only your private key has been made.
    To use the certificate you also need the public one.
    The link to the page of the certificate will be sent to you by e-mail once the agent of the certification authority has confirmed your data.

    Print the application, sign it and hand it in at the office of OOO Expobank that serves you. If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-confirm-email-subject = Confirm your e-mail address
mail-confirm-email-body =
    A request N { $unz } for a certificate was sent with this address. Confirm that the letters reach you: { $link }

    Until then { $agent } does not see the request. If you sent no request, do nothing. If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-ready-subject = Certificate for the Internet bank
mail-ready-body =
    You can get the certificate by this link: { $link }

    Insert the smart card into a USB port.

    { $until ->
        [none] Request number: { $unz }
       *[other] The link works until { $until }.

        Request number: { $unz }
    }

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-returned-subject = The request for a certificate needs correction
mail-returned-body =
    { $agent } returns your request N { $unz } for a certificate. What to correct: { $reason }

    Open the page of the request in the same browser, correct the data and send the request again. If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-refused-subject = The certificate is refused
mail-refused-body =
    { $agent } refuses a certificate by your request N { $unz }. Reason: { $reason }

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-activated-subject = You have access
mail-activated-body =
    The act of acceptance of your request N { $unz } has been processed. You have access to Bank-Client.

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-lapsed-subject = The request for a certificate has expired
mail-lapsed-body =
    Your request N { $unz } for a certificate has expired. If a certificate was issued for it, it is revoked: the link to it works no more.

    Please send a new request. If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-act-subject = The bank waits for the act of acceptance
mail-act-body =
    { $agent } waits for the act of acceptance of the certificate of your request N { $unz }. Please give it to the bank not later than { $act-until }.

    Bring the signed act to a branch of the bank. If you have already brought it, this letter needs no answer.

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-overdue-subject = The act of acceptance is late
mail-overdue-body =
    { $agent } did not receive in time, by { $act-until }, the act of acceptance of the certificate of your request N { $unz }. Please give it to the bank as soon as you can.

    Bring the signed act to a branch of the bank.

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-blocked-subject = The certificate is blocked
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

mail-unblocked-subject = The certificate is unblocked
mail-unblocked-body =
    On { $at } { $agent } unblocked your certificate with serial number { $serial } ({ $serial-hex }): you can sign in and sign with it again.

    { $why ->
        [none] {""}
       *[other] Reason: { $why }
    }

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-held-subject = The certificate is on hold
mail-held-body =
    On { $at } your certificate with serial number { $serial } ({ $serial-hex }) was put on hold: it opens no door and signs nothing. Only { $agent } can release it.

    { $why ->
        [none] {""}
       *[other] Reason: { $why }
    }

    If it was not you who put it on hold, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-released-subject = The certificate is good again
mail-released-body =
    On { $at } { $agent } lifted the hold of your certificate with serial number { $serial } ({ $serial-hex }): you can sign in and sign with it again.

    { $why ->
        [none] {""}
       *[other] Reason: { $why }
    }

    If you did not ask for it, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-revoked-subject = The certificate is revoked
mail-revoked-body =
    On { $at } your certificate with serial number { $serial } ({ $serial-hex }) was revoked. It cannot be brought back: you need a new certificate to work.

    { $why ->
        [none] {""}
       *[other] Reason: { $why }
    }

    If it was not you who revoked it, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-expiry-subject = The certificate ends on { $not-after }
mail-expiry-body =
    Your certificate with serial number { $serial } ({ $serial-hex }) ends on { $not-after }. After that it opens no door and signs nothing, and it cannot be renewed remotely either.

    To renew it sign in to the Bank-Client system, section "Security", "Renewal of the certificate". If you already have the letter with the link, save the new certificate by it.

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

mail-answered-subject = The bank has answered your message
mail-answered-body =
    { $agent } has answered your message about request N { $unz }. Read the answer in the Bank-Client system, section "Messages".

    If you have questions, call the support of the Bank-Client system of OOO Expobank: { $support } (free within Russia).

## Pages

page-apply-title = Request for a financial certificate (Class 2)
page-apply-tell = Please note
page-apply-by = The issue of the certificate is confirmed by OOO "EXPOBANK"
page-medium-label = Where is the certificate to be kept
page-apply-medium-smart-key = Smart key (GOST)
page-apply-fill = Fill in the form to get a certificate
page-apply-surname = Surname
page-apply-given-name = Given name
page-apply-patronymic = Patronymic (required if you have one)
page-apply-natural-person = The certificate is for a natural person
page-apply-organisation = Name of the organisation
page-apply-inn = Taxpayer number (INN) of the organisation
page-apply-contact = How to reach you
page-apply-country = Country
page-apply-city = City
page-apply-city-hint = Type the first letters in Russian, suitable cities will be suggested
page-apply-city-missing = If your city is not in the list, write to the support.
page-apply-address = Address
page-apply-phone = Phone
page-apply-phone-hint = Not required
page-apply-email = E-mail
page-apply-email-hint = Attention! It is important to give the right e-mail address: the link for saving the certificate will be sent to it, and later reminders before the certificate ends.
page-apply-confirm = Confirm
page-latin-title = Request for a financial certificate (Class 2)
page-latin-check = Check how your data are written in Latin letters
page-latin-person = Your full name
page-latin-inn = Taxpayer number (INN)
page-latin-beside = The following fields are not used in the certificate, but as further information about you when it is signed
page-latin-key = The secret part of the keys will be written to your smart card.
page-latin-send = Send the request
page-accepted-title = Request accepted
page-applied-number = The certification authority "Authority" has accepted your request N { $unz } for a certificate "Class 2".
page-accepted-key = So far only your private key has been made.
page-accepted-public = To use the certificate you also need the public one.
page-accepted-link = The link to the page of the certificate will be sent to you by e-mail once the agent of the certification authority has confirmed your data.
page-applied-print = Print the application for a certificate for legal persons:
page-applied-paper = application for legal persons
page-applied-bring = Print this application, sign it and put the seal on it. Hand it in at the office of OOO Expobank that serves you.
page-applied-print-person = Print the application for a certificate for natural persons:
page-applied-paper-person = application for natural persons
page-applied-bring-person = Print this application, sign it and hand it in at the office of OOO Expobank that serves you.
page-applied-scan = Send a scanned copy of the application by the section “Feedback. Bank-Client”
page-feedback-title = Feedback. Bank-Client
page-feedback-lead = Send a scanned copy of the signed document or write to the bank. The subject of a scanned application must be: Application for a certificate.
page-feedback-subject = Subject
page-feedback-subject-application = Application for a certificate
page-feedback-subject-act = Act of acceptance of a certificate
page-feedback-subject-city = My city is not in the list
page-feedback-subject-other = Another question
page-link-info = About your certificate
page-link-name = Name of the certificate
page-link-authority = Certification authority
page-link-serial = Serial number
page-link-unz = Request number
page-save-title = Saving the certificate
page-act-view = View and print the act of acceptance
page-save-press = Press "Save the certificate".
page-save = Save the certificate
page-saved = The certificate has been saved
page-act-copy = Print the act of acceptance, sign both copies and hand them in at the office of the bank. You get access once the act has been processed.
