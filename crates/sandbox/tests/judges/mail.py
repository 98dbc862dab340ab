"""Python's own `smtplib` against the mail receiver: what a mail client sends, and what goes wrong on the way."""

import os
import smtplib
import socket
import sys
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from judge import check, finish, same

HOST, PORT = os.environ["JUDGE_MAIL"].rsplit(":", 1)
LIMIT = 16 * 1024 * 1024
FROM, TO = "alerts@example.com", "person@example.com"


def client():
    return smtplib.SMTP(HOST, int(PORT), timeout=30)


def letter(subject, text, policy=SMTP):
    message = EmailMessage(policy=policy)
    message["From"], message["To"], message["Subject"] = FROM, TO, subject
    message.set_content(text)
    return message


def delivered():
    """What must arrive; the receiver's side compares it."""
    with client() as c:
        check(c.ehlo()[0] == 250 and {"size", "8bitmime", "pipelining", "smtputf8"} <= set(c.esmtp_features),
              "what it offers")
        check(not c.has_extn("starttls"), "no TLS is offered, so that nobody counts on it")
        same(c.send_message(letter("plain", "hello\n")), {}, "a plain message")
        same(c.send_message(letter("Zwölf 猫 \U0001f511 <b>", "café ünï 猫\n")), {}, "another script")
        same(c.sendmail(FROM, [TO, "second@example.com"], b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n"), {}, "dots")
        same(c.sendmail(FROM, TO, b"Subject: long\r\n\r\n" + b"x" * 100_000 + b"\r\n.\r\n"), {}, "a long line")
        utf8 = letter("8bit é", "ü" * 5000 + "\n", policy=SMTPUTF8)
        same(c.send_message(utf8, from_addr="jürgen@example.com", mail_options=["SMTPUTF8", "BODY=8BITMIME"]), {},
             "8-bit text")
        same(c.sendmail("", TO, b"Subject: bounce\r\n\r\nnull sender\r\n"), {}, "no sender")


def order():
    with client() as c:
        same(c.docmd("MAIL", f"FROM:<{FROM}>")[0], 503, "a sender before the greeting")
        c.ehlo()
        same(c.docmd("RCPT", f"TO:<{TO}>")[0], 503, "a recipient before the sender")
        same(c.docmd("DATA")[0], 503, "a message before the sender")
        same(c.docmd("MAIL", f"FROM:<{FROM}>")[0], 250, "a sender")
        same(c.docmd("MAIL", f"FROM:<{FROM}>")[0], 503, "a second sender")
        same(c.docmd("DATA")[0], 503, "a message without a recipient")
        same(c.docmd("RCPT", f"TO:<{TO}>")[0], 250, "a recipient")
        same(c.rset()[0], 250, "forgotten")
        same(c.docmd("DATA")[0], 503, "and what was said is forgotten")
        for words in ("MAIL", "MAIL FROM:nobody", "MAIL TO:<a@example.com>", f"MAIL FROM:<{FROM}> SIZE=x"):
            same(c.docmd(words)[0], 501, words)
        same((c.noop()[0], c.verify("x")[0], c.docmd("TURN")[0]), (250, 252, 502), "small talk")
        same(c.docmd("NOOP", "x" * 5000)[0], 500, "a line that is too long")
        same(c.noop()[0], 250, "the session goes on behind it")
        same(c.docmd("MAIL", f"FROM:<{FROM}>")[0], 250, "a sender again")
        for number in range(100):
            same(c.rcpt(f"r{number}@example.com")[0], 250, "a recipient of many")
        same(c.rcpt("one-more@example.com")[0], 452, "too many")


def too_large():
    with client() as c:
        c.ehlo()
        same(c.mail(FROM, [f"size={LIMIT + 1}"])[0], 552, "announced as too large")
        same(c.mail(FROM)[0], 250, "not announced")
        c.rcpt(TO)
        same(c.data(b"Subject: large\r\n\r\n" + (b"y" * 78 + b"\r\n") * (LIMIT // 80 + 1))[0], 552, "too large")
        same(c.sendmail(FROM, TO, b"Subject: after\r\n\r\nstill here\r\n"), {}, "the session goes on behind it")


def raw(*pieces):
    """Sends bytes as they are and goes away; gives what was answered."""
    with socket.create_connection((HOST, int(PORT)), timeout=30) as s:
        for piece in pieces:
            s.sendall(piece)
        s.shutdown(socket.SHUT_WR)
        answered = b""
        while True:
            read = s.recv(4096)
            if not read:
                return answered.decode().split("\r\n")[:-1]
            answered += read


def pipelined():
    answered = raw(
        f"EHLO me\r\nMAIL FROM:<{FROM}>\r\nRCPT TO:<{TO}>\r\nDATA\r\nSubject: pipelined\r\n\r\none\r\n.\r\n"
        f"MAIL FROM:<{FROM}>\r\nRCPT TO:<{TO}>\r\nDATA\r\nSubject: pipelined too\r\n\r\ntwo\r\n.\r\nQUIT\r\n".encode())
    codes = [line[:3] for line in answered if line[3:4] == " "]
    same(codes, ["220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "221"], "all at once")


def interrupted():
    head = f"HELO me\r\nMAIL FROM:<{FROM}>\r\nRCPT TO:<{TO}>\r\nDATA\r\n".encode()
    raw(head + b"Subject: half\r\n\r\nno end")
    raw(head + b"Subject: half\r\n\r\nalmost\r\n.")
    raw(head)
    raw(b"MAIL FR")
    raw()
    # A bare line feed ends neither a line nor the message: nothing is smuggled in.
    answered = raw(head + b"Subject: smuggled\r\n\r\na\n.\nMAIL FROM:<x@example.com>\n.\r\nb\r\n.\r\nQUIT\r\n")
    same([line[:3] for line in answered], ["220", "250", "250", "250", "354", "250", "221"], "one message only")


def refused():
    with client() as c:
        try:
            c.sendmail(FROM, TO, b"Subject: refused\r\n\r\nx\r\n")
        except smtplib.SMTPDataError as error:
            same(error.smtp_code, 451, "not now")
        else:
            raise AssertionError("it was taken")


{"deliver": lambda: (delivered(), order(), too_large(), pipelined(), interrupted()), "refused": refused}[sys.argv[1]]()
finish()
