"""Writes test/golden/session/python.zip: an archive of Python's zipfile, deflated and stored, for the reader of session files."""

import pathlib
import zipfile

OUT = pathlib.Path(__file__).parents[2] / "test/golden/session"
OUT.mkdir(parents=True, exist_ok=True)

with zipfile.ZipFile(OUT / "python.zip", "w") as archive:
    for name, text, method in [
        ("session.json", '{"losslightPage": 1, "note": "' + "Åse 🌦 " * 50 + '"}', zipfile.ZIP_DEFLATED),
        ("folder/stored.txt", "as it is", zipfile.ZIP_STORED),
    ]:
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type = method
        archive.writestr(info, text)
    archive.comment = b"a comment behind the list"
