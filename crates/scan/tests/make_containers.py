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


PARTS = {name: part for name, part in globals().items() if callable(part) and name not in ("save", "run")}
for name in sys.argv[2:] or ["packed", "tars", "zips", "office"]:
    PARTS[name]()
