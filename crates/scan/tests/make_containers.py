"""Makes the containers under `fixtures/container`, by the tools and libraries that write such files in real life.

Run it in a folder of its own: `python make_containers.py OUT`. It needs tar, bzip2, xz, zstd, lz4, lzip, 7z, git, sqlite3 and
qpdf, and from the package index openpyxl, python-docx, python-pptx, odfpy, pyarrow, fastavro, reportlab, Pillow, xlwt.
Outcomes differ from run to run in times and ids, so the files are kept, not made by the tests.
"""

import io
import os
import subprocess
import sys
import tarfile
import zipfile

ID = "LTAI5t1GumF9ikeXfPX6xnYD"
SECRET = "k3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE"
TEXT = f"access_key_id = {ID}\naccess_key_secret = {SECRET}\n"
OUT = sys.argv[1]


def save(name, data):
    path = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, **more).stdout


def packed():
    data = TEXT.encode()
    half = len(data) // 2
    for folder, suffix, command in [
        ("bzip2", "bz2", ["bzip2", "-c"]),
        ("xz", "xz", ["xz", "-c", "-T1"]),
        ("xz", "lzma", ["xz", "-c", "--format=lzma"]),
        ("xz", "lz", ["lzip", "-c"]),
        ("zstd", "zst", ["zstd", "-c", "-q", "--check"]),
        ("lz4", "lz4", ["lz4", "-c", "-q"]),
    ]:
        pack = lambda part: run(*command, input=part)
        save(f"{folder}/basic.txt.{suffix}", pack(data))
        if suffix != "lzma":
            save(f"{folder}/two_members.txt.{suffix}", pack(data[:half]) + pack(data[half:]))
            save(f"{folder}/trailing.txt.{suffix}", pack(data) + b"more")
        save(f"{folder}/cut_short.txt.{suffix}", pack(data)[:-12])
        broken = bytearray(pack(data * 9))
        broken[len(broken) // 2] ^= 0x55
        save(f"{folder}/damaged.txt.{suffix}", bytes(broken))
    save("lz4/legacy.txt.lz4", run("lz4", "-l", "-c", "-q", input=data))
    save("xz/x86.txt.xz", run("xz", "-c", "--x86", "--lzma2", input=data))
    skippable = bytes.fromhex("502a4d1803000000") + b"abc"
    save("zstd/skippable.txt.zst", skippable + run("zstd", "-c", "-q", input=data) + skippable)


def tars():
    os.makedirs("tar", exist_ok=True)
    with open("tar/key.txt", "w") as file:
        file.write(TEXT)
    long_name = "folder/" * 30 + "key.txt"
    for name, form in [("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)]:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
            inner = "folder/" * 12 + "key.txt" if name == "ustar" else long_name
            member = tarfile.TarInfo(inner)
            member.size = len(TEXT)
            archive.addfile(member, io.BytesIO(TEXT.encode()))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "key.txt"
            archive.addfile(link)
            member = tarfile.TarInfo("钥匙.txt")
            member.size = len(TEXT)
            archive.addfile(member, io.BytesIO(TEXT.encode()))
        save(f"tar/{name}.tar.xz", run("xz", "-c", input=buffer.getvalue()))
    with open("tar/sparse.txt", "wb") as file:
        file.write(TEXT.encode())
        file.seek(1 << 20)
        file.write(TEXT.encode())
        file.truncate(2 << 20)
    for name, form in [("sparse_gnu", ["--format=gnu"]), ("sparse_pax", ["--format=posix"]),
                       ("sparse_0_1", ["--format=posix", "--sparse-version=0.1"]), ("v7", ["--format=v7"])]:
        file = "key.txt" if name == "v7" else "sparse.txt"
        data = run("tar", "-c", *(["-S"] if name != "v7" else []), *form, "-C", "tar", file)
        save(f"tar/{name}.tar.gz", run("gzip", "-9nc", input=data))
    plain = run("tar", "-c", "--format=ustar", "-b1", "-C", "tar", "key.txt")
    head = bytearray(plain[:512])
    head[0] ^= 1
    damaged = plain[:1024] + bytes(head) + plain[512:1024] + plain
    save("tar/damaged.tar.gz", run("gzip", "-9nc", input=damaged))
    save("tar/cut_short.tar", plain[:560])


def zips():
    def make(name, method, **more):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr("key.txt", TEXT, **more)
        return save(f"zip/{name}.zip", buffer.getvalue())

    make("bzip2", zipfile.ZIP_BZIP2)
    make("lzma", zipfile.ZIP_LZMA)
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""
        def writable(self):
            return True
        def write(self, data):
            self.data += bytes(data)
            return len(data)
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("key.txt", TEXT)
        archive.writestr("again.txt", TEXT)
    save("zip/descriptors.zip", pipe.data)
    save("zip/without_directory.zip", pipe.data[:pipe.data.index(b"PK\x01\x02")])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("key.txt", "w", force_zip64=True) as file:
            file.write(TEXT.encode())
    save("zip/zip64.zip", buffer.getvalue())
    save("zip/program.pyz", b"#!/usr/bin/env python3\n" + pipe.data)
    with open("key.txt", "w") as file:
        file.write(TEXT)
    for name in ["aes.zip", "encrypted.7z", "hidden_names.7z"]:
        if os.path.exists(name):
            os.remove(name)
    run("7z", "a", "-bd", "-pclaviger", "-mem=AES256", "aes.zip", "key.txt")
    save("zip/aes.zip", open("aes.zip", "rb").read())
    gbk = io.BytesIO()
    with zipfile.ZipFile(gbk, "w") as archive:
        archive.writestr("XXXX.txt", TEXT)
    save("zip/gbk_name.zip", gbk.getvalue().replace(b"XXXX", "密钥".encode("gbk")))
    bad = bytearray(pipe.data)
    at = bad.rindex(b"PK\x01\x02")
    bad[at + 42:at + 46] = b"\0\0\0\0"
    save("zip/overlapping.zip", bytes(bad))


def office():
    import docx
    import openpyxl
    import pptx
    from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = docx.Document()
    document.add_paragraph("Use this key:")
    paragraph = document.add_paragraph("AccessKey ID: ")
    for part in (ID[:9], ID[9:]):
        paragraph.add_run(part).bold = len(part) == 9
    document.add_paragraph(f"AccessKey Secret: {SECRET}")
    document.save(save("office/split_runs.docx", b""))
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    for at, value in enumerate(["AccessKey ID", "AccessKey Secret", ID, SECRET]):
        table.cell(at // 2, at % 2).text = value
    document.sections[0].header.paragraphs[0].text = f"id {ID}"
    document.save(save("office/table.docx", b""))

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Keys & co"
    for row in [["user", "AccessKey ID", "AccessKey Secret", "phone"], ["a", ID, SECRET, 13912345670]]:
        sheet.append(row)
    sheet["C5"] = "far"
    book.create_sheet("Other")["B3"] = f'="{ID}"'
    book.save(save("office/cells.xlsx", b""))

    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text = "Access"
    slide.placeholders[1].text = TEXT
    slide.notes_slide.notes_text_frame.text = f"key {ID}"
    slides.save(save("office/slides.pptx", b""))

    text = OpenDocumentText()
    for line in TEXT.splitlines():
        text.text.addElement(P(text=line))
    text.save(save("office/text.odt", b""))
    sheets = OpenDocumentSpreadsheet()
    table = Table(name="Keys")
    for cells in [["AccessKey ID", "", "AccessKey Secret"], [ID, "", SECRET]]:
        row = TableRow()
        for value in cells:
            cell = TableCell()
            if value:
                cell.addElement(P(text=value))
            row.addElement(cell)
        table.addElement(row)
    sheets.spreadsheet.addElement(table)
    sheets.save(save("office/sheet.ods", b""))


def mail():
    import email.policy
    import mailbox
    from email.message import EmailMessage

    def message(transfer, **more):
        made = EmailMessage(policy=email.policy.SMTP)
        made["From"], made["To"], made["Subject"] = "Ana <ana@acme.cn>", "ops@acme.cn", more.get("subject", "keys")
        made["Message-ID"] = "<1@acme.cn>"
        made.set_content(more.get("body", TEXT), cte=transfer)
        return made

    long_line = "x" * 60 + " " + TEXT.replace("\n", " ")
    plain = message("base64", subject="密钥")
    plain.add_alternative(f"<p>id {ID}</p>", subtype="html", cte="quoted-printable")
    plain.add_attachment(TEXT.encode(), maintype="application", subtype="octet-stream", filename="密钥.txt")
    import gzip
    packed = gzip.compress(TEXT.encode(), mtime=0)
    plain.add_attachment(packed, maintype="application", subtype="gzip", filename="a.txt.gz")
    plain.add_attachment(message("7bit", body=f"inner {ID}"))
    save("mail/parts.eml", bytes(plain))
    save("mail/quoted.eml", bytes(message("quoted-printable", body=long_line)))
    cut = message("quoted-printable", body=long_line).get_payload().replace("\r\n", "\n")
    save("mail/quoted_body.txt", ((cut + "caf=C3=A9\n") * 3).encode())
    if os.path.exists("box.mbox"):
        os.remove("box.mbox")
    box = mailbox.mbox("box.mbox")
    box.add(message("7bit", body="hello"))
    box.add(message("base64"))
    box.flush()
    save("mail/box.mbox", open("box.mbox", "rb").read())
    encrypted = b"From: a@acme.cn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; boundary=x\r\n\r\n"
    save("mail/encrypted.eml", encrypted + b"--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x--\r\n")


def notebook():
    import json

    def cell(kind, source, outputs=None):
        made = {"cell_type": kind, "metadata": {}, "source": source}
        if outputs is not None:
            made.update(outputs=outputs, execution_count=1)
        return made

    cells = [
        cell("markdown", ["# keys\n"]),
        cell("code", [f'access_key_id = "{ID}"\n'], []),
        cell("code", f'access_key_secret = "{SECRET}"', [
            {"output_type": "stream", "name": "stdout", "text": ["printed\n"]},
            {"output_type": "display_data", "data": {"image/png": "aGVsbG8=", "text/plain": ["<Figure>"]}, "metadata": {}},
        ]),
    ]
    made = {"cells": cells, "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
    save("notebook/cells.ipynb", json.dumps(made, indent=1).encode())
    save("notebook/damaged.ipynb", json.dumps(made, indent=1).encode()[:-40])


def sqlite():
    def make(name, *statements):
        if os.path.exists("made.db"):
            os.remove("made.db")
        run("sqlite3", "made.db", input=";\n".join(statements).encode())
        save(f"sqlite/{name}.sqlite", open("made.db", "rb").read())

    keys = "CREATE TABLE keys (id INTEGER PRIMARY KEY, user TEXT, access_key_id TEXT, access_key_secret TEXT, phone INTEGER)"
    row = f"INSERT INTO keys (user, access_key_id, access_key_secret, phone) VALUES ('ana', '{ID}', '{SECRET}', 13912345670)"
    small = "PRAGMA page_size=512"
    make("rows", small, keys, "INSERT INTO keys (user) VALUES ('nobody')", row, "CREATE INDEX by_id ON keys (access_key_id)")
    filler = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<200) INSERT INTO keys (user) SELECT 'user' || i FROM n"
    make("many_pages", small, keys, filler, row, filler)
    make("overflow", small, "CREATE TABLE notes (body TEXT)",
         f"INSERT INTO notes VALUES (printf('%.2000c', '-') || ' access_key_id={ID} access_key_secret={SECRET} ' || printf('%.2000c', '-'))")
    make("utf16", small, "PRAGMA encoding='UTF-16le'", keys, row)
    make("without_rowid", small, "CREATE TABLE keys (access_key_id TEXT PRIMARY KEY, access_key_secret TEXT) WITHOUT ROWID",
         f"INSERT INTO keys VALUES ('{ID}', '{SECRET}')")
    make("deleted_one", small, "PRAGMA secure_delete=OFF", keys, filler.replace("i<200", "i<4"), row, "DELETE FROM keys WHERE phone > 0")
    make("deleted", small, "PRAGMA secure_delete=OFF", keys, row, "DELETE FROM keys")
    packed = run("gzip", "-9nc", input=TEXT.encode() * 3).hex()
    make("blob", small, "CREATE TABLE files (name TEXT, body BLOB)", f"INSERT INTO files VALUES ('a', x'{packed}')")
    broken = bytearray(open("made.db", "rb").read())
    broken[512] = 99
    save("sqlite/damaged.sqlite", bytes(broken))


def git():
    import shutil

    shutil.rmtree("repo", ignore_errors=True)
    environment = dict(os.environ, GIT_AUTHOR_NAME="Ana", GIT_AUTHOR_EMAIL="ana@acme.cn", GIT_COMMITTER_NAME="Ana",
                       GIT_COMMITTER_EMAIL="ana@acme.cn", GIT_CONFIG_GLOBAL="/dev/null")
    clock = [1700000000]

    def call(*words):
        clock[0] += 60
        stamp = f"{clock[0]} +0000"
        return run("git", "-C", "repo", *words, env=dict(environment, GIT_AUTHOR_DATE=stamp, GIT_COMMITTER_DATE=stamp))

    os.makedirs("repo/src/deep")
    call("init", "-q", "-b", "main")
    body = "".join(f"line {number} of a file that grows\n" for number in range(60))
    def commit(message, text):
        with open("repo/src/deep/settings.py", "w") as file:
            file.write(text)
        call("add", "-A")
        call("commit", "-q", "-m", message)
    commit("first", body)
    commit("add the key", body + TEXT)
    commit("remove the key", body + "nothing\n")
    commit("more", body + "more\\n")
    loose = call("rev-parse", "HEAD~2:src/deep/settings.py").decode().strip()
    save("git/loose_blob", open(f"repo/.git/objects/{loose[:2]}/{loose[2:]}", "rb").read())
    save("git/history.bundle", call("bundle", "create", "-q", "-", "--all"))
    objects = call("rev-list", "--objects", "--all")
    names = b"".join(line.split(b" ")[0] + b"\n" for line in objects.splitlines())
    for name, option in [("offset_deltas", ["--delta-base-offset"]), ("named_deltas", [])]:
        pack = run("git", "-C", "repo", "pack-objects", "-q", "--stdout", "--window=50", *option, input=names)
        save(f"git/{name}.pack", pack)
    thin = run("git", "-C", "repo", "pack-objects", "-q", "--stdout", "--thin", "--revs", input=b"main\n^main~1\n")
    save("git/thin.pack", thin)
    save("git/cut_short.pack", pack[:-60])


def seven_zip():
    with open("key.txt", "w") as file:
        file.write(TEXT)
    with open("other.txt", "w") as file:
        file.write("nothing here\n" * 40)
    for name, options in [("lzma2", ["-m0=lzma2"]), ("lzma", ["-m0=lzma"]), ("ppmd", ["-m0=ppmd"]), ("bzip2", ["-m0=bzip2"]),
                          ("deflate", ["-m0=deflate"]), ("copy", ["-m0=copy"]), ("x86", ["-m0=bcj", "-m1=lzma2"]),
                          ("encrypted", ["-pclaviger"]), ("hidden_names", ["-pclaviger", "-mhe=on"])]:
        if os.path.exists("made.7z"):
            os.remove("made.7z")
        run("7z", "a", "-bd", *options, "made.7z", "other.txt", "key.txt")
        data = open("made.7z", "rb").read()
        save(f"seven_zip/{name}.7z", data)
        if name == "lzma2":
            save("seven_zip/cut_short.7z", data[:-30])


def pdf():
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen import canvas
    from reportlab.platypus import SimpleDocTemplate, Table

    def paint(name, draw, **more):
        buffer = io.BytesIO()
        page = canvas.Canvas(buffer, pagesize=A4, invariant=1, **more)
        draw(page)
        page.save()
        return save(f"pdf/{name}.pdf", buffer.getvalue())

    def lines(page):
        page.drawString(72, 700, f"AccessKey ID: {ID}")
        page.drawString(72, 680, f"AccessKey Secret: {SECRET}")

    def second(page):
        page.drawString(72, 700, "nothing here")
        page.showPage()
        lines(page)

    paint("plain", second, pageCompression=0)
    paint("ascii85", second, pageCompression=1)
    import reportlab.rl_config
    reportlab.rl_config.useA85 = 0
    flate = paint("flate", second, pageCompression=1)
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def subset(page):
        page.setFont("Vera", 10)
        lines(page)

    paint("subset_font", subset)

    def letters(page):
        at = 72
        for word in (f"id {ID}", f"secret {SECRET}"):
            text = page.beginText(72, 700 if word.startswith("id") else 690)
            text.setFont("Courier", 10)
            for letter in word:
                text.textOut(letter)
            page.drawText(text)

    paint("letters", letters)

    def link(page):
        page.linkURL(f"https://oss.example.org/?OSSAccessKeyId={ID}", (10, 10, 50, 50))
        page.setTitle("t")

    paint("link", link)
    buffer = io.BytesIO()
    rows = [["AccessKey ID", "AccessKey Secret"], [ID, SECRET]]
    SimpleDocTemplate(buffer, invariant=1).build([Table(rows)])
    save("pdf/table.pdf", buffer.getvalue())
    run("qpdf", "--object-streams=generate", "--deterministic-id", flate, "packed.pdf")
    save("pdf/object_streams.pdf", open("packed.pdf", "rb").read())
    run("qpdf", "--encrypt", "", "owner", "256", "--", "--static-id", flate, "encrypted.pdf")
    save("pdf/encrypted.pdf", open("encrypted.pdf", "rb").read())
    with open("key.txt", "w") as file:
        file.write(TEXT)
    run("qpdf", flate, "--deterministic-id", "--add-attachment", "key.txt", "--creationdate=D:20240101000000Z", "--moddate=D:20240101000000Z", "--", "attached.pdf")
    save("pdf/attached.pdf", open("attached.pdf", "rb").read())
    data = open(flate, "rb").read()
    save("pdf/cut_short.pdf", data[:len(data) * 2 // 3])
    # Another version of the page's content is written behind the first, as editors do.
    text = "BT /F1 12 Tf 72 700 Td (clean) Tj ET"
    lines_of = open(os.path.join(OUT, "pdf/plain.pdf"), "rb").read()
    at = lines_of.index(ID.encode())
    number = lines_of[:at].rindex(b" 0 obj")
    start = lines_of[:number].rindex(b"\n") + 1
    number = lines_of[start:number].decode()
    newer = f"{number} 0 obj\n<< /Length {len(text)} >>\nstream\n{text}\nendstream\nendobj\n"
    save("pdf/replaced.pdf", lines_of + newer.encode())


def parquet():
    import pyarrow
    import pyarrow.orc
    import pyarrow.parquet

    rows = 300
    table = pyarrow.table({
        "user": [f"user{number}" for number in range(rows)],
        "access_key_id": [ID if number == 250 else None for number in range(rows)],
        "access_key_secret": [SECRET if number == 250 else None for number in range(rows)],
        "phone": [13912345670 + number for number in range(rows)],
        "tags": [["a", "b"] if number % 3 else [] for number in range(rows)],
    })
    nested = pyarrow.table({"account": [{"id": ID, "secret": SECRET}], "list": [[{"id": ID}, {"id": "x"}]]})
    for codec in ["none", "snappy", "gzip", "zstd", "lz4"]:
        for version in ["1.0", "2.0"]:
            buffer = io.BytesIO()
            pyarrow.parquet.write_table(table, buffer, compression=codec, data_page_version=version, row_group_size=200,
                                        data_page_size=512, store_schema=False, write_statistics=False)
            save(f"parquet/{codec}_{version[0]}.parquet", buffer.getvalue())
    for encoding in ["DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "PLAIN"]:
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(table.select(["access_key_id", "access_key_secret", "phone"]), buffer, use_dictionary=False,
                                    compression="zstd", store_schema=False, write_statistics=False,
                                    column_encoding={"access_key_id": encoding, "access_key_secret": encoding,
                                                     "phone": "DELTA_BINARY_PACKED"})
        save(f"parquet/{encoding.lower()}.parquet", buffer.getvalue())
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(nested, buffer)
    save("parquet/nested.parquet", buffer.getvalue())
    save("parquet/cut_short.parquet", buffer.getvalue()[:-20])
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, compression="brotli", store_schema=False, write_statistics=False)
    save("parquet/brotli.parquet", buffer.getvalue())
    for codec in ["uncompressed", "zlib", "snappy", "zstd", "lz4"]:
        buffer = io.BytesIO()
        pyarrow.orc.write_table(table.select(["user", "access_key_id", "access_key_secret", "phone"]), buffer, compression=codec)
        save(f"orc/{codec}.orc", buffer.getvalue())
    buffer = io.BytesIO()
    pyarrow.orc.write_table(table.select(["access_key_id", "access_key_secret"]), buffer, dictionary_key_size_threshold=1.0)
    save("orc/dictionary.orc", buffer.getvalue())
    save("orc/cut_short.orc", buffer.getvalue()[:-9])


def avro():
    import fastavro

    schema = {"type": "record", "name": "Key", "namespace": "acme", "fields": [
        {"name": "access_key_id", "type": ["null", "string"]},
        {"name": "access_key_secret", "type": "string"},
        {"name": "phone", "type": "long"},
        {"name": "more", "type": {"type": "map", "values": "string"}},
        {"name": "next", "type": ["null", "Key"], "default": None},
        {"name": "body", "type": "bytes", "default": ""},
    ]}
    import gzip
    row = {"access_key_id": ID, "access_key_secret": SECRET, "phone": 13912345670, "more": {"a": "b"}, "body": gzip.compress(TEXT.encode() * 3, mtime=0)}
    rows = [dict(row, access_key_id=None, access_key_secret="", body=b"")] * 3 + [row]
    for codec in ["null", "deflate", "bzip2", "xz", "zstandard"]:
        buffer = io.BytesIO()
        fastavro.writer(buffer, fastavro.parse_schema(schema), rows, codec=codec, sync_marker=b"0123456789abcdef")
        save(f"avro/{codec}.avro", buffer.getvalue())
    save("avro/cut_short.avro", buffer.getvalue()[:-30])


def compound():
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Keys")
    for column, value in enumerate(["AccessKey ID", "AccessKey Secret"]):
        sheet.write(0, column, value)
    sheet.write(1, 0, ID)
    sheet.write(1, 1, SECRET)
    book.save(save("compound/cells.xls", b""))
    from extract_msg import OleWriter

    def wide(text):
        return text.encode("utf-16-le")

    made = OleWriter()
    made.addEntry(["__properties_version1.0"], bytes(32))
    made.addEntry(["__substg1.0_0037001F"], wide("keys"))
    made.addEntry(["__substg1.0_1000001F"], wide(TEXT.replace("\n", "\r\n")))
    made.addEntry(["__attach_version1.0_#00000000"], storage=True)
    made.addEntry(["__attach_version1.0_#00000000", "__properties_version1.0"], bytes(8))
    made.addEntry(["__attach_version1.0_#00000000", "__substg1.0_3707001F"], wide("key.txt"))
    made.addEntry(["__attach_version1.0_#00000000", "__substg1.0_37010102"], TEXT.encode() + b"nothing here\n" * 400)
    made.write(save("compound/message.msg", b""))
    made = OleWriter()
    made.addEntry(["EncryptionInfo"], bytes(100))
    made.addEntry(["EncryptedPackage"], bytes(100))
    made.write(save("compound/encrypted.docx", b""))


def rtf():
    text = TEXT.replace("\n", "\\par\n").replace(ID, ID[:7] + "{\\b " + ID[7:] + "}")
    fonts = "{\\fonttbl{\\f0 Arial;}}{\\*\\generator Made;}"
    embedded = "{\\object{\\*\\objdata " + TEXT.encode().hex() + "}}"
    save("rtf/words.rtf", ("{\\rtf1\\ansi" + fonts + "\\f0 caf\\'e9 \\u23494?\\par\n" + text + "}").encode())
    save("rtf/embedded.rtf", ("{\\rtf1\\ansi" + fonts + "nothing here\\par\n" + embedded + "}").encode())


def images():
    from PIL import Image, PngImagePlugin

    picture = Image.new("RGB", (8, 8), (1, 2, 3))

    def paint(name, form, behind=b"", **more):
        buffer = io.BytesIO()
        picture.save(buffer, form, **more)
        save(f"image/{name}", buffer.getvalue() + behind)

    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", TEXT)
    texts.add_text("Packed", f"key {ID}" + " " * 200, zip=True)
    paint("texts.png", "PNG", pnginfo=texts)
    exif = Image.Exif()
    exif[0x010E] = TEXT
    paint("exif.png", "PNG", exif=exif)
    paint("exif.jpg", "JPEG", exif=exif)
    paint("exif.webp", "WEBP", exif=exif)
    paint("comment.jpg", "JPEG", comment=TEXT.encode())
    paint("behind.jpg", "JPEG", behind=TEXT.encode())
    paint("comment.gif", "GIF", comment=TEXT.encode())
    paint("tags.tiff", "TIFF", tiffinfo={270: TEXT})


def captures():
    import struct

    def checksummed(source, target, kind, data):
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 0, 0, 64, kind, 0, bytes(source), bytes(target))
        return bytes(12) + b"\x08\x00" + header + data

    def tcp(sequence, payload, flags=0x18):
        return checksummed((10, 0, 0, 1), (10, 0, 0, 2), 6, struct.pack(">HHIIBBHHH", 40000, 80, sequence, 0, 0x50, flags, 100, 0, 0) + payload)

    text = TEXT.encode()
    start = 0xFFFFFFF0
    after = lambda count: (start + 1 + count) & 0xFFFFFFFF
    packets = [
        tcp(start, b"", 2),
        tcp(after(0), text[:20]),
        tcp(after(50), text[50:]),
        tcp(after(0), text[:20]),
        tcp(after(10), text[10:50]),
        checksummed((10, 0, 0, 3), (10, 0, 0, 4), 17, struct.pack(">HHHH", 5000, 53, 0, 0) + f"key {ID}".encode()),
    ]
    pcap = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for packet in packets:
        pcap += struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet
    save("capture/stream.pcap", pcap)
    save("capture/cut_short.pcap", pcap[:-10])

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

    pcapng = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 65535))
    for packet in packets:
        pcapng += block(6, struct.pack("<IIIII", 0, 0, 0, len(packet), len(packet)) + packet)
    save("capture/stream.pcapng", pcapng)


def python():
    import importlib._bootstrap_external
    import marshal

    code = compile(f"access_key_id = '{ID}'\naccess_key_secret = '{SECRET}'\n", "a.py", "exec")
    save("python/constants.pyc", bytes(importlib._bootstrap_external._code_to_timestamp_pyc(code, 0, 0)))


PARTS = {name: part for name, part in globals().items() if callable(part) and name not in ("save", "run")}
for name in sys.argv[2:] or PARTS:
    PARTS[name]()
