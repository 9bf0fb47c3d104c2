### Words of the pages. Those that begin with page- a bank may replace: messages of the same id in its procedure's folder.

brand = Surguch
skip = Skip to the contents
language = Language
language-ru = RU
language-en = EN
menu = Sections
theme = Theme
theme-system = as the system
theme-light = light
theme-dark = dark
sign-out = Sign out
support = Support
hexadecimal = hexadecimal

way-home = Home
way-sign-in = Sign in
way-status = Status of a request
way-root = Root certificate

## Home

home-title = Key certificates
home-lead = Here a client of the bank receives, renews and checks the certificate of an electronic signature key.
home-status = See by the number of a request what is happening to it, whose move it is and when to expect an answer. No sign-in.
home-status-go = See the status
home-root = The certificates of the certification authorities: download, compare the thumbprint, install.
home-root-go = Open

## Refusals and incidents

fault-link = The link does not open
fault-form = The form is out of date
fault-sign-in = Please sign in
fault-forbidden = Not within your powers
fault-absent = Nothing found
fault-stage = Not possible now
fault-often = Too often
fault-busy = The server is busy
fault-broken = Server error
fault-input = Please check what you entered
fault-code = Code for support
fault-incident = Incident number

## The security component

token-working = Asking the security component: please watch its window.
token-missing = The security component does not answer. Install or start it, insert the smart key and try again.
token-declined = You declined in the component's window. Nothing has changed.
token-failed = It did not work. Check that the smart key is inserted and try again; if that does not help, tell support this code:
token-pin-factory = A PIN of the smart key is the maker’s still, no key was made. Try again and change the PINs when the component asks.
token-pin-locked = The PIN of the smart key is locked.
token-key-missing = The current key is on none of the media that are there. Insert the smart key that holds it and try again. If the certificate has expired or the smart key is lost, the bank helps.
token-ms-key = A certificate on a USB key "MS_Key K" is not renewed remotely.
token-medium-other = This smart key will not do: it holds another person's key. Insert your own or an empty one and try again.
token-medium-full = The smart key is full. Delete keys you do not need in the security component and try again.
token-medium-gone = The smart key was pulled too early. Insert it and try again: what was begun goes on.
token-medium-missing = No smart key was found. Insert it and try again.
token-algorithm-unsupported = This smart key makes no keys of GOST R 34.10-2012. Take another one and try again.
token-clock-wrong = The clock of this computer is more than five minutes off the bank's. Set the time right and try again.
token-busy = The security component is busy with something else: finish that or close its window and try again.
token-timed-out = The window of the security component was open too long. Try again: what was begun goes on.
token-no-script = This step needs the smart key, the security component and scripts (JavaScript) enabled in the browser.
token-needed = This step needs the security component: it cannot be done without a signature of the key.

## Sample elements

design-title = Elements of the design
design-heading = Heading of a section
design-text = Ordinary text: calm, readable, in one column of at most seventy characters.
design-link = A link
design-soft = and muted text.
design-notes = Notes and badges
design-card = Card with facts
design-form = Form
design-table = Table
design-way = Way of a request
design-paper = Document
design-more = More

tone-tell = For information
tone-good = Done
tone-warn = Attention
tone-bad = Error
tone-idle = Of no importance

mark-equal = equal
mark-differs = differs
mark-missing = missing

## The demonstration: pages that only `surguch demo` has

demo-strip = Demonstration
demo-letters = Mail
demo-desk = The bank's desk
demo-title = Demonstration: renewal of a certificate
demo-lead = This is a bank on your computer: a server, clients with virtual smart keys, staff, mail. Walk through a renewal yourself, button by button.
demo-progress = How far the security component is
demo-component-off = The security component is not running: the pages can be looked at, nothing can be signed.
demo-component-looking = Looking for the security component.
demo-component-building = Building the security component and the virtual smart key: { $number } of { $count }. The first time takes minutes; the pages work already.
demo-component-cards = Making the clients' virtual smart keys.
demo-component-ready = The security component is ready, the smart keys are plugged in. You can begin.
demo-component-no-cargo = There is no security component beside the program, and no source with cargo to build it from. Put surguch-component, surguch-softtoken and libsurguch_softtoken.so beside it and start the demonstration again.
demo-component-policy = An administrator's policy is in force on this computer ({ $name }); it stands before that of the demonstration. The security component was not started.
demo-component-failed = The security component does not work: { $name }
demo-clients = Clients
demo-clients-lead = Each has a virtual smart key. Both are plugged in; the component asks which one to use.
demo-client = Who
demo-card = Smart key N
demo-pin = PIN
demo-as-client = Sign in as a client
demo-staff = The bank's staff
demo-staff-lead = The code is what a member's phone would show. Each code is taken once; the next one comes within half a minute.
demo-who = Who
demo-guide = What to do
demo-open = Open
demo-step-sign-in = Press “{ $name }”. The component's window opens (without a display it asks in the terminal): allow it, choose smart key { $from }, type the PIN { $number } and sign the sign-in.
demo-step-menu = In “{ $from }” press “{ $name }”.
demo-step-press = Press “{ $name }”.
demo-step-medium = “{ $from }”: choose “{ $name }” and press “{ $number }”.
demo-step-own = “{ $from }”: only phone and e-mail can be changed. Press “{ $name }”.
demo-step-send = Press “{ $name }”. In the component's window choose smart key { $from }, type the PIN { $number } and sign the request: the new key is made on the smart key.
demo-step-accepted = “{ $name }” appears with the number of the request. Now it is the bank's move.
demo-step-desk = Sign in as a member of staff, open the request, compare the data and press “{ $name }”.
demo-step-letter = The letter “{ $name }” comes to the mailbox. Open it and follow its link.
demo-step-act = Press “{ $name }”. In the component's window page through the act to its end (PageDown), sign, and type the PIN { $number }.
demo-step-save = Press “{ $name }”. Now the new key signs the same act, which proves that you have it: page through, sign, type the PIN { $number }. The certificate is written onto the smart key.
demo-step-saved = Done: “{ $name }”.
demo-real = Keys and signatures are real, the bank is invented. A real server has none of these pages. A virtual smart key protects no better than a file with a password.
demo-letters-lead = Letters to clients. A real bank sends them through a mail server, here they land in a folder.
demo-letters-none = No letters yet.
demo-letters-again = Look again
demo-letter-subject = Subject
demo-letter-to = To
demo-letter-at = When
demo-letter-state = Delivery
demo-letter-came = Delivered
demo-letter-html = The letter
demo-letter-text = The letter as plain text

## Stages of a request in our words, where the procedure has none

status-draft = Draft
status-key-ready = Key made
status-signed = Signed
status-accepted = Request accepted
status-in-review = Under review
status-needs-fix = Returned for correction
status-approved = Approved, the certificate is being issued
status-issued = Certificate issued
status-act-signed = Act signed
status-installed = Certificate saved
status-proven = New key proven
status-in-service = In service
status-rejected = Refused
status-cancelled = Recalled
status-expired = Expired

## Words of procedures

page-next = Next
page-ok = OK
page-cancel = Cancel
page-phone = Phone
page-email = E-mail
page-email-hint = The link for receiving the certificate goes to this address, and later the notices that it ends.
page-medium-label = Where is the certificate to be kept
page-medium-smart-key = Smart key
page-link-name = Name of the certificate
page-link-serial = Serial number
page-link-unz = Request number
page-decline = Decline
page-decline-confirm = I understand that the certificate will be revoked

## Requests

requests-status = Status
requests-created = Created
requests-none = No requests yet.

## Desk

desk-compare = Comparison
desk-reason = Reason

back = Back
link-until = The link opens until { $until }.

## Pages behind the mailed link

page-link-title = Receiving the certificate
page-link-info = About your certificate
page-link-authority = Certification authority
page-link-act = To receive the certificate sign the electronic act of acceptance with your current key.
page-link-press = Press "Sign the act" and enter the PIN of the current key.
page-legacy = Your current key is of the algorithm GOST-2001, which is no longer supported. To sign the act insert the card with that key. After that you will need a new card: the certificate will be saved on it.
page-sign-act = Sign the act
page-act-title = Act of acceptance of the certificate
page-act-view = View and print the act
page-act-copy = Hand a copy of the act to the bank.
page-save-title = Saving the certificate
page-save-press = Press "Save the certificate".
page-save-again = The certificate was handed out already but not proven by the new key. Save it once more: that does no harm.
page-save = Save the certificate
page-saved-title = The certificate is saved
page-saved = The certificate has been saved.
page-decline-title = Declining the certificate
page-decline-text = If the data of the certificate are wrong or you do not need it, decline it. The certificate will be revoked and the request ends. This cannot be undone.
act-signed = The act is signed with your key.
act-print = To print: Ctrl+P (⌘P on a Mac).
act-read = Text and files of the act
act-files = The act as files
act-file-paper = Act to be signed on paper (PDF)
act-file-stamped = Act with the stamps of its signatures (PDF)
act-file-text = Text of the act (TXT)
act-file-signatures = Signatures over the text (P7S)
act-copies = How many copies to sign on paper
act-copies-hint = All in one PDF file; each of several says which one it is.
act-copies-open = Open to print
act-file-hint = The signatures are over the text, letter for letter. Any program that knows CMS and GOST checks them.
act-file-check = Verify this act and its signatures
act-file-check-bring = Upload two files from here: the signatures (P7S) and the text of the act (TXT).
act-agent-awaited = The agent's signature is awaited
act-agent-made = Signed by the agent too
act-file-name = Act of acceptance { $unz }
saved-next = What comes next
saved-first-in-service = The new key is proven by a signature and the certificate is in service.
saved-in-service = The new key is proven by a signature and the certificate is in service. The previous one stays good for a while: the letter says until when.
saved-waits = The new key is proven by a signature. The certificate goes into service when the bank has received the act.

## Status by number

status-title = Status of a request
status-hint = 14 characters: digits and letters from a to f. The number is on the page "Request accepted" and in letters.
status-unknown = There is no request of that number. Check that it is copied whole.
status-turn = Whose move
status-next = What comes next
status-eta = Answer expected until
status-link = The mailed link opens until
status-agent = Who checks
turn-client = Yours
turn-bank = The bank's
turn-nobody = Nobody's: the request has ended
next-draft = Make a key and send the request.
next-key-ready = Sign the request with the current key.
next-signed = Send the request.
next-accepted = The bank will check your data.
next-confirm-email = Follow the link in the letter sent to the address in the request: until then the bank does not see the request.
next-in-review = The bank is checking your data. Then a link for receiving the certificate will come by mail.
next-needs-fix = Sign in, correct what the bank wrote about, and send the request again.
next-approved = The certificate is being issued. The link will come by mail.
next-issued = Open the link in the letter and receive the certificate. If there is no letter, ask support: the link will be sent again.
next-act-signed = Open the link in the letter once more and save the certificate.
next-installed = Open the link in the letter once more and prove the new key.
next-proven = Hand the act to the bank.
next-in-service = Work with the new certificate.
next-rejected = The reason is in the letter. If you need a certificate, send a new request.
next-cancelled = The request was recalled. If you need a certificate, send a new request.
next-expired = Send a new request while your current certificate is good.
station-accepted = Request accepted
station-approved = Data confirmed
station-issued = Certificate issued
station-installed = Certificate saved
station-in-service = Certificate in service

## Checking a signature
check-title = Check a signature
check-lead = Upload the file of a signature and the document that was signed: an act of acceptance, for example. The page says whose signature it is, what about it is right and what is not. No sign-in is needed, no file is kept.
check-bring = What to check
check-another = Check another signature
check-file = File of the signature
check-file-hint = Usually .p7s or .sig (CMS, DER or PEM).
check-text = The document that was signed
check-text-hint = Usually .txt. Not needed when the document lies within the file of the signature. A PDF for printing is not what is signed: the text it was made from is.
check-go = Check
check-found = What was found
check-all-hold = All signatures are right.
check-not-all = Not all signatures are right: what is wrong stands below.
check-is-act = This is the act of acceptance of request { $unz }: its text is to the last character the one that the bank keeps.
check-is-request = This is certificate request { $unz }: its text is to the last character the one that the bank keeps.
check-is-unknown = The bank has no document with this text. Only the signature under it was checked.
check-hash = SHA-256 of the text
check-signature = Signature { $number }
check-signature-current-key = Signature { $number }: the client, current key
check-signature-new-key = Signature { $number }: the client, new key
check-signature-agent = Signature { $number }: the agent
check-agent-holds = The agent signed the act too, and that signature holds.
check-agent-not = The agent's signature is in the file, but it is not confirmed: what is wrong is said below.
check-agent-missing = The agent signed this act, but the signature is not in this file. Take the signatures over the text once more from where the act is.
check-agent-awaited = The agent has not signed this act yet: the signature is awaited.
check-countersignature = Countersignature
check-badge-good = Right
check-badge-bad = Not confirmed
check-claimed = Time of signing, by the signer's own word
check-holds = This very text was signed; the signer's certificate comes from an authority that the bank trusts and was valid at the time of signing.
check-holds-ended = This very text was signed, and the certificate was valid at the time of signing. Later, on { $from }, the certificate was revoked or suspended. The time of signing is the signer's own word: if a dispute hangs on it, ask the bank when the signature arrived.
check-text-differs = Another text was signed. At least one character of the document differs from what was signed: check whether it is the right file, and whether an editor has saved it anew.
check-wrong = The signature does not match the signer's certificate: it is damaged, forged, or made with an algorithm that is not accepted.
check-signer-absent = The signer's certificate is not in the file, and the bank does not know it. Ask for the signature together with its certificate.
check-signing-certificate = The signature does not say which certificate it was made with (attribute signing-certificate-v2), or names another. Such a signature may have been put beside somebody else's certificate.
check-chain-unknown = The signature matches, but the signer's certificate does not come from an authority that the bank trusts, or was not valid at the time of signing.
check-revoked = The signature matches, but the certificate has been revoked or suspended since { $from }: before the time of signing, or the signer names no time.
check-cms-malformed = This is not the file of a signature (CMS), or it is damaged. Choose a .p7s or .sig file, and put the document into the other field.
check-cms-content-differs = Another document lies within the file of the signature than the one beside it. Upload the signature alone: the document is in it already.
way-check = Check a signature
home-check = Find out whose signature stands under an act and whether it is right. No sign-in is needed.

## Root certificates

root-title = Certificates of the authorities
root-lead = Install the root certificate so that your computer trusts the bank's certificates. Before you do, compare the thumbprint with the one the bank told you another way: by phone or in the contract.
root-root = Root
root-issuing = Issuing
root-until = Valid until
root-streebog = GOST R 34.11-2012
root-download = Download
root-install = How to install
root-install-1 = Download the file and open it with a double click.
root-install-2 = Compare the thumbprint in the certificate's window with the one on this page and with the one the bank told you.
root-install-3 = Press "Install certificate" and choose the store "Trusted root certification authorities" for a root, "Intermediate certification authorities" for an issuing one.
root-install-4 = Confirm and close the window.

## Sign-in

sign-in-title = Sign-in by certificate
sign-in-text = Insert the smart key with a certificate in service and press "Sign in". The security component will show what you sign and ask for the PIN in its own window.
sign-in-go = Sign in
sign-in-hint = The PIN is entered in the component's window only; no page will ask for it.
sign-in-choose = Choose your bank.

## Cabinet

menu-certificates = Certificates
menu-security = Security
menu-requests = Requests
menu-journal = Journal
certificates-title = My certificates
certificates-this = you signed in with it
certificate-term = Validity
certificate-algorithm = Key algorithm
person-organisation = Organisation
standing-not-yet-valid = Not valid yet
standing-pending = Not in service yet
standing-active = In service
standing-blocked = Blocked by the bank
standing-hold = On hold
standing-revoked = Revoked
standing-superseded = Replaced by a new one
standing-expired = Expired
security-entry = Begin or go on.
security-certificates = Your certificates, how they stand and until when.
security-requests = What was sent and what is happening to it.

## Renewal

page-renewal-title = Renewal of the certificate
page-renewal-link = Send a request to { $agent }
page-medium-registry = Registry
page-medium-directory = Directory on a removable medium
page-medium-current = Medium of the current key
page-own-title = Your certificate
page-own-issuer = Issuer
page-own-goes-to = The request will go to the certification authority "{ $ca }".
page-own-check = Please check your phone and e-mail address and press "Renew".
page-renew = Renew
page-send-title = Sending the request
page-send-text = A new key will now be made on the smart key, and the request will be signed with your current key. Insert the smart key and press "OK": the security component will ask for the PIN.
send-legacy = Your current key is of the algorithm GOST-2001: you need two cards. Insert the new card first, the new key is made on it. Then the security component asks for the card with the current key: it signs the request. If you close the page between the cards, begin this step again: the key that was made is not lost.
save-legacy = Take out the card with the GOST-2001 key and insert the new card, on which the key was made when the request was sent: the certificate is saved on it.
page-accepted-title = Request accepted
page-accepted-number = The certification authority "{ $ca }" has accepted your request N { $unz }.
page-accepted-key = So far only your private key has been made.
page-accepted-public = To use it you need the certificate as well.
page-accepted-link = The link for receiving the certificate will come by mail after the bank has confirmed your data.
page-accepted-mail = If no letter comes, ask support: { $support }.
page-renewal-lead = The new key is made on your smart key, the request is signed by the current one. You need not visit the bank.
renewal-none = Your bank does not offer renewal on this page. Please ask support.
renewal-open = You have a request that is not finished.
renewal-open-go = Open it
page-medium-hint = A smart key "MS_Key K" cannot be renewed remotely: ask a branch of the bank for a new one.

## Requests

requests-what = Procedure
request-title = Request
request-unsent = Not sent yet
request-reason = Reason:
request-send = Send the request
request-edit = Change the data
request-recall = Recall the request
recall-title = Recalling the request
recall-text = The request ends and no certificate will be issued for it. The key that was made can be deleted from the smart key. After that you can send a new request.

## Journal

journal-title = Journal
journal-lead = Everything that happened to your requests and certificates. If there is something you did not do, tell the bank.
journal-none = Nothing so far.
journal-at = When
journal-what = What
journal-by = Who
journal-you = You
journal-bank = The bank
event-act-declined = Certificate declined
event-act-drawn = Act drawn
event-act-overdue = Act not handed over in time
event-act-received = The bank received the act
event-act-signed = Act signed
event-act-countersigned = Act signed by the agent
event-application-registered = Application registered
event-certificate-activated = Certificate put into service
event-certificate-blocked = Certificate blocked
event-certificate-delivered = Certificate handed out
event-certificate-held = Certificate put on hold
event-certificate-issued = Certificate issued
event-certificate-released = Hold lifted
event-certificate-revoked = Certificate revoked
event-certificate-superseded = Certificate replaced
event-certificate-unblocked = Certificate unblocked
event-key-offered = New key presented
event-mail-sent = Letter sent
event-possession-proven = New key proven
event-refused = Attempt refused
event-request-accepted = Request accepted
event-request-approved = Request approved
event-request-corrected = Request corrected
event-request-created = Request created
event-request-edited = Contact data changed
event-request-recalled = Request recalled
event-request-refused = Request refused
event-request-returned = Request returned for correction
event-signed-in = Sign-in

## One's own: hold, revoke

own-which = Which certificate
own-this-one = You are signed in with this certificate: this step ends the sign-in.
own-hold-title = Put the certificate on hold
own-hold-text = A certificate on hold opens no door and signs nothing. Do this when you are not sure where your key is. Only the bank releases it.
own-hold-confirm = I understand that only the bank can release the certificate
own-hold-go = Put on hold
own-hold-done = The certificate is on hold. Only the bank can release it.
own-revoke-title = Revoke the certificate
own-revoke-text = A revoked certificate never works again. If you are not sure, put it on hold: that can be undone.
own-revoke-confirm = I understand that the certificate cannot be brought back
own-revoke-go = Revoke
own-revoke-done = The certificate is revoked.
own-reason = Why
own-reason-keyCompromise = The key is lost, stolen or known to others
own-reason-affiliationChanged = My data or my power have changed
own-reason-cessationOfOperation = The certificate is needed no more

## Messages

menu-messages = Messages
messages-title = Messages about request
messages-lead = Write to the bank about your request. The signed act can go along, with its signatures.
messages-nothing = There is nothing to write about yet: no request has been sent to the bank.
messages-none = No messages yet.
messages-write = Write to the bank
messages-text = Message
messages-hint = Text only, at most { $count } characters.
messages-attach = Attach the act of acceptance with its signatures
messages-scan = Attach files
messages-scan-hint = PDF, JPEG or PNG, at most { $count } files of 5 MiB each.
messages-send = Send the message
saved-message = Send a copy of the act as a message
security-messages = What you and the bank write about your requests; a copy of the act is handed over here too.
event-message-sent = A message was sent
desk-messages = Messages
desk-messages-none = No messages.
desk-messages-last = Newest
desk-messages-unread = Unread
desk-messages-read = Mark as read
desk-client = Client

## What cannot be done remotely

help-title = When it cannot be done remotely
help-lead = Only whoever has the current key and its PIN can renew a certificate on these pages. In all other cases the bank helps: choose yours.
help-more = More
help-where = Where to go
help-take = What to bring
help-now = What to do now
way-help = Help
page-help-where = Go to the branch of the bank that serves you.
page-help-call = Support: { $support }.
help-expired-title = The certificate has expired
page-help-expired-text = Nobody can sign in or sign a request with a certificate that has expired: it is too late to renew it remotely. The bank gives you a new certificate at a branch.
page-help-expired-take =
    passport
    a document of your power: order, charter or power of attorney
    the smart key, if it works
help-lost-title = The smart key is lost, stolen or broken
page-help-lost-text = Until the key is found a stranger may use it. Call support at once: the certificate will be put on hold. If you have another certificate in service, sign in with it and put the lost one on hold yourself, on the page "Certificates".
page-help-lost-take =
    passport
    a document of your power: order, charter or power of attorney
    the number of the certificate or of your last request, if you have written it down
help-blocked-title = The certificate is blocked or on hold
page-help-blocked-text = A blocked certificate works again when the bank lifts the block. The usual reason is that the bank has not received the act; the letter names the reason. Only the bank releases a certificate from hold.
page-help-blocked-take =
    the signed act, if the bank has not received it
    passport
    the bank's letter or the number of the request
help-revoked-title = The certificate is revoked
page-help-revoked-text = A revoked certificate cannot be brought back: it opens no door and signs nothing. If it was not you who revoked it, call support at once. The bank gives you a new certificate at a branch.
page-help-revoked-take =
    passport
    a document of your power: order, charter or power of attorney
    the smart key, if it works and has not been in other hands
help-pin-title = The PIN is forgotten or locked
page-help-pin-text = Nobody but you knows the PIN: neither the bank nor this page. After a few wrong tries the smart key locks it. The administrator's PIN unlocks it, if you have that; the keys stay. Without it you need a new key and a new certificate.
page-help-pin-take =
    the smart key
    passport
    a document of your power: order, charter or power of attorney
help-power-title = The power has ended or the signatory has changed
page-help-power-text = The certificate was given to a person who acted for the organisation. When that power has ended or changed, the certificate cannot be renewed: the bank enters the new facts first. The certificate of whoever signs no more must be revoked.
page-help-power-take =
    a document of the new power: order, minutes or power of attorney
    the new signatory's passport
    the card with specimen signatures, if the bank keeps one
help-ms-key-title = The USB key "MS_Key K"
page-help-ms-key-text = A certificate on a USB key "MS_Key K" is not renewed remotely. Get a new USB key from the bank.
page-help-ms-key-take =
    the USB key you have
    passport
    a document of your power: order, charter or power of attorney

desk-queue = Requests
desk-account = Account
desk-sign-in = Sign-in for staff
desk-login = Login
desk-password = Password
desk-code = Code
desk-code-hint = Six digits from the application on your phone.
desk-sign-ins = Open sign-ins
desk-since = Since
desk-until = Until
desk-sign-in-password = With password and code
desk-sign-in-certificate = With a certificate
desk-sign-in-certificate-text = Plug in the smart key with the certificate that the administrator set for you. The security component shows what you sign and asks for the PIN in its own window.
desk-sign-in-certificate-go = Sign in with a certificate
desk-bank = Bank
desk-sign-in-way = Way
desk-way-password = password and code
desk-way-certificate = certificate
desk-sign-in-end = End
desk-sign-ins-none = No open sign-ins.
desk-member-certificate = Certificate for sign-in
desk-member-certificate-none = No certificate is set: the person signs in with password and code.
desk-member-certificate-not = Nobody sets their own certificate: another administrator does, or the command “surguch staff certificate”. A disabled member needs none.
desk-member-certificate-set = Set this certificate
desk-member-certificate-remove = Remove the certificate
desk-member-serial = Serial number of the certificate
desk-member-serial-hint = Hexadecimal or decimal. A certificate counts that is of record at this bank and in force.
desk-member-serial-none = No certificate with this number is of record. Check the number.
desk-this-one = this one
desk-sign-out-everywhere = End all sign-ins
role-operator = Operator
role-security-officer = Security officer
role-branch-clerk = Branch clerk
role-support = Support
role-auditor = Auditor
role-ca-administrator = CA administrator
desk-search = Search
desk-search-hint = Request number, INN, serial number in either notation, owner id, beginning of a surname, part of an organisation's name, or the text of a code on paper.
desk-search-go = Find
desk-filters = Which requests to show
desk-show-waiting = Waiting for the bank
desk-show-client = Waiting for the client
desk-show-paper = Waiting for paper
desk-paper-due = Paper wanted by
desk-awaits-application = Application awaited
desk-awaits-act = Copies of the act awaited
desk-show-issuing = Being issued
desk-show-done = Ended
desk-none = No requests here.
desk-found-none = Nothing found. Check that the number or the name is typed right.
desk-late = overdue
desk-next = Next
desk-inn = INN
desk-request = Request
desk-accepted = Accepted
desk-mail = Letter with the link
desk-mail-sent = Sent
desk-mail-pending = Being sent
desk-mail-failed = Not sent: check the address and send the link again
desk-act = Act
desk-act-none = Not drawn
desk-act-drawn = Drawn, waits for the client's signature
desk-act-client-signed = Signed by the client
desk-act-bank-signed = Signed by the bank
desk-act-received = Received
desk-act-overdue = Overdue
desk-act-agent = Agent's signature
desk-act-agent-awaited = Awaited
desk-act-agent-made = On the act
desk-turn-client = The client's
desk-turn-bank = The bank's
desk-turn-nobody = Nobody's: the request has ended
desk-do = What can be done
desk-do-nothing = Nothing now: either it is not the bank's move, or your roles do not cover it.
desk-do-approve = Approve
desk-do-return = Return for correction
desk-do-refuse = Refuse
desk-do-resend-link = Send the link again
desk-do-receive-act = Register the act
desk-do-register-application = Register the application
desk-return-reason = What to correct
desk-refuse-reason = Reason of the refusal
desk-reason-hint = The client will read this in the letter and on the request's page.
desk-field = Field
desk-of-request = In the request
desk-of-record = On record
desk-mark = Comparison
desk-field-person = Full name
desk-field-organisation = Organisation
desk-field-inn = INN
desk-field-phone = Phone
desk-field-email = E-mail
desk-field-owner = Owner id
desk-field-power = Power
desk-look-alikes = Look-alike letters of two alphabets: { $name }
desk-paper = Paper
desk-papers = Papers
desk-document-application = Application
desk-document-act = Act
desk-paper-copies = Copies
desk-copies-hint = From { $from } to { $until }.
desk-paper-seal = Seal
desk-paper-sealed = It bears the seal of the organisation
desk-seal-yes = Yes
desk-seal-no = No
desk-paper-channel = How it came
desk-channel-branch = Brought to a branch
desk-channel-post = By post or courier
desk-channel-site = Scan from the bank's site
desk-channel-message = Scan in a message of the bank's system
desk-paper-by = Registered by
desk-paper-at = When
desk-paper-scan = Scan
desk-scan-hint = PDF, JPEG or PNG, at most 5 MiB, without scripts, attachments or a password. Paper may come without a scan; what comes without paper needs one.
desk-scan-alone = Open alone
desk-scan-pdf = A PDF opens in your own viewer: as a precaution the browser does not show it on this page.
desk-scan-save = Save the PDF
desk-scan-none = There is no scan: the paper itself was registered.
desk-newest = The last that happened: { $name }, { $from }, { $date }. Below is how it stands now; what you typed is kept.
desk-typed = You wrote: { $name }
desk-proposals = Second person
desk-proposals-what = Steps that one member of staff proposed and another must confirm.
desk-proposals-none = Nothing waits to be confirmed.
desk-waiting = Waits for a second person
desk-proposed-by = Proposed by
desk-confirm = Confirm
desk-decline = Decline
desk-take-back = Take it back
desk-second-waits = Another member of staff who may take this step must confirm it.
desk-second-needed = A second person confirms this step: nothing changes before that.
desk-propose = Propose
desk-choose = Choose
desk-step-words = Why
desk-step-words-hint = It stays in the journal. No more personal data than needed.
desk-revocation-reason = Reason of the revocation
desk-certificate-steps = Block, hold, revoke
desk-certificate-nothing = Nothing: either the certificate has ended, or your roles do not cover it, or the step waits for a second person already.
desk-certificate-block = Block
desk-certificate-unblock = Unblock
desk-certificate-hold = Put on hold
desk-certificate-release = Lift the hold
desk-certificate-revoke = Revoke
desk-certificate-correct-email = Correct the e-mail
desk-certificate-block-what = The bank stops taking the certificate: no sign-in, no signature. It does not go onto the revocation list. The block can be lifted.
desk-certificate-unblock-what = The bank takes the certificate again.
desk-certificate-hold-what = The certificate goes onto the revocation list as on hold, and nobody takes it. The hold can be lifted.
desk-certificate-release-what = The certificate leaves the revocation list and is good again.
desk-certificate-revoke-what = The certificate is revoked for good. This cannot be undone: a new one will be needed.
revocation-unspecified = Unspecified
revocation-keyCompromise = The key is lost or may be known to others
revocation-affiliationChanged = The holder's data changed
revocation-superseded = Replaced by another certificate
revocation-cessationOfOperation = No longer needed
revocation-certificateHold = Hold
revocation-privilegeWithdrawn = The power was withdrawn
desk-email = Correct the e‑mail address
desk-email-what = Letters about this request go to the new address once a second person has confirmed it. If a link was sent, it stops working, and another one goes to the new address.
desk-email-now = Address now
desk-email-right = Right address
desk-history = What happened
desk-history-none = Nothing yet.
desk-event = Event
desk-event-at = When
desk-event-by = Who
event-email-confirmed = E-mail address confirmed
event-email-corrected = E-mail address corrected
event-effect-retried = Work tried again
event-link-made = Link made
event-link-replaced = Link replaced
event-link-spent = Link used
event-mail-failed = Letter not sent
event-mail-overdue = Letter is late
event-paper-registered = Paper registered
event-request-approved-first = First approval
event-request-lapsed = Request ran out
event-request-signed = Request signed
event-step-declined = Proposal declined
event-step-explained = Reason given
event-step-proposed = Step proposed to a second person
event-applicant-admitted = Applicant taken into the bank's record
event-subscriber-barred = Barred from remote work
event-subscriber-unbarred = Bar lifted
desk-people = Clients
desk-person-card = The client's card
desk-people-search = Beginning of a surname
desk-organisations = Organisations
desk-organisations-search = Part of the name, or INN
desk-city = City
desk-person-alone = For themselves
desk-person-bar = Bar from remote work
desk-person-unbar = Lift the bar
desk-barred = Barred from remote work
desk-bar-what = While barred, the client begins no new request and none is issued. Certificates in service go on: for those there are block and hold.
desk-troubles = Troubles
desk-trouble = What failed
desk-stuck = Not done by itself
desk-stuck-none = Everything is done.
desk-try-again = Try again
desk-tried-again = Next try: { $date }
desk-overdue = Promised time has passed
desk-overdue-none = No request is overdue.
trouble-issue = Issue of a certificate
trouble-countersign = The agent's signature on an act
trouble-notify = Letter
trouble-publish-crl = List of revoked certificates
trouble-lapse = End of a request
trouble-act-due = Due date of an act
trouble-mail-due = Check of a letter
trouble-mail-overdue = The letter with the link is late
desk-import = Import of clients
import-preview = Preview of the import
import-done = Imported
import-what = Organisations and signatories that the bank already has. First you see what the files hold: nothing is written before you confirm. An import adds and never changes what is there.
import-organisations = Organisations
import-organisations-hint = CSV in UTF-8, fields separated by commas or semicolons.
import-signatories = Signatories
import-signatories-hint = CSV in UTF-8; the column certificate names the file of each one’s certificate.
import-certificates = Certificates of the signatories
import-certificates-hint = DER files; several may be chosen at once. The bank must already know the issuer.
import-example = Example
import-limit = All files together: at most
import-look = Preview
import-look-again = Preview again
import-found = What the files hold
import-take = Import
import-without-faults = Rows with faults are left out, the others are imported.
import-nothing = There are no new records: nothing to import.
import-faults = Rows with faults
import-file = File
import-row = Row
import-why = Why
import-size = Size
import-octets = bytes
import-files = Chosen files
import-replace = Add or replace files
import-more-faults = Not shown:
import-new-organisations = New organisations
import-new-people = New signatories
import-unchanged = Of record already, unchanged
import-differing = Of record with other data (not changed)
import-faulty = With faults
import-skipped = Left out
import-too-large = The files are too large together. Choose fewer, or split them into several imports.
import-no-file = No file was chosen. Choose at least one.
import-name-wrong = One of the files has an unacceptable name. Rename it and choose it again.
import-changed = While you were looking the data changed, and nothing was imported. Below is what would come of it now; check it and confirm again.
import-fault-header = The first line must name the columns as the example does.
import-fault-row = The row has other columns than the first line.
import-fault-not-text = This is no text file. Save the spreadsheet as “CSV UTF-8”.
import-fault-not-utf8 = Another encoding. Save the file as “CSV UTF-8”.
import-fault-too-many-rows = Too many rows. Split the file.
import-fault-inn = The taxpayer number (INN) has a wrong length or wrong check digits.
import-fault-text = A value is empty, too long, or not printable.
import-fault-formula = A value begins as a formula of a spreadsheet does: with =, +, - or @.
import-fault-twice = The same stands in another row of the file.
import-fault-differs = Of record already with other data; an import does not change it.
import-fault-organisation-unknown = No organisation with this taxpayer number (INN) is in the file or of record.
import-fault-gender = The column gender must say male or female.
import-fault-email = Wrong e-mail address.
import-fault-phone = Wrong phone number.
import-fault-certificate-missing = The file of the certificate was not chosen.
import-fault-certificate = The certificate cannot be read, or is not a client’s.
import-fault-chain = The bank does not know the issuer of the certificate. The command “surguch import” brings it in.
import-fault-key-known = The key is in another certificate or request already.
import-fault-person-known = This person is of record with another certificate.
import-fault-other-agent = The certificate is of record at another agent.
import-fault-revoked = A revocation list revokes a certificate that is in force here.
import-fault-orphan = No row of the signatories’ file names this certificate.
import-fault-authority = The certificate of an authority does not fit.
import-fault-crl = The revocation list does not fit.
import-fault-database = The database did not answer. Preview again.
desk-journal = Journal
desk-journal-lead = What happened, who did it and when. Rows are chained by hashes and never change; here the journal is only read.
desk-journal-from = From
desk-journal-until = To
desk-journal-anybody = Anybody
desk-journal-any = Any
desk-journal-about = About
desk-journal-about-hint = The number of a request, or a name from the journal, such as certificate: and its id.
desk-journal-export = Export
desk-journal-older = Earlier
desk-journal-verify = Check the chain of the journal
desk-journal-checked = Check of the chain
desk-journal-holds = The journal is whole
desk-journal-broken = The journal was changed or is not whole
desk-journal-rows = Rows
desk-journal-checkpoints = Checkpoints
desk-journal-by-subscriber = Client
desk-journal-by-applicant = Applicant
desk-journal-by-link-holder = Client by the mailed link
desk-journal-by-command-line = Command on the server
desk-journal-by-system = Server
event-authority-created = An authority was created
event-certificate-installed = The certificate is installed
event-crl-published = A certificate revocation list was issued
event-imported = Records of clients were imported
event-intent-recorded = What will be signed was recorded
event-staff-added = A member of staff was added
event-staff-certificate-set = A certificate to sign in with was given to a member of staff
event-staff-disabled = A member of staff was disabled
event-staff-password-set = A password was set for a member of staff
event-staff-signed-in = A member of staff signed in
event-staff-certificate-removed = A member of staff lost the certificate to sign in with
event-staff-sign-in-ended = A sign-in of a member of staff was ended
event-staff-signed-in-by-certificate = A member of staff signed in by certificate
event-started = The server started
event-stopped = The server stopped
desk-staff = Staff
desk-staff-what = New members, passwords and roles are set by the commands “surguch staff” on the server.
desk-staff-disable = Disable
desk-staff-disabled = Disabled since
desk-roles = Roles
desk-certificate = Certificate

## The first certificate: the public door

page-apply-title = Request for a certificate
page-apply-tell = Please note
page-apply-by = The issue of the certificate is confirmed by { $agent }
page-apply-medium-smart-key = Smart key
page-apply-fill = Fill in the form to get a certificate
page-apply-surname = Surname
page-apply-given-name = Given name
page-apply-patronymic = Patronymic (required if you have one)
page-apply-no-patronymic = I have no patronymic
page-apply-natural-person = The certificate is for a natural person
page-apply-organisation = Name of the organisation
page-apply-inn = Taxpayer number (INN) of the organisation
page-apply-contact = How to reach you
page-apply-country = Country
country-ru = Russia
page-apply-city = City
page-apply-city-hint = Type the first letters in Russian, suitable cities will be suggested
page-apply-city-missing = If your city is not in the list, write to the support.
page-apply-meant = Did you mean:
page-apply-address = Address
page-apply-phone = Phone
page-apply-phone-hint = Not required
page-apply-email = E-mail
page-apply-email-hint = The link for saving the certificate will be sent to this address, and later reminders before the certificate ends.
page-apply-confirm = Confirm
page-latin-title = Request for a certificate
page-latin-check = Check how your data are written in Latin letters
page-latin-person = Your full name
page-latin-inn = Taxpayer number (INN)
page-latin-beside = These data will not be in the certificate; the bank needs them:
page-latin-key = The secret part of the keys will be written to your smart card.
page-latin-send = Send the request
page-applied-number = The certification authority “{ $ca }” has accepted your request N { $unz } for a certificate.
page-applied-print = Print, sign and hand to the bank the
page-applied-paper = application for a certificate
page-applied-bring = The bank begins its check when it has the application.
page-applied-print-person = Print, sign and hand to the bank the
page-applied-paper-person = application for a certificate
page-applied-bring-person = The bank begins its check when it has the application.
page-applied-confirm = A letter was sent to { $name }. Follow the link in it: until the address is confirmed the bank does not see your request.
page-email-title = Confirmation of the address
page-email-confirmed-title = The address is confirmed
page-email-text = Confirm that the letters of this request reach you. After that the request goes to the bank.
page-email-confirm = Confirm the address
page-email-not-you = If you sent no request, do nothing: the bank will not get it.
page-email-confirmed-text = The bank has the request. Further letters come to this address.
page-email-ended = There is nothing to confirm any more: the request was recalled, is being sent anew, or has ended.
application-file-name = Application { $unz }

desk-admit = Applicant
desk-admit-said = The applicant says
desk-admit-paper = The application as it was sent
desk-admit-from-paper = From the application on paper
desk-admit-what = Compare the data with the signed application. These words go into the act; after this the request can be approved.
desk-admit-nominative = Full name, nominative
desk-admit-genitive = Full name, genitive
desk-admit-genitive-hint = Of whom?
desk-admit-instrumental = Full name, instrumental
desk-admit-instrumental-hint = By whom?
desk-admit-gender = Gender
desk-admit-male = male
desk-admit-female = female
desk-admit-position = Position
desk-admit-basis = Basis of the power, genitive
desk-admit-basis-hint = On the basis of what?
desk-admit-do = Take into the record
