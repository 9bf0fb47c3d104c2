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
