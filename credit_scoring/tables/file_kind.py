"""Tells by a file's first bytes what it is, whatever its name says."""

import codecs
import re

HEAD_SIZE = 1 << 16  # bytes that are enough to detect a file's kind and dialect
PARQUET = re.compile(rb"PAR1[^\x20-\x7e]")  # the magic number, and what no text has after it
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"  # Excel 97, and Excel files with a password
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAVE_AS_TABLE = "save the table as CSV UTF-8 or as Parquet"
FOREIGN_FORMATS = {  # a pattern of the first bytes: what the file is
    rb"\xd0\xcf\x11\xe0": "an Excel workbook of the old kind (.xls), or one with a password",
    rb"\{\s*[\"}]|\[\s*[\[{]": "JSON",
    rb"(?i)<(!doctype html|html)": "a web page",
    rb"<\?xml": "XML",
    rb"%PDF": "a PDF document",
    rb"\{\\rtf": "a text document (RTF)",
    rb"ARROW1|FEA1": "Arrow (Feather)",
    rb"ORC[\0-\x08\x0a-\x1f]": "ORC",
    rb"Obj\x01": "Avro",
    rb"\x89HDF": "HDF5",
    rb"SQLite format 3": "an SQLite database",
    rb"\$FL[23]": "SPSS",
    rb"<stata_dta>": "Stata",
    rb"\0{12}\xc2\xea\x81|HEADER RECORD\*{7}": "SAS",
    rb"RD[AX][23]\n": "R data",
    rb"\x80[\x02-\x05]": "a pickle",
    rb"7z\xbc\xaf": "a 7z archive",
    rb"Rar!": "a RAR archive",
    rb"\x28\xb5\x2f\xfd": "compressed with zstd",
}
REMEDIES = {  # where another than SAVE_AS_TABLE helps
    "a web page": "download it again, signed in",
    "a 7z archive": "unpack it",
    "a RAR archive": "unpack it",
    "compressed with zstd": "unpack it with zstd -d",
}


class NotTabularError(Exception):
    """The file is not a table: `description` says what it is, `remedy` what helps."""

    def __init__(self, description: str, remedy: str) -> None:
        super().__init__(description)
        self.description = description
        self.remedy = remedy


def refuse_foreign(head: bytes) -> None:
    """Raise NotTabularError if a file that begins with `head` is of a kind that is not read."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")
    for pattern, kind in FOREIGN_FORMATS.items():
        if re.match(pattern, start):
            raise NotTabularError(f"it is {kind}, not a CSV", REMEDIES.get(kind, SAVE_AS_TABLE))
    if b"\0" in head and utf16_encoding(head) is None:
        raise NotTabularError("it is binary data, not a CSV", "export or download it again")


def utf16_encoding(head: bytes) -> str | None:
    """The encoding of UTF-16 text that begins with `head`, with or without a mark; else None."""
    if head.startswith(UTF16_MARKS):
        return "utf-16"
    pairs = len(head) // 2
    for encoding, zeros, others in (
        ("utf-16-le", head[1::2], head[::2]),
        ("utf-16-be", head[::2], head[1::2]),
    ):
        if pairs and zeros.count(0) > pairs / 2 and not others.count(0):
            return encoding
    return None
