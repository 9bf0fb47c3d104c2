### Surguch's own words: refusals, incidents, the terminal, the plain answer of the mailed link.
### A bank's words live in the folders of the procedures.

## Refusals: what happened and what to do

refusal-csr-malformed = The request file (PKCS#10) is damaged or is not a request. Make it again and send it unchanged.
refusal-csr-signature-wrong = The request's (PKCS#10) own signature is wrong: it is not shown that you hold the key. Make the request again with the same key.
refusal-csr-subject-differs = The name in the request differs from the bank's record. Use the name exactly as the bank shows it, in the same order.
refusal-csr-extras-present = The request asks for extensions or attributes that the bank decides. Make it without them.
refusal-key-seen-before = This key is already in another certificate or request. Make a new key.
refusal-key-unacceptable = The key is weak or damaged. Make a new key with a sound tool.
refusal-key-algorithm-not-allowed = Keys of this algorithm are not taken in this procedure. Make a key of an allowed algorithm.
refusal-cms-malformed = The signature file is damaged or is not a signature (CMS). Sign the text again.
refusal-cms-signing-certificate-missing = The signature does not name the signer's certificate (attribute signing-certificate-v2). Sign with that attribute (CAdES-BES).
refusal-cms-content-differs = Another text was signed. Get the text again and sign it unchanged.
refusal-signed-text-missing = The signature lies apart from its text, and the text is missing. Add the file with the text that was signed.
refusal-cms-signature-wrong = The signature is wrong. Sign the text again with your current key.
refusal-cms-signer-count = There must be exactly one signer. Sign the text once.
refusal-signer-unknown = The bank does not know this certificate or does not trust its issuer. Sign with a certificate registered at the bank.
refusal-signer-not-owner = The signing certificate belongs to somebody else. Sign with your own.
refusal-signer-other-key = The wrong key signed. Use the key that the task names.
refusal-certificate-expired = The certificate has expired. Ask a branch of the bank for a new one.
refusal-certificate-revoked = The certificate is revoked. Ask a branch of the bank for a new one.
refusal-certificate-on-hold = The certificate is on hold. Contact the bank's support.
refusal-certificate-blocked = The bank has blocked the certificate. Contact the bank's support.
refusal-certificate-superseded = The certificate has been replaced by a new one. Use the new certificate.
refusal-certificate-not-in-service = The certificate is not in service yet. Finish receiving it.
refusal-sign-in-required = You are not signed in. Sign in and try again.
refusal-sign-in-expired = Your sign-in has expired. Sign in again.
refusal-sign-in-wrong = The name, the password or the code is wrong, or sign-in is closed for 15 minutes after several wrong tries. Check and try again.
refusal-component-ticket-unknown = There is no such task of the security component. Repeat the action on the page.
refusal-component-ticket-spent = This task of the security component was answered already. Reload the page to see what came of it.
refusal-component-ticket-expired = The task of the security component ran out of time. Repeat the action on the page.
refusal-component-ticket-not-started = The security component did not say that it began. Repeat the action on the page.
refusal-challenge-unknown = The sign-in text is unknown, used or too old. Ask for a new one and sign that.
refusal-subscriber-barred = Remote work is closed to you. Contact a branch of the bank.
refusal-own-step-not-offered = The bank does not let its clients do this by themselves: ask its support.
refusal-role-missing = You have no power to do this. Ask the administrator.
refusal-second-person-required = The second approval must come from another person.
refusal-link-unknown = There is no such link. Check that it was copied from the letter whole.
refusal-link-spent = The link has been used: the certificate was received.
refusal-link-replaced = A newer link has replaced this one. Open the link of the latest letter.
refusal-link-dead = The link is no longer valid: the request was declined or has ended. Begin a new request if you still need a certificate.
refusal-link-expired = The link has expired. Contact the bank's support: while the request is open they may send a new link, after that a new request is needed.
refusal-link-of-other-agent = The link belongs to another bank. Check that it was copied from the letter whole.
refusal-not-found = Nothing was found, or you have no access to it.
refusal-procedure-not-offered = Your bank does not offer this procedure.
refusal-too-early = It is too early to renew the certificate. Send the request nearer to its end.
refusal-request-open-already = You already have an unfinished request. Finish or recall it.
refusal-stage-does-not-allow = This step is not possible now. Reload and see what can be done.
refusal-changed-meanwhile = Somebody else changed the request while you were looking. Load it again.
refusal-act-not-signed = Sign the act first: the certificate is not handed out without it.
refusal-act-not-received = The bank has not received the act yet. Hand the act to the bank.
refusal-act-absent = This procedure has no act, or it is not drawn up yet.
refusal-not-delivered = The certificate has not been received yet. Receive it first.
refusal-confirmation-required = Declining must be confirmed: the certificate is revoked by it.
refusal-reason-required = Give a reason.
refusal-request-expired = The request has expired. Make a new one.
refusal-scan-kind-unknown = This is no PDF, no JPEG and no PNG. Save the scan as one of them.
refusal-scan-damaged = The file is damaged, cut, or something else follows its end. Scan the paper again.
refusal-scan-active = The file holds scripts, forms, attachments or a password. Save it as a plain scan.
refusal-scan-too-large = The file is larger than 5 MiB. Scan it at a lower resolution.
refusal-scan-missing = No paper came, so a scan is needed.
refusal-copies-too-few = There must be at least as many copies as the procedure asks for, and at most nine.
refusal-email-wrong = The e-mail address is missing or wrong. Check it.
refusal-phone-wrong = The phone number is wrong. Keep digits, spaces and the signs + - ( ).
refusal-field-not-editable = This field cannot be changed here. Ask the bank to change it.
refusal-text-unacceptable = The text is too long or has characters that are not allowed. Correct it.
refusal-body-malformed = The server did not understand the request. Check that it follows the description.
refusal-body-too-large = Too much data was sent.
refusal-form-stale = The form is out of date or was not sent from a page of ours. Open the page again and repeat; cookies must be enabled.
refusal-too-many-tries = Too many tries. Wait a minute and try again.
refusal-policy-gate = A check before issue did not hold. Contact the bank's support.
refusal-lint-refused = A certificate with these data would break the rules. Contact the bank's support.
refusal-issuer-ends-earlier = The certificate would outlive the authority's own. Contact the bank's support.
refusal-certificate-state-does-not-allow = The state of the certificate does not allow it.

## Not refusals: the server or the way to it

problem-method-not-allowed = There is no such action at this address.
problem-timeout = The server did not answer in time. Try again: nothing will happen twice.
problem-busy = The server is overloaded. Try again in a few seconds.
problem-paper-empty = The paper cannot be printed: one of its facts is empty. The text of the act can be downloaded; tell support.
problem-paper-character = The paper cannot be printed: its facts hold a character that no paper may hold. The text of the act can be downloaded; tell support.
problem-paper-too-long = The paper cannot be printed: one of its facts is too long. The text of the act can be downloaded; tell support.
problem-paper-text = The paper cannot be printed: its text is not that of this request. Tell support.
problem-paper-template = The wording of a paper that the bank wrote has a fault. Tell support.
problem-paper-layout = The layout of a paper that the bank made has a fault. The text of the act can be downloaded; tell support.
problem-unavailable = The server cannot work just now. Try again in a minute; if that does not help, give support the incident number.
problem-internal = The server failed. It is on record; give support the incident number.

## Terminal

terminal-error = Error: { $detail }
terminal-data-locked = { $folder }: a server holds the data folder (or another writing command does). Stop it and try again.
terminal-port-in-use = The address { $address } is taken by another program. Name another one as listen, or stop that program.
terminal-config-refused = The configuration is refused. { $detail }
terminal-folder-refused = Not started: { $detail }
terminal-listening = Surguch listens on { $address }, clients reach it at { $url }
terminal-stopping = Stopping: finishing what is under way.
terminal-stopped = Stopped.
terminal-dry-run = Dry run: nothing was made.
terminal-password-made = Made { $file } with a random password for the keys. Without it the keys cannot be opened: keep a copy elsewhere.
terminal-ticket-key-made = SHA-256 of the key that signs tickets for security components (clients compare it at the first meeting): { $sha256 }
terminal-authority-made = Authority { $name } is made.
terminal-token-once = Staff member { $name } is added. The access token is shown once:
terminal-device-once = The member signs in on the pages as { $name }. The secret of the second device is shown once: enter it in an application for one-time codes.
terminal-import-applied = Imported.
terminal-import-preview = Preview: nothing was imported.
terminal-import-refused = Nothing was imported: rows refused, { $count }.
terminal-journal-right = The journal is intact.
terminal-journal-wrong = The journal was changed.
terminal-procedures-right = All offered procedures are in order.
terminal-procedures-wrong = Faults found: { $count }.
terminal-not-open-yet = The keys are made, but the registration authority does not open yet: { $detail }
terminal-staff-disabled = The token of { $name } is out of use.
