### Words of the sample run: who does what with which result. The words of the bank's manual come from the procedure's folder.

## Steps: what is done

walk-sign-in = signs in with the current key
walk-create = begins the procedure
walk-key = makes a key and a PKCS#10
walk-submit = signs the request with the current key
walk-review = checks the facts and approves
walk-letter = issues the certificate, mails the link
walk-open = opens the mailed link
walk-act = signs the act with the current key
walk-certificate = takes the certificate
walk-proof = signs the challenge with the new key
walk-new-sign-in = signs in with the new key

## Who

walk-bank = The bank
walk-operator = Operator

## Results

walk-signed-in = signed in until { $until }
walk-key-made = { $algorithm }
walk-submitted = { $status }: N { $unz }
walk-letter-found = a letter with a link for { $subject }
walk-link-given = there is a link
walk-opened = serial number { $hex } ({ $decimal })
walk-act-signed = { $characters } characters, signature accepted
walk-certificate-taken = good until { $until }, the chain holds

## Questions and reports

walk-ask-link = Paste the link of the letter and press Enter:
walk-token-away = The token was taken out. Plug it in again: the walk goes on from here.
walk-wait-review = Waiting for the bank's approval of request { $request }
walk-files = Written to { $folder }: { $files }

## The run on one's own machine

demo-previous = Made the previous authority "{ $name }" and the clients' certificates ({ $ms } ms)
demo-imported = Imported: organisations { $organisations }, signatories { $subscribers }, certificates { $certificates }
demo-server = The server listens on { $url }, its data are in { $data }
demo-port-taken = Port { $port } is taken, { $taken } is used
demo-head = Step, who, what, result, time. The numbers are those of the bank's manual.
demo-verify = To verify with a foreign program (OpenSSL with the GOST engine, package libengine-gost-openssl):
demo-left = { $name }: "{ $status }", request { $request }. The rest is yours. To look and to approve:
demo-left-letter = The letter with the link comes to { $mailbox }. To walk the rest as the client:
demo-plain-keys = The clients' keys in { $folder } are sealed by nothing: they are samples, and only for this demo.
demo-stays = The server keeps running. Ctrl-C stops it.
demo-again = To start the same server again:
demo-first = Open in a browser:
demo-no-browser = No browser was started ({ $program }: { $error }): open the address yourself.
demo-component-builds = There is no security component: it is built beside the running server. The first time takes minutes.
demo-component-built = Built { $done } of { $all }
demo-component-ready = The security component is ready, the virtual smart keys are plugged in.
demo-component-no-cargo = There is no security component and nothing to build it from (source and cargo). The pages work, nothing can be signed.
demo-component-policy = An administrator's policy is in force ({ $file }): the security component was not started.
demo-component-failed = The security component does not work: { $error }
demo-kept = { $data } holds data already: they are kept as they are, and the walk is skipped.
demo-kept-out = The clients' keys and the files of the earlier run: { $out }
demo-data-foreign = The folder { $data } holds data that no demo made. Name another folder by --out, or name this one by --data to keep it as it is.
demo-ports-taken = All ports from { $from } to { $to } are taken. Name another one by --port.
demo-port-kept = The data in { $data } belong to a server on { $address }: change port { $port } in the surguch.toml of that folder (listen and origin).
