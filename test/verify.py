#!/usr/bin/env python3
"""A second, independent verifier of evidence packages, written from docs/spec
alone: Python's standard library, and the openssl command for signatures where
there is one. It does not perform checks again; everything else it recomputes.

usage: verify.py PACKAGE [VKEY]      exit status 0 verified, 1 not
"""
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib


class Wrong(Exception):
    pass


def need(ok, what):
    if not ok:
        raise Wrong(what)


def sha(*parts):
    d = hashlib.sha256()
    for p in parts:
        d.update(p)
    return d.digest()


def b64(s):
    b = base64.b64decode(s, validate=True)
    need(base64.b64encode(b).decode() == s, "base64 is not canonical: " + s)
    return b


def canonical(v):
    """RFC 8785 for strings, booleans, integers, arrays and objects."""
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, int):
        need(abs(v) < 2**53, "integer too large")
        return str(v)
    if isinstance(v, str):
        short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
        return '"' + "".join(short.get(c) or (c if c >= " " else "\\u%04x" % ord(c)) for c in v) + '"'
    if isinstance(v, list):
        return "[" + ",".join(map(canonical, v)) + "]"
    need(isinstance(v, dict), "no canonical form for %r" % (v,))
    keys = sorted(v, key=lambda k: k.encode("utf-16-be"))
    return "{" + ",".join(canonical(k) + ":" + canonical(v[k]) for k in keys) + "}"


def strict(raw, what):
    """Parse canonical JSON, and nothing else."""
    text = raw.decode("utf-8")
    v = json.loads(text)
    need(canonical(v) == text, what + " is not canonical JSON")
    return v


def root(hashes):
    """RFC 6962 Merkle tree hash over leaf hashes."""
    if not hashes:
        return sha()
    while len(hashes) > 1:
        up = [sha(b"\1", hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        if len(hashes) % 2:
            up.append(hashes[-1])
        hashes = up
    return hashes[0]


def commit(salt, path, value):
    return hmac.new(salt, b"soc2.commit/v1\n" + struct.pack(">I", len(path)) + path.encode() + value, "sha256").digest()


def opens(salt, path, value, commitment, what):
    need(hmac.compare_digest(commit(salt, path, value), b64(commitment)), what + " is not what the log commits to")


OPENSSL = subprocess.run(["sh", "-c", "command -v openssl"], capture_output=True).returncode == 0


def ed25519(key, message, signature):
    spki = bytes.fromhex("302a300506032b6570032100") + key
    with tempfile.TemporaryDirectory() as d:
        for name, b in (("k", spki), ("m", message), ("s", signature)):
            with open(os.path.join(d, name), "wb") as f:
                f.write(b)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", d + "/k", "-rawin", "-in", d + "/m", "-sigfile", d + "/s"],
            capture_output=True,
        ).returncode == 0


class Key:
    def __init__(self, vkey):
        self.name, number, key = vkey.split("+", 2)
        key = b64(key)
        need(key[:1] == b"\1" and len(key) == 33, "not an Ed25519 key")
        self.number = sha(self.name.encode() + b"\n" + key)[:4]
        need(self.number.hex() == number, "verifier key's number")
        self.key = key[1:]

    def open(self, note, what):
        text, sigs = note.decode().rsplit("\n\n", 1)
        text += "\n"
        m = re.fullmatch("— (\\S+) (\\S+)\n", sigs)
        need(m and m[1] == self.name, what + " has not exactly one signature of the log")
        sig = b64(m[2])
        need(sig[:4] == self.number and len(sig) == 68, what + " is signed by another key")
        need(not OPENSSL or ed25519(self.key, text.encode(), sig[4:]), what + ": the signature is wrong")
        return text


class Package:
    def __init__(self, file):
        self.zip = zipfile.ZipFile(file)
        self.names = self.zip.namelist()
        need(len(set(self.names)) == len(self.names), "a name stands for two files")
        need(len({n.lower() for n in self.names}) == len(self.names), "two names differ in case only")
        for n in self.names:
            need(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*", n), "the name " + n)
        self.seen = set()
        with open(file, "rb") as f:
            self.container(f)

    def container(self, f):
        """Make the zip again from names and contents, and compare."""
        directory, at, most = b"", 0, 0xFFFFFFFF
        for name in self.names:
            content, n = self.raw(name), name.encode()
            fields = struct.pack("<HHHHHIIIH", 20, 0, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), len(n))
            local = b"PK\3\4" + fields + b"\0\0" + n
            need(f.read(len(local)) == local, name + ": what stands before the file")
            f.seek(len(content), os.SEEK_CUR)
            extra = struct.pack("<HHQ", 1, 8, at) if at >= most else b""
            if extra:
                fields = struct.pack("<H", 45) + fields[2:]
            directory += b"PK\1\2" + struct.pack("<H", 0x314) + fields
            directory += struct.pack("<HHHHII", len(extra), 0, 0, 0, 0o100644 << 16, min(at, most)) + n + extra
            at += len(local) + len(content)
        count, size = len(self.names), len(directory)
        if count >= 0xFFFF or size >= most or at >= most:
            directory += b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 0x32D, 45, 0, 0, count, count, size, at)
            directory += b"PK\6\7" + struct.pack("<IQI", 0, at + size, 1)
        count = min(count, 0xFFFF)
        directory += b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, min(size, most), min(at, most), 0)
        need(f.read() == directory, "the list of files differs from the only form that a package has")

    def raw(self, name):
        try:
            return self.zip.read(name)
        except (KeyError, zipfile.BadZipFile) as e:
            raise Wrong(str(e))

    def read(self, name):
        self.seen.add(name)
        return self.raw("data/" + name)

    def has(self, name):
        return "data/" + name in self.names

    def under(self, folder):
        return [n[5:] for n in self.names if n.startswith("data/" + folder)]

    def document(self, name):
        b = self.read(name)
        need(b.endswith(b"\n"), name + " does not end in a line feed")
        return strict(b[:-1], name)

    def lines(self, folder):
        files = self.under(folder)
        need(files == ["%s%04d.ndjson" % (folder, i) for i in range(len(files))], "the files of " + folder)
        for name in files:
            b = self.read(name)
            need(b.endswith(b"\n"), name + " is cut off")
            for line in b[:-1].split(b"\n"):
                yield strict(line, name)

    def manifests(self):
        listed = {}
        for line in self.raw("manifest-sha256.txt").decode().splitlines():
            h, name = line.split("  ", 1)
            need(name not in listed and name.startswith("data/"), "manifest: " + name)
            listed[name] = h
            need(sha(self.raw(name)).hex() == h, name + " was altered")
        tags = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt"]
        need(self.names == list(listed) + tags + ["tagmanifest-sha256.txt", "manifest.sig"], "the files are not those of the manifest")
        want = "".join("%s  %s\n" % (sha(self.raw(t)).hex(), t) for t in tags)
        need(self.raw("tagmanifest-sha256.txt").decode() == want, "the tag manifest was altered")


def tile(level, n, width):
    s = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        s = "x%03d/%s" % (n % 1000, s)
    return "log/tile/%s/%s" % (level, s) + ("" if width == 256 else ".p/%d" % width)


class Log:
    def __init__(self, p, key, size):
        self.hashes, self.entries, streams = [], [], {}
        for n in range(0, size, 256):
            width, b = min(256, size - n), None
            b = p.read(tile("entries", n // 256, width))
            at = 0
            for _ in range(width):
                (length,) = struct.unpack_from(">H", b, at)
                leaf = b[at + 2 : at + 2 + length]
                at += 2 + length
                self.add(leaf, key.name, streams)
            need(at == len(b), "bytes after the last entry of a bundle")
        level, hashes = 0, self.hashes
        while hashes:
            for n in range(0, len(hashes), 256):
                part = hashes[n : n + 256]
                need(p.read(tile(level, n // 256, len(part))) == b"".join(part), "a tile of level %d was altered" % level)
            hashes = [root(hashes[n : n + 256]) for n in range(0, len(hashes) // 256 * 256, 256)]
            level += 1
        for name in ["log/checkpoint"] + p.under("log/checkpoints/"):
            lines = key.open(p.read(name), name).split("\n")
            need(len(lines) == 4 and lines[0] == key.name and lines[3] == "", name)
            at = int(lines[1])
            need(name == "log/checkpoint" and at == size or name == "log/checkpoints/%d" % at and at <= size, name + ": its size")
            need(root(self.hashes[:at]) == b64(lines[2]), name + ": its root is not that of the entries")

    def add(self, leaf, origin, streams):
        tag = b"soc2.leaf/v1\n"
        i = len(self.entries)
        need(leaf.startswith(tag), "entry %d: no tag" % i)
        e = strict(leaf[len(tag) :], "entry %d" % i)
        seq, prev = streams.get(e["stream"], (0, ""))
        need(e["v"] == 1 and e["log"] == origin, "entry %d: version or log" % i)
        need((e["seq"], e["prev"]) == (seq, prev), "entry %d does not continue its stream" % i)
        h = sha(b"\0", leaf)
        streams[e["stream"]] = (seq + 1, h.hex())
        self.hashes.append(h)
        self.entries.append(e)

    def of(self, *types):
        return [e for e in self.entries if e["type"] in types]


def records(p):
    out, last = {}, b""
    for r in p.lines("records/"):
        raw = canonical(r["record"]).encode()
        h = sha(b"\0", b"soc2.record/v1\n", b64(r["salt"]), raw)
        need(h.hex() == r["hash"], "record %s was altered" % r["hash"])
        need(h > last, "records are not in order")
        last = h
        need(("personal" in r["record"]) == ("personal" in r), "record %s: its personal part" % r["hash"])
        if "personal" in r:
            opens(b64(r["personal_salt"]), "personal", canonical(r["personal"]).encode(), r["record"]["personal"], "personal part of " + r["hash"])
        out[h] = False
    return out


def collections(p, log, known, inside):
    members, first, ended, n = {}, {}, set(), 0
    for e in log.of("collection.manifest"):
        b = e["body"]
        c = b["connection"]
        name = "collections/%s/%d" % (c, b["seq"])
        first.setdefault(c, b["seq"])
        if not p.has(name + ".json"):
            need(not inside(b["finished_at"]), name + " is missing")
            ended.update(members.keys() & {c})
            continue
        need(c not in ended, "a collection before %s is missing" % name)
        begins = c not in members
        now = members.setdefault(c, set())
        raw = p.read(name + ".json")
        salt = p.read(name + ".salt").decode()
        opens(b64(salt.rstrip("\n")), "manifest", raw, e["commit"]["manifest"], name)
        m = json.loads(raw)
        need((m["seq"], m["items"], m["root"]) == (b["seq"], b["n"], b["root"]), name + " and the log disagree")
        delta = p.read(name + ".delta").decode().splitlines() if p.has(name + ".delta") else []
        need(delta == sorted(delta, key=lambda l: l[1:]), name + ": the delta is not in order")
        for line in delta:
            h = bytes.fromhex(line[1:])
            need(h in known, "record %s is missing" % line[1:])
            if line[0] == "+":
                need(h not in now, name + ": added twice")
                now.add(h)
                known[h] = True
            else:
                need(line[0] == "-" and h in now, name + ": removed and no member")
                now.remove(h)
        if not begins or first[c] == b["seq"]:
            plus = sum(l[0] == "+" for l in delta)
            need((plus, len(delta) - plus) == (b["added"], b["removed"]), name + ": the delta and the log disagree")
        need(len(now) == b["n"] and root(sorted(now)).hex() == b["root"], name + ": its members are not those of the log")
        n += 1
    need(all(known.values()), "a record is no member of any collection")
    return n


def runs(log):
    begun, n = {}, 0
    for e in log.of("check.intent", "check.result", "check.broken"):
        b = e["body"]
        if e["type"] == "check.intent":
            for r in b["runs"]:
                need((b["batch"], r["check"]) not in begun, "a run is begun twice")
                begun[b["batch"], r["check"]] = (r["hash"], e["at"])
            continue
        need((b["batch"], b["check"]) in begun, "%s without an intent" % e["type"])
        was, _ = begun.pop((b["batch"], b["check"]))
        if e["type"] == "check.result":
            need(was == b["hash"], "judged with another definition than intended")
            n += 1
    day = log.entries[-1]["at"][:10]
    for (batch, check), (_, at) in begun.items():
        need(at[:10] >= day, "%s in batch %s has no result" % (check, batch))
    return n


def committed(p, log, inside):
    entries = {e["id"]: e for e in log.of("trail.entry") if inside(e["at"])}
    for t in p.lines("trail/"):
        need(t["leaf"] in entries, "trail entry %s is not in the log" % t["leaf"])
        e = entries.pop(t["leaf"])
        opens(b64(t["salt"]), "detail", canonical(t["detail"]).encode(), e["commit"]["detail"], "trail entry " + t["leaf"])
    need(not entries, "trail entries are missing")
    approved = {e["body"]["exclusion"]: e for e in log.of("exclusion.approved")}
    for x in p.document("exclusions.json"):
        e = approved.pop(x["exclusion"])
        opens(b64(x["salt"]), "ref", canonical(x["ref"]).encode(), e["commit"]["ref"], "exclusion " + x["exclusion"])
        opens(b64(x["salt"]), "reason", x["reason"].encode(), e["commit"]["reason"], "exclusion " + x["exclusion"])
    need(not approved, "exclusions are missing")


def evidence(p, log, inside):
    for e in log.of("evidence.captured"):
        if not inside(e["at"]):
            continue
        folder = "objects/%s/" % e["body"]["evidence"]
        o = p.document(folder + "salts.json")
        blobs, commits = e.get("blobs", []), dict(e.get("commit", {}))
        need(o["leaf"] == e["id"] and len(o["files"]) == len(blobs), folder)
        for f, b in zip(o["files"], blobs):
            content = p.read(folder + f["file"])
            need(len(content) == b["size"], folder + f["file"])
            opens(b64(f["salt"]), "blob", content, b["plain"], folder + f["file"])
        for t in o["texts"]:
            opens(b64(t["salt"]), t["path"], t["text"].encode(), commits.pop(t["path"]), folder)
        need(not commits, folder + ": a text is missing")


def named_by_hash(p, log):
    for folder, types in (("kinds/", "kind.declared"), ("checks/", "check.defined")):
        want = {e["body"]["hash"] for e in log.of(types)}
        have = set()
        for name in p.under(folder):
            h = sha(p.read(name)).hex()
            need(name == folder + h + ".json", name + " was altered")
            have.add(h)
        need(want == have, "the files of %s are not those that the log names" % folder)


def verify(file, vkey=None):
    p = Package(file)
    p.manifests()
    header, keys = p.document("package.json"), p.document("log/keys.json")
    need(header["format"] == "soc2.package/v1", "format " + header["format"])
    need(vkey in (None, keys["keys"][0]), "the package is signed by another key")
    key = Key(keys["keys"][0])
    need(key.name == header["origin"] == keys["origin"], "the key is not the log's")
    signed = "soc2.package/v1\n%s\n%s\n" % (key.name, sha(p.raw("tagmanifest-sha256.txt")).hex())
    need(key.open(p.raw("manifest.sig"), "manifest.sig") == signed, "what is signed is not this package")
    inside = lambda at: not header["from"] or header["from"] <= at < header["to"]
    log = Log(p, key, header["size"])
    named_by_hash(p, log)
    known = records(p)
    n = collections(p, log, known, inside)
    judged = runs(log)
    committed(p, log, inside)
    if header["objects"]:
        evidence(p, log, inside)
    for name in p.names:
        if name.startswith("data/") and not name.startswith("data/results/") and name[5:] not in p.seen | {"index.html", "standing.json"}:
            raise Wrong(name + ": nothing speaks of this file")
    print("VERIFIED %d entries, %d collections of %d records, %d runs (not performed again)%s" % (
        len(log.entries), n, len(known), judged, "" if OPENSSL else ", signatures not checked: there is no openssl"))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        verify(*sys.argv[1:])
    except (Wrong, KeyError, ValueError, IndexError, TypeError, AttributeError, struct.error, UnicodeError, zipfile.BadZipFile) as e:
        print("NOT VERIFIED", e)
        sys.exit(1)
