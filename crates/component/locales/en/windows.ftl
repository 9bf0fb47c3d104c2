### Words of the windows and the terminal of the security component. No word for people lives in Rust.

program = Security component

## Buttons

button-ok = OK
button-cancel = Cancel
button-next = Next
button-allow = Allow
button-refuse = Refuse
button-sign = Sign
button-retry = Try again
button-close = Close
button-written-down = Written down
button-delete = Delete the key
button-card-ready = The card is in
button-last-attempt = Use the last attempt
button-previous-page = Previous page
button-next-page = Next page
button-previous-certificate = Previous certificate
button-next-certificate = Next certificate

## The line above: who asks

context = { $bank } · { $origin }
context-unz = { $bank } · { $origin } · request { $unz }

## Consent

consent-title = Allow this on your computer?
consent-site = Site
consent-bank = Bank
consent-operation = Action
consent-unz = Request
consent-first = First meeting with this site
consent-first-text = Compare the thumbprint of the bank's key with the one printed in your contract or told at the branch. If a single character differs, refuse and call the bank. Once allowed, the site and the key will be remembered.
consent-thumbprint = Thumbprint of the bank's key
consent-pin-note = Only this window asks for your PIN. The site never gets it.

operation-list-tokens = Show the list of tokens
operation-doctor = Check that this computer is ready
operation-change-pins = Change the PINs of the token
operation-create-container = Set the password of the key container
operation-request = Make a new key and sign a request for a certificate
operation-sign-act = Sign the act of acceptance of the certificate
operation-store-certificate = Store the certificate you received
operation-view-certificates = Show certificates
operation-delete-orphan = Delete a key without a certificate
operation-sign-in = Sign in with a certificate
operation-staff-sign-in = Sign in to the desk of the bank’s staff

## Where it is kept

medium-title = Choose where the certificate is kept
medium-smart-key = Token
medium-registry = Registry
medium-directory = Folder on disk
medium-named = { $kind }: { $name }
medium-none = No token was found. Insert it and start the action on the site again.
medium-directory-path = Path of the folder
medium-directory-missing = There is no such folder.
medium-directory-relative = Give the whole path, from the root of the disk.
medium-directory-up = One level up
medium-directory-more = The first { $count } are shown. Type a path to see the others.

## PIN

pin-user = { $attempts ->
    [unknown] Enter the PIN:
    [fewer] Enter the PIN (some attempts are used up):
    [last] Enter the PIN (this is the last attempt):
   *[exactly] Enter the PIN (attempts left: { $left }):
}
pin-administrator = { $attempts ->
    [unknown] Enter the administrator's PIN:
    [fewer] Enter the administrator's PIN (some attempts are used up):
    [last] Enter the administrator's PIN (this is the last attempt):
   *[exactly] Enter the administrator's PIN (attempts left: { $left }):
}
pin-container = { $attempts ->
    [unknown] Enter the password of the container:
    [fewer] Enter the password of the container (some attempts are used up):
    [last] Enter the password of the container (this is the last attempt):
   *[exactly] Enter the password of the container (attempts left: { $left }):
}
pin-again = Enter the same once more:
pin-differs = The two are not the same.
pin-wrong = The PIN is wrong. Try again.
pin-wrong-container = The password is wrong. Try again.
pin-not-latin = These are not Latin letters. Check the keyboard layout.

last-title = One attempt is left
last-text = If the PIN is wrong again, the medium “{ $medium }” locks, and the keys on it cannot be used. Only the bank or an administrator can unlock it.
last-advice = If you are not sure, press “Cancel” and find the PIN you wrote down. If you are, you will have to type it twice.
last-banner = Last attempt: a mistake locks the medium.

## New PINs and passwords

new-pins-title = Change of PINs
new-pins-step = Step { $step } of { $steps }
new-pins-factory = The maker's PIN is in force now. It is printed in manuals and known to everybody.
old-pin-user = { $attempts ->
    [unknown] Old PIN of the user:
    [fewer] Old PIN of the user (some attempts are used up):
    [last] Old PIN of the user (this is the last attempt):
   *[exactly] Old PIN of the user (attempts left: { $left }):
}
old-pin-administrator = { $attempts ->
    [unknown] Old PIN of the administrator:
    [fewer] Old PIN of the administrator (some attempts are used up):
    [last] Old PIN of the administrator (this is the last attempt):
   *[exactly] Old PIN of the administrator (attempts left: { $left }):
}
old-pin-user-printed = Old user PIN: { $pin }
old-pin-administrator-printed = Old administrator PIN: { $pin }
old-pin-again = The old PIN once more:
new-pin-user = Enter the new PIN of the user:
new-pin-user-again = Enter the new PIN of the user once more:
new-pin-administrator = Enter the new PIN of the administrator:
new-pin-administrator-again = Enter the new PIN of the administrator once more:

made-pin-title = New administrator PIN
made-pin-administrator = New administrator PIN:
made-pin-text = Write it down and keep it away from the smart key: it unlocks the user PIN when that is forgotten. It will not be shown again. The PINs change once you press “Written down”.

password-title = Password of the key container
password-container = Container: { $name }
password-note = You will need the password for every signature and to sign in with the certificate. It cannot be recovered.
password-new = Invent a password:
password-again = Enter the password once more:

rules = Requirements
rule-met = { $rule }: met
rule-unmet = { $rule }: not met yet
rule-least = { $count ->
    [one] at least { $count } character
   *[other] at least { $count } characters
}
rule-most = { $count ->
    [one] at most { $count } character
   *[other] at most { $count } characters
}
rule-ascii = Latin letters, digits and signs only
rule-digit = has a digit
rule-lower = has a small letter
rule-upper = has a capital letter
rule-special = has a sign that is no letter and no digit
rule-not-known = not a well-known one
rule-not-old = differs from the old one
rule-not-other = differs from the other PIN
rule-repeated = typed twice alike

## Signing

signing-title = Confirm the signature
signing-signer = Signed by
signing-read-on = You can sign once the last page has been shown (PageDown key).
signing-text = Text of the document
pager = { $page }/{ $pages }

## Cards

card-title = Change of cards
card-title-any = No token is there
card-any = Insert the token and press “The card is in”.
card-with-current-certificate = To sign, please insert the card with the certificate of { $algorithm ->
        [gost-2001] GOST R 34.10-2001
        [gost-2012] GOST R 34.10-2012
       *[other] { $algorithm }
    }.
card-with-current-certificate-subject = Owner of the certificate
card-new = Now insert a new card: the new key will be made on it.
card-with-new-key = Now insert the card with the new key: { $name }.
card-instead = The one inserted now is { $name }. It will not do.

## Certificates

certificates-title = Certificates
certificates-none = There are no certificates here.
certificate-subject = Certificate name
certificate-issuer = Issuer
certificate-serial = Serial number
certificate-serial-both =
    { $hex }
    decimal: { $decimal }
certificate-not-before = Valid from
certificate-not-after = Valid until
certificate-algorithm = Key algorithm
certificate-thumbprint = SHA-256 thumbprint
certificate-key = Private key
certificate-key-here = on the same medium
certificate-key-elsewhere = not here

## Deleting a key

deletion-title = Delete a key without a certificate?
deletion-text = A deleted key cannot be brought back. If a certificate for it is issued later, there will be nowhere to store it.
deletion-medium = Medium
deletion-key = Key
deletion-algorithm = Algorithm
deletion-unz = Request

## Work in progress

working-looking = Reading the medium…
working-making-key = Making a key on the medium…
working-signing = Signing…
working-saving = Storing the certificate…
working-changing-pins = Changing the PINs…
working-deleting = Deleting the key…
working-note = Do not take the medium out.

## Success

done-title = Done
done-pins-changed = The PINs are changed
done-container-created = The container's password was changed
done-request-signed = The key is made and the request is signed
done-act-signed = The act is signed
done-certificate-saved = { $kind ->
    [registry] The certificate was stored in the registry
    [directory] The certificate was stored in the folder
   *[smart-key] The certificate was stored on the token
}
done-orphan-deleted = The key is deleted
done-all-ready = This computer is ready
done-unz = Request: { $unz }

## Errors

trouble-title = It did not work
trouble-next = What to do
trouble-code = Code for support: { $code }

## Terminal

terminal-yes-no = Type “{ $yes }” to agree or “{ $no }” to refuse:
terminal-yes = yes
terminal-no = no
terminal-number = Type a number, or nothing to cancel:
terminal-directory-number = { $number }. Folder on disk
terminal-not-understood = The answer was not understood.
terminal-page = Page { $page } of { $pages }. Press Enter.
terminal-hidden = (what you type is not shown; an empty line cancels)
terminal-enter = Press Enter.
terminal-timed-out = Time is up; no answer was taken.
