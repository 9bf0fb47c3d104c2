"""A mail server for tests: no letter without STARTTLS and AUTH; letters go into a folder, refusals come from a file.

    smtp_server.py PORT CERTIFICATE KEY USER PASSWORD FOLDER

Each letter takes the first line of FOLDER/answers away and is answered with it; `drop` ends the connection without an answer; `ok`, or no line at all, means taken: the
letter is written to FOLDER/NUMBER.eml. FOLDER/log has a line for every try: message id, TLS version, user, answer;
FOLDER/digests has one with the digest of its letter.
While FOLDER/locked is there nobody's password is right; each that comes is a line of FOLDER/turned-away.
"""

import hashlib
import pathlib
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

port, certificate, key, user, password, folder = sys.argv[1:]
folder = pathlib.Path(folder)
tries = 0


class Handler:
    async def handle_DATA(self, server, session, envelope):
        global tries
        tries += 1
        answer = self.next_answer()
        lines = envelope.content.split(b"\r\n")
        message_id = next(line for line in lines if line.lower().startswith(b"message-id:"))
        with open(folder / "digests", "a") as digests:
            digests.write(hashlib.sha256(envelope.content).hexdigest() + "\n")
        tls = session.ssl.version() if hasattr(session.ssl, "version") else session.ssl["ssl_object"].version()
        with open(folder / "log", "a") as log:
            log.write(f"{message_id.decode().split(' ')[1]} {tls} {session.auth_data.login.decode()} {answer}\n")
        if answer == "drop":
            server.transport.abort()
        if answer != "ok":
            return answer
        beside = folder / f"{tries}.new"
        beside.write_bytes(envelope.content)
        beside.rename(folder / f"{tries}.eml")
        return "250 taken"

    def next_answer(self):
        answers = folder / "answers"
        first, *rest = (answers.read_text().splitlines() if answers.exists() else []) or ["ok"]
        answers.write_text("".join(line + "\n" for line in rest))
        return first


def authenticate(server, session, envelope, mechanism, auth_data):
    right = (auth_data.login, auth_data.password) == (user.encode(), password.encode())
    if (folder / "locked").exists():
        right = False
        with open(folder / "turned-away", "a") as log:
            log.write(f"{auth_data.login.decode()}\n")
    return AuthResult(success=right, handled=False, auth_data=auth_data)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
controller = Controller(
    Handler(),
    hostname="127.0.0.1",
    port=int(port),
    tls_context=context,
    require_starttls=True,
    auth_required=True,
    authenticator=authenticate,
)
controller.start()
print("ready", flush=True)
threading.Event().wait()
