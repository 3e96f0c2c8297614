#!/usr/bin/env python3
"""A second, independent verifier of evidence packages, written from docs/spec
alone, with nothing but Python's standard library, and the program openssl for
time stamps. It does everything that docs/spec/package.md asks for except
evaluating expressions: of the runs it finds everything else, down to the root of
the verdicts where nothing was left out.

usage: verify.py [--policy FILE] [--pin FILE] [--time-roots FILE [--cadence 2h]
                 [--skew 5m] [--stamped-since YYYY-MM-DD]] PACKAGE
       verify.py --vectors FOLDER      test/vectors: every example must come out

exit status: 0 verified, 10 not verified, 1 cannot be read, 2 wrong usage
"""
import base64
import datetime
import hashlib
import hmac
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib


class Wrong(Exception):
    """Something about the package, or an example, does not hold."""


def need(ok, *what):
    if not ok:
        raise Wrong(" ".join(str(w) for w in what))


def sha(*parts):
    d = hashlib.sha256()
    for p in parts:
        d.update(p)
    return d.digest()


# --- leaf.md: notation, canonical JSON ------------------------------------------

def unhex(s):
    need(isinstance(s, str) and re.fullmatch("[0-9a-f]{64}", s), "not a hash:", s)
    return bytes.fromhex(s)


def b64(s, size=None):
    need(isinstance(s, str), "not base64:", s)
    try:
        b = base64.b64decode(s, validate=True)
    except ValueError as e:
        raise Wrong("base64 %s: %s" % (s, e))
    need(base64.b64encode(b).decode() == s, "base64 is not canonical:", s)
    need(size in (None, len(b)), "base64 of", len(b), "bytes, want", size)
    return b


def instant(s, empty=False):
    """A time, as whole milliseconds since 1970; None if empty."""
    if empty and s == "":
        return None
    need(isinstance(s, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", s, re.A), "not a time:", s)
    try:
        t = datetime.datetime.strptime(s[:-1], "%Y-%m-%dT%H:%M:%S.%f")
    except ValueError as e:
        raise Wrong(e)
    return (t - datetime.datetime(1970, 1, 1)) // datetime.timedelta(milliseconds=1)


MINUTE, DAY = 60_000, 86_400_000
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
ESCAPED = re.compile('["\\\\\x00-\x1f]')


def quoted(s):
    return '"' + ESCAPED.sub(lambda m: ESCAPES.get(m[0]) or "\\u%04x" % ord(m[0]), s) + '"'


def canonical(v, depth=0):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, int):
        need(abs(v) < 2**53, "integer too large")
        return str(v)
    if isinstance(v, str):
        return quoted(v)
    need(depth < 64, "deeper than 64")
    if isinstance(v, list):
        return "[" + ",".join(canonical(e, depth + 1) for e in v) + "]"
    need(isinstance(v, dict), "no canonical form for %r" % (v,))
    keys = v if all(map(str.isascii, v)) else {k: k.encode("utf-16-be") for k in v}
    order = sorted(v) if keys is v else sorted(v, key=keys.get)
    return "{" + ",".join(quoted(k) + ":" + canonical(v[k], depth + 1) for k in order) + "}"


def strict(raw, what):
    """Parse canonical JSON, and nothing else."""
    try:
        text = raw.decode("utf-8")
        v = json.loads(text)
        again = canonical(v)
    except (ValueError, RecursionError) as e:
        raise Wrong("%s: %s" % (what, e))
    need(again == text, what, "is not canonical JSON")
    return v


def once(raw, what):
    """Parse JSON that is not canonical, without a member twice."""
    def members(pairs):
        need(len({k for k, _ in pairs}) == len(pairs), what, "has a member twice")
        return dict(pairs)
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=members)
    except (ValueError, RecursionError) as e:
        raise Wrong("%s: %s" % (what, e))


def exactly(v, names, what, optional=()):
    need(isinstance(v, dict) and set(names.split()) <= set(v) <= set(names.split()) | set(optional), what, "has other members than", names)
    return v


def typed(v, types, what):
    """The members of a body that are known, of the right type."""
    for name, t in types.items():
        need(name in v and isinstance(v[name], t) and (t is bool or not isinstance(v[name], bool)), what, "lacks", name)


# --- leaf.md, log.md: hashes, commitments, trees -----------------------------------

def leaf_hash(leaf):
    return sha(b"\0", leaf)


def node(left, right):
    return sha(b"\1", left, right)


def commit(salt, path, value):
    p = path.encode()
    return hmac.new(salt, b"soc2.commit/v1\n" + struct.pack(">I", len(p)) + p + value, "sha256").digest()


def opens(salt, path, value, commitment, what):
    need(hmac.compare_digest(commit(b64(salt, 32), path, value), b64(commitment)), what, "is not what the log commits to")


def record_hash(salt, record):
    return sha(b"\0", b"soc2.record/v1\n", salt, record)


def verdict_hash(record, status):
    return sha(b"\0", b"soc2.verdict/v1\n", record, status.encode())


def root(hashes):
    if not hashes:
        return sha()
    while len(hashes) > 1:
        up = [node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        if len(hashes) % 2:
            up.append(hashes[-1])
        hashes = up
    return hashes[0]


def set_root(hashes):
    return root(sorted(set(hashes)))


def split(n):
    return 1 << ((n - 1).bit_length() - 1)


def included(m, n, h, proof, want):
    """log.md, inclusion: the proof leads from the leaf's hash to the root."""
    need(0 <= m < n, "no such leaf")
    sides = []
    while n > 1:
        k = split(n)
        sides.append(m >= k)
        m, n = (m - k, n - k) if m >= k else (m, k)
    need(len(proof) == len(sides), "the proof has another length")
    for right, p in zip(reversed(sides), proof):
        h = node(p, h) if right else node(h, p)
    need(h == want, "the proof leads to another root")


def consistent(m, n, old, new, proof):
    """log.md, consistency: the tree of m is the beginning of that of n."""
    need(0 < m <= n, "no such trees")
    rest = list(proof)

    def both(m, n, whole):
        if m == n:
            if whole:
                return old, old
            need(rest, "the proof is too short")
            h = rest.pop(0)
            return h, h
        k = split(n)
        if m <= k:
            a, b = both(m, k, whole)
            need(rest, "the proof is too short")
            return a, node(b, rest.pop(0))
        a, b = both(m - k, n - k, False)
        need(rest, "the proof is too short")
        left = rest.pop(0)
        return node(left, a), node(left, b)

    a, b = both(m, n, True)
    need(not rest and a == old and b == new, "the proof leads to other roots")


# --- log.md: keys and notes; RFC 8032 ----------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def on_curve(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P or x == 0 and sign:
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def plus(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, a):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = plus(out, a)
        a, n = plus(a, a), n >> 1
    return out


BASE = on_curve(4 * pow(5, P - 2, P) % P, 0)


def point(b):
    y = int.from_bytes(b, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    return on_curve(y, sign) if y < P else None


def packed(a):
    z = pow(a[2], P - 2, P)
    x, y = a[0] * z % P, a[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def ed25519(key, message, signature):
    a, s = point(key), int.from_bytes(signature[32:], "little")
    if a is None or len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    minus = (P - a[0], a[1], a[2], P - a[3])
    return packed(plus(times(s, BASE), times(k, minus))) == signature[:32]


def signed(seed, message):
    """Only for vectors that say: made anew and signed."""
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254
    key = packed(times(a, BASE))
    r = int.from_bytes(hashlib.sha512(h[32:] + message).digest(), "little") % L
    big = packed(times(r, BASE))
    k = int.from_bytes(hashlib.sha512(big + key + message).digest(), "little") % L
    return key, big + ((r + k * a) % L).to_bytes(32, "little")


def split_note(note, what):
    """The text, and the signatures as (name, bytes); nothing is verified."""
    try:
        note = note.decode()
    except UnicodeDecodeError as e:
        raise Wrong("%s: %s" % (what, e))
    text, gap, rest = note.rpartition("\n\n")
    need(gap and rest.endswith("\n"), what, "has no signature")
    sigs = []
    for line in rest[:-1].split("\n"):
        m = re.fullmatch("— ([^ \n\t\r+]+) ([^ \n]+)", line)
        need(m, what, "has a line that is no signature:", line)
        sigs.append((m[1], b64(m[2])))
    return text + "\n", sigs


def notes(b):
    """Signed notes that stand one after the other."""
    out, signed = [], True
    for line in b.decode("utf-8", "replace").splitlines(keepends=True):
        sig = line.startswith("— ")
        if signed and not sig:
            if line == "\n":
                continue
            out.append("")
        signed = sig
        need(out, "it begins with a signature")
        out[-1] += line
    return [n.encode() for n in out]


class Key:
    def __init__(self, vkey):
        parts = vkey.split("+", 2)
        need(len(parts) == 3 and parts[0] and not re.search(r"\s", parts[0]), "not a verifier key:", vkey)
        self.vkey, self.name, key = vkey, parts[0], b64(parts[2], 33)
        need(key[:1] == b"\1", "not an Ed25519 key:", vkey)
        self.id = sha(self.name.encode() + b"\n" + key)[:4]
        need(self.id.hex() == parts[1], "key id of", vkey)
        self.key = key[1:]

    def open(self, note, what):
        text, sigs = split_note(note, what)
        need(len(sigs) == 1 and sigs[0][0] == self.name, what, "has not exactly one signature, of the log")
        sig = sigs[0][1]
        need(len(sig) == 68, what, "has a signature of another length")
        need(sig[:4] == self.id, what, "is signed by another key")
        need(ed25519(self.key, text.encode(), sig[4:]), what + ": the signature is wrong")
        return text

    def checkpoint(self, note, what):
        """Its size and root."""
        lines = self.open(note, what).split("\n")
        need(len(lines) == 4 and lines[0] == self.name and lines[3] == "", what, "is not a checkpoint of", self.name)
        need(re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]), what, "has the size", lines[1])
        return int(lines[1]), b64(lines[2], 32)


class Cosigner:
    """A witness's key."""

    def __init__(self, vkey):
        parts = vkey.split("+", 2)
        need(len(parts) == 3 and parts[0] and not re.search(r"\s", parts[0]), "not a witness's key:", vkey)
        self.vkey, self.name, key = vkey, parts[0], b64(parts[2], 33)
        need(key[:1] == b"\4", "not an Ed25519 key of a witness:", vkey)
        self.id = sha(self.name.encode() + b"\n" + key)[:4]
        need(self.id.hex() == parts[1], "key id of", vkey)
        self.key = key[1:]

    def seen(self, text, sig, what):
        """When the witness saw the checkpoint, in milliseconds."""
        need(len(sig) == 76 and sig[:4] == self.id, what, "is not a cosignature of", self.name)
        (at,) = struct.unpack(">Q", sig[4:12])
        need(at < 2**63 and ed25519(self.key, b"cosignature/v1\ntime %d\n" % at + text.encode(), sig[12:]), what + ": the cosignature is wrong")
        return at * 1000


class Policy:
    """log.md, pins and policies."""

    def __init__(self, text):
        self.logs, self.witnesses, self.groups, self.quorum, used = [], {}, {}, None, set()
        for line in text.split("\n"):
            need(not re.search("[\x00-\x08\x0b-\x1f\x7f]", line), "policy: a control character")
            words = [w for w in re.split("[ \t]+", line) if w]
            if not words or words[0].startswith("#"):
                continue
            known = set(self.witnesses) | set(self.groups)
            new = len(words) > 1 and words[1] not in known | {"none"}
            if words[0] == "log" and len(words) in (2, 3):
                key = Key(words[1])
                need(key.key not in [k.key for k in self.logs], "policy: a log twice")
                self.logs.append(key)
            elif words[0] == "witness" and len(words) in (3, 4) and new:
                key = Cosigner(words[2])
                need(key.key not in [k.key for k in self.witnesses.values()], "policy: a witness twice")
                self.witnesses[words[1]] = key
            elif words[0] == "group" and len(words) >= 4 and new:
                members = words[3:]
                for m in members:
                    need(m in known and m not in used, "policy:", line)
                    used.add(m)
                k = {"all": len(members), "any": 1}.get(words[2]) or int(words[2] if re.fullmatch("[1-9][0-9]*", words[2]) else 0)
                need(1 <= k <= len(members), "policy:", line)
                self.groups[words[1]] = k, members
            else:
                need(words[0] == "quorum" and len(words) == 2 and self.quorum is None and words[1] in known | {"none"}, "policy:", line)
                self.quorum = words[1]
        need(self.logs and self.quorum, "policy: it names no log, or no quorum")

    def met(self, by, name=None):
        name = name or self.quorum
        if name == "none" or name in self.witnesses:
            return name == "none" or name in by
        k, members = self.groups[name]
        return sum(self.met(by, m) for m in members) >= k


# --- package.md: container ---------------------------------------------------------

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
TAGS = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", "manifest.sig"]
M32 = 0xFFFFFFFF


def local(name, content):
    fields = struct.pack("<HHHHHIIIH", 20, 0, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), len(name))
    return fields, b"PK\3\4" + fields + b"\0\0" + name.encode()


def ending(members):
    """The list of files and the end; members are (name, shared fields, offset)."""
    out, start = b"", 0
    for name, fields, at, end in members:
        extra = struct.pack("<HHQ", 1, 8, at) if at >= M32 else b""
        if extra:
            fields = struct.pack("<H", 45) + fields[2:]
        out += b"PK\1\2" + struct.pack("<H", 0x314) + fields
        out += struct.pack("<HHHHII", len(extra), 0, 0, 0, 0x81A40000, min(at, M32)) + name.encode() + extra
        start = end
    n, size = len(members), len(out)
    if n >= 0xFFFF or size >= M32 or start >= M32:
        out += b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 0x32D, 45, 0, 0, n, n, size, start)
        out += b"PK\6\7" + struct.pack("<IQI", 0, start + size, 1)
    n = min(n, 0xFFFF)
    return out + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, n, n, min(size, M32), min(start, M32), 0)


def tag_files(payload, info):
    """The contents of the tag files but the signature."""
    manifest = "".join("%s  data/%s\n" % (sha(c).hex(), n) for n, c in payload)
    oxum = "Payload-Oxum: %d.%d\n" % (sum(len(c) for _, c in payload), len(payload))
    files = [b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", (info + oxum).encode(), manifest.encode()]
    files.append("".join("%s  %s\n" % (sha(c).hex(), n) for n, c in zip(TAGS, files)).encode())
    return files


def bagged(payload, info, sign):
    """A package of payload files; sign gets the tag manifest."""
    files = tag_files(payload, info)
    files.append(sign(files[3]))
    out, members = b"", []
    for name, content in [("data/" + n, c) for n, c in payload] + list(zip(TAGS, files)):
        fields, head = local(name, content)
        members.append((name, fields, len(out), len(out) + len(head) + len(content)))
        out += head + content
    return out + ending(members)


class Package:
    """Every byte of the file is looked at here, before anything is believed."""

    def __init__(self, b):
        need(len(b) >= 22 and b[-22:-18] == b"PK\5\6", "this is not a package")
        n, size, at = struct.unpack("<HII", b[-12:-2])
        if b[-98:-94] == b"PK\6\6":
            n, size, at = struct.unpack("<QQQ", b[-66:-42])
        need(at + size <= len(b), "the end contradicts the length")
        self.files, members, seen, folders, pos, where = {}, [], set(), set(), 0, at
        for _ in range(n):
            need(b[where : where + 4] == b"PK\1\2", "the list of files is cut off")
            length, extra = struct.unpack_from("<I2xH", b, where + 24)[0], struct.unpack_from("<H", b, where + 30)[0]
            width = struct.unpack_from("<H", b, where + 28)[0]
            name = b[where + 46 : where + 46 + width].decode("latin-1")
            need(PLAIN.fullmatch(name) and len(name) <= 240, "the name", repr(name))
            low = name.lower()
            need(low not in seen and low not in folders, "a name stands for two files:", name)
            seen.add(low)
            parts = low.split("/")
            above = {"/".join(parts[:i]) for i in range(1, len(parts))}
            need(not above & seen, name, "is below a file")
            folders |= above
            start = pos + 30 + len(name)
            content = b[start : start + length]
            fields, head = local(name, content)
            need(len(content) == length < M32 and b[pos:start] == head, name + ": what stands before it, or its content, was altered")
            self.files[name] = content
            members.append((name, fields, pos, start + length))
            pos, where = start + length, where + 46 + width + extra
        need(pos == at and b[at:] == ending(members), "the list of files is not in its only form")
        names = list(self.files)
        need(names[-5:] == TAGS and all(x.startswith("data/") for x in names[:-5]), "the files are not those of a bag")
        self.payload = [(x[5:], self.files[x]) for x in names[:-5]]
        self.info = self.files["bag-info.txt"].decode()
        need(self.info.endswith("\n") and all(": " in l for l in self.info.split("\n")[:-1]), "bag-info.txt")
        self.info = "".join(l + "\n" for l in self.info.split("\n")[:-2])
        for name, want in zip(TAGS, tag_files(self.payload, self.info)):
            need(self.files[name] == want, name, "does not list these files, or a file was altered")
        self.data, self.read_names = dict(self.payload), set()

    def read(self, name, limit=1 << 20):
        need(name in self.data, name, "is missing")
        need(len(self.data[name]) <= limit, name, "is too long")
        self.read_names.add(name)
        return self.data[name]

    def under(self, folder):
        return [n for n in self.data if n.startswith(folder)]

    def document(self, name, limit=1 << 20):
        b = self.read(name, limit)
        need(b.endswith(b"\n"), name, "does not end in a line feed")
        return strict(b[:-1], name)

    def lines(self, folder):
        files = self.under(folder)
        need(files == ["%s%04d.ndjson" % (folder, i) for i in range(len(files))], "the files of", folder)
        for name in files:
            b = self.read(name, 64 << 20)
            need(b.endswith(b"\n") or not b, name, "is cut off")
            for line in b.split(b"\n")[:-1]:
                yield strict(line, name)


# --- log.md, leaf.md: the log --------------------------------------------------------

def tile(level, n, width):
    s = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        s = "x%03d/%s" % (n % 1000, s)
    return "log/tile/%s/%s" % (level, s) + ("" if width == 256 else ".p/%d" % width)


ENVELOPE = "v type log id at actor stream seq prev anchor body"
TAG = b"soc2.leaf/v1\n"


def envelope(leaf, what):
    need(leaf.startswith(TAG) and len(leaf) <= 65535, what, "has no tag, or is too long")
    e = exactly(strict(leaf[len(TAG) :], what), ENVELOPE, what, ("commit", "blobs"))
    typed(e, {"v": int, "seq": int, "body": dict, **{n: str for n in "type log id at actor stream prev anchor".split()}}, what)
    need(e["v"] == 1, what, "has the version", e["v"])
    for name, empty in (("commit", {}), ("blobs", [])):
        need(name not in e or isinstance(e[name], type(empty)) and e[name] != empty, what, "has wrong or empty", name)
    need(all(isinstance(c, str) for c in e.get("commit", {}).values()), what, "commits to something else")
    for b in e.get("blobs", []):
        typed(exactly(b, "name size media plain", what), {"name": str, "size": int, "media": str, "plain": str}, what)
    e["ms"] = instant(e["at"])
    return e


class Log:
    def __init__(self, p, key, size, pins):
        self.hashes, self.entries, streams = [], [], {}
        self.origin, self.anchor, self.short = key.name, "", []
        points = {}
        need(size <= 256 * len(p.data), "more entries are promised than there are files")
        for name in ["log/checkpoint"] + p.under("log/checkpoints/"):
            at, r = key.checkpoint(p.read(name), name)
            need(at == size if name == "log/checkpoint" else name == "log/checkpoints/%d" % at and at <= size, name, "is of size", at)
            need(points.setdefault(at, r) == r, "two histories of size", at)
        need(all(at <= size for at in pins), "the package was cut, or is older than the pin")
        for n in range(0, size, 256):
            width, at = min(256, size - n), 0
            b = p.read(tile("entries", n // 256, width), 256 * 65537)
            for _ in range(width):
                need(at + 2 <= len(b), "a bundle is cut off")
                (length,) = struct.unpack_from(">H", b, at)
                leaf = b[at + 2 : at + 2 + length]
                need(len(leaf) == length, "a bundle is cut off")
                at += 2 + length
                self.add(leaf, key.name, streams)
            need(at == len(b), "bytes after the last entry of a bundle")
        self.levels = [self.hashes]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
        level, hashes = 0, self.hashes
        while hashes:
            for n in range(0, len(hashes), 256):
                part = hashes[n : n + 256]
                need(p.read(tile(level, n // 256, len(part))) == b"".join(part), "a tile of level", level, "was altered")
            hashes = [root(hashes[n : n + 256]) for n in range(0, len(hashes) // 256 * 256, 256)]
            level += 1
        for at, r in points.items():
            need(self.root(at) == r, "the root of the first", at, "entries is not the signed one")
        for at, r in pins.items():
            need(self.root(at) == r, "the log is not the one of the pin: a FORK")
        need(self.entries[0]["type"] == "log.opened", "the log does not begin with log.opened")
        self.end = self.entries[-1]["ms"]

    def root(self, size):
        """Of the first entries."""
        if size == 0:
            return sha()

        def over(lo, n):
            if n & (n - 1) == 0:
                level = n.bit_length() - 1
                return self.levels[level][lo >> level]
            k = split(n)
            return node(over(lo, k), over(lo + k, n - k))
        return over(0, size)

    def checkpoint(self, size):
        """The text of the checkpoint over the first entries."""
        return "%s\n%d\n%s\n" % (self.origin, size, base64.b64encode(self.root(size)).decode())

    def add(self, leaf, origin, streams):
        i = len(self.entries)
        e = envelope(leaf, "entry %d" % i)
        need(e["log"] == origin, "entry", i, "belongs to", e["log"])
        need(e["anchor"] == self.anchor, "entry", i, "does not name the newest time stamp before it")
        if e["type"] == "anchor.tsa":
            self.anchor = unhex(e["body"].get("token")).hex()
        need((e["seq"], e["prev"]) == streams.get(e["stream"], (0, "")), "entry", i, "does not continue its stream")
        h = leaf_hash(leaf)
        streams[e["stream"]] = (e["seq"] + 1, h.hex())
        e["index"] = i
        self.hashes.append(h)
        self.entries.append(e)

    def of(self, *types):
        return [e for e in self.entries if e["type"] in types]


MOST = 10 * 366 * 24 * 60 * 60  # seconds between two collections
BODIES = {
    "log.opened": (None, {}),
    "trail.entry": ("trail", {}),
    "trail.erased": ("trail", {}),
    "kind.declared": ("kind/%(kind)s", {"kind": str, "version": int, "hash": str}),
    "connector.enabled": ("connection/%(connection)s", {"connection": str}),
    "connector.disabled": ("connection/%(connection)s", {"connection": str}),
    "connector.scheduled": ("connection/%(connection)s", {"connection": str, "every": int}),
    "collection.intent": ("connection/%(connection)s", {"connection": str, "seq": int}),
    "collection.manifest": ("connection/%(connection)s", {
        "connection": str, "connector": str, "version": str, "seq": int, "started_at": str, "finished_at": str,
        "kinds": list, "n": int, "added": int, "removed": int, "root": str}),
    "check.defined": ("check/%(check)s", {"check": str, "version": int, "hash": str, "params": dict, "effective_at": str}),
    "check.intent": ("check", {"batch": str, "runs": list}),
    "check.broken": ("check/%(check)s", {"batch": str, "check": str}),
    "check.result": ("check/%(check)s", {
        "batch": str, "run": str, "check": str, "version": int, "hash": str, "params": dict, "program": str, "engine": str, "now": str,
        "from": str, "to": str, "inputs": list, "exclusions": list, "status": str, "reason": str, "counts": dict, "root": str}),
    "exclusion.approved": ("exclusion/%(exclusion)s", {"exclusion": str, "check": str, "from": str, "until": str}),
    "exclusion.ended": ("exclusion/%(exclusion)s", {"exclusion": str}),
    "evidence.captured": ("evidence", {"evidence": str}),
    "anchor.tsa": ("anchor", {"authority": str, "size": int, "token": str, "time": str}),
    "anchor.witness": ("anchor", {"key": str, "size": int, "time": str, "cosignature": str}),
}


def bodies(log):
    """package.md, step 8, of every entry by itself."""
    for e in log.entries:
        stream, types = BODIES.get(e["type"], (None, {}))
        b, what = e["body"], "entry %d, %s" % (e["index"], e["type"])
        typed(b, types, what)
        need(stream is None or stream % b == e["stream"], what, "is in the stream", e["stream"])
        for name, kind in types.items():
            if name in ("hash", "root", "program"):
                unhex(b[name])
            elif name.endswith("_at") or name in ("now", "from", "until") or name == "to" and kind is str:
                b[name + " ms"] = instant(b[name], empty=name != "now")
        need(e["type"] != "connector.scheduled" or 1 <= b["every"] <= MOST, what, "is no interval")
        for i in b["inputs"] if e["type"] == "check.result" else []:
            typed(i, {"kind": str, "connection": str, "leaf": str, "use": str, "seq": int}, what)
        for r in b["runs"] if e["type"] == "check.intent" else []:
            typed(r, {"check": str, "hash": str}, what)
        if e["type"] == "check.result":
            names = "listed out population excluded pass fail unknown"
            typed(exactly(b["counts"], names, what), dict.fromkeys(names.split(), int), what)


# --- record.md: kinds, records, collections --------------------------------------------

FIELD = "name type of fields unit meaning enum optional personal volatile".split()


def declared(p, log):
    out, versions = {}, set()
    for name in p.under("kinds/"):
        b = p.read(name)
        need(name == "kinds/%s.json" % sha(b).hex(), name, "was altered")
        s = exactly(once(b, name), "kind version title family fields", name, ("label", "at", "facets"))
        need(re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", s["kind"]) and s["family"] in ("state", "event"), name)
        need((s["family"] == "event") == bool(s.get("at")), name, "has no instant, or one too many")
        fields = list(s["fields"])
        while fields:
            f = exactly(fields.pop(), "name type", name, FIELD)
            fields += f.get("fields", []) + ([f["of"]] if "of" in f else [])
        need((s["kind"], s["version"]) not in versions, s["kind"], "has a version twice")
        versions.add((s["kind"], s["version"]))
        out[sha(b).hex()] = s
    named = {}
    for e in log.of("kind.declared"):
        s = out.get(e["body"]["hash"])
        need(s and (s["kind"], s["version"]) == (e["body"]["kind"], e["body"]["version"]), "the declaration of", e["body"]["kind"])
        named[e["body"]["hash"]] = s
    need(len(named) == len(out), "a declaration that the log does not name")
    return out


def defined(p, log):
    out = {}
    for name in p.under("checks/"):
        b = p.read(name)
        need(name == "checks/%s.json" % sha(b).hex(), name, "was altered")
        out[sha(b).hex()] = strict(b, name)
    need(set(out) == {e["body"]["hash"] for e in log.of("check.defined")}, "the definitions are not those that the log names")
    return out


class Record:
    __slots__ = ("ref", "part", "schema", "fields", "unavailable", "used")


def record_of(c):
    exactly(c, "kind authority id part schema fields", "a record", ("unavailable", "personal"))
    typed(c, {"kind": str, "authority": str, "id": str, "part": str, "schema": int, "fields": dict}, "a record")
    need(c.get("personal", "x"), "a record commits to nothing")
    need(c.get("unavailable", [""]) and all(isinstance(u, str) for u in c.get("unavailable", [])), "unavailable fields of a record")
    return c


def records(p, kinds):
    out, last = {}, b""
    versions = {(s["kind"], s["version"]): s for s in kinds.values()}
    for line in p.lines("records/"):
        r = exactly(line, "hash record salt" + (" personal personal_salt" if "personal" in line else ""), "a record")
        c = record_of(r["record"])
        h = unhex(r["hash"])
        need(record_hash(b64(r["salt"], 32), canonical(c).encode()) == h, "record", r["hash"], "was altered")
        need(h > last, "records are not in order")
        last = h
        need(c["part"] in ("state", "seen") and (c["kind"], c["schema"]) in versions, "record", r["hash"], "is of no declared kind")
        need(("personal" in c) == ("personal" in r), "record", r["hash"] + ": its personal part")
        x = Record()
        x.fields = dict(c["fields"])
        if "personal" in r:
            need(isinstance(r["personal"], dict), "record", r["hash"])
            opens(r["personal_salt"], "personal", canonical(r["personal"]).encode(), c["personal"], "personal part of " + r["hash"])
            x.fields.update(r["personal"])
        x.ref, x.part, x.schema = (c["kind"], c["authority"], c["id"]), c["part"], versions[c["kind"], c["schema"]]
        x.unavailable, x.used = set(c.get("unavailable", [])), False
        out[h] = x
    return out


def about_same(a, b):
    """An RFC 3339 time of a manifest, cut to milliseconds, and a time of a leaf."""
    m = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z", a or "", re.A)
    return m is not None and m[1] + "." + (m[2] or "").ljust(3, "0")[:3] + "Z" == b


MANIFEST = "connection connector version scope parameters seq started_at finished_at calls kinds items added removed root"
CALL = "name parameters pages items upstream retries refused truncated first_at last_at problem".split()


def agree(raw, b, name):
    m = exactly(once(raw, name), MANIFEST, name, ("problem",))
    need(all(m[a] == b[c] for a, c in (("connection",) * 2, ("connector",) * 2, ("version",) * 2, ("seq",) * 2, ("items", "n"), ("added",) * 2,
         ("removed",) * 2, ("root",) * 2)) and about_same(m["started_at"], b["started_at"]) and about_same(m["finished_at"], b["finished_at"]),
         name, "and the log disagree")
    for c in m["calls"] or []:
        exactly(c, "", name, CALL)
    need(len(m["kinds"] or []) == len(b["kinds"]), name, "and the log disagree about kinds")
    for k, w in zip(m["kinds"] or [], b["kinds"]):
        exactly(k, "kind", name, ("items", "complete", "problems", "from", "to"))
        need((k["kind"], k.get("items", 0), k.get("complete", False)) == (w["kind"], w["items"], w["complete"]), name, "and the log disagree")
        need("to" in k and about_same(k["to"], w.get("to")) if w.get("to") else not k.get("to"), name, "and the log disagree")
        need(not w.get("to") or about_same(k["from"], w["from"]), name, "and the log disagree")


def rows(log, families, inside):
    """package.md, collections: which of each connection are in the package."""
    all_of, needs = {}, {}
    for e in log.of("collection.manifest"):
        b = e["body"]
        have = all_of.setdefault(b["connection"], [])
        need(not have or have[-1]["body"]["seq"] < b["seq"], "collections of", b["connection"], "do not ascend")
        have.append(e)
    for e in log.of("check.result"):
        for i in e["body"]["inputs"] if inside(e["body"]["now ms"]) else []:
            first, last = needs.setdefault(i["connection"], {}).get(i["kind"], (i["seq"], i["seq"]))
            needs[i["connection"]][i["kind"]] = min(first, i["seq"]), max(last, i["seq"])
    out = {}
    for name, have in all_of.items():
        places = [i for i, e in enumerate(have) if inside(e["body"]["finished_at ms"])]
        at = {e["body"]["seq"]: i for i, e in enumerate(have)}
        for kind, (first, last) in needs.get(name, {}).items():
            if first not in at or last not in at:
                continue
            i = at[first]
            while i > 0 and (families.get(kind) == "event" or not any(k["kind"] == kind and k["complete"] for k in have[i]["body"]["kinds"])):
                i -= 1
            places += [i, at[last]]
        if places:
            out[name] = min(places) == 0, {e["id"] for e in have[min(places) : max(places) + 1]}
    return out


class Population:
    """record.md, population: of one kind from one connection."""

    def __init__(self, family):
        self.event, self.by, self.changed, self.frozen = family == "event", {}, True, None

    def add(self, h, r):
        self.by.setdefault(r.ref, {})[r.part] = [h, True]
        self.changed = True

    def remove(self, h, r):
        have = self.by.get(r.ref, {}).get(r.part)
        if have and have[0] == h and not self.event:
            have[1], self.changed = False, True

    def settle(self):
        if not self.event:
            kept = {ref: {p: x for p, x in parts.items() if x[1]} for ref, parts in self.by.items()}
            self.by = {ref: parts for ref, parts in kept.items() if parts}

    def freeze(self):
        """(resource, hash of the state record) of every resource."""
        if self.changed:
            self.frozen = tuple((ref, parts["state"][0]) for ref, parts in self.by.items() if "state" in parts)
            self.changed = False
        return self.frozen


def collections(p, log, known, families, inside):
    """Verifies the collections; returns what each kind was at each of them."""
    begun, members, populations, views, n = set(), {}, {}, {}, 0
    row = rows(log, families, inside)
    for e in log.of("collection.intent", "collection.manifest"):
        b, place = e["body"], (e["body"]["connection"], e["body"]["seq"])
        if e["type"] == "collection.intent":
            need(place not in begun, "collection %s/%d begins twice" % place)
            begun.add(place)
            continue
        need(place in begun, "collection %s/%d has no intent" % place)
        begun.discard(place)
        name = "collections/%s/%d" % place
        whole, here = row.get(place[0], (False, ()))
        if e["id"] not in here:
            continue  # a file of it is left over, and found then
        raw, salt = p.read(name + ".json", 256 << 20), p.read(name + ".salt").decode("latin-1")
        need(salt.endswith("\n"), name, "has no salt")
        opens(salt[:-1], "manifest", raw, e.get("commit", {}).get("manifest"), name)
        agree(raw, b, name)
        counted(log, json.loads(raw), b["finished_at ms"], name)
        delta, came, last = [], 0, ""
        if name + ".delta" in p.data:
            text = p.read(name + ".delta", 2 << 30).decode("latin-1")
            need(text.endswith("\n"), name + ": the delta")
            delta = text.split("\n")[:-1]
        first = place[0] not in members
        now = members.setdefault(place[0], {})
        of = populations.setdefault(place[0], {})
        for gone in (True, False):
            for line in delta:
                h = unhex(line[1:])
                r = known.get(h)
                need(r and line[0] in "+-", name + ": record", line[1:], "is missing")
                if gone:
                    need(line[1:] > last, name + ": the delta is not in order")
                    last = line[1:]
                if (line[0] == "-") != gone:
                    continue
                need((h in now) == gone, name + ": a record comes twice, or goes and is no member")
                pop = of.setdefault(r.ref[0], Population(families[r.ref[0]]))
                if gone:
                    del now[h]
                    pop.remove(h, r)
                else:
                    now[h] = r.used = True
                    pop.add(h, r)
                    came += 1
        if not first or whole:
            need((came, len(delta) - came) == (b["added"], b["removed"]), name + ": the delta and the log disagree")
        need(len(now) == b["n"], name, "has", len(now), "members")
        if delta or first:
            members[place[0], "root"] = set_root(now)
        need(members[place[0], "root"].hex() == b["root"], name + ": its members are not those of the log")
        for k in b["kinds"]:
            pop = of.setdefault(k["kind"], Population(families.get(k["kind"])))
            if k["complete"]:
                pop.settle()
            views[e["id"], k["kind"]] = pop.freeze()
        n += 1
    need(all(r.used for r in known.values()), "a record is no member of any collection")
    return views, n, len(begun)


# --- package.md: what is missing -----------------------------------------------------------

HOUR = 60 * MINUTE


def counted(log, manifest, at, name):
    """A source that says that there is more than came, of a listing that says it is complete."""
    if all(k.get("complete") for k in manifest["kinds"] or []):
        for c in manifest.get("calls") or []:
            if c.get("upstream", 0) > c.get("items", 0):
                log.short.append((at, at, "%s: the source counts %d, and %d came" % (name, c["upstream"], c["items"])))


def gaps(log, checks, start, end):
    """What the log shows to be missing: no objection."""
    out, every, since, off, last, begun, tested = list(log.short), {}, {}, {}, {}, {}, {}

    def due(c, until):
        if every.get(c) and c in since and c not in off and (until - since[c]) // every[c] > 1:
            out.append((since[c] + every[c], until, "%s was not collected, %d times" % (c, (until - since[c]) // every[c] - 1)))
            since[c] = until

    def ran(check, until):
        if check in tested:
            at, digest, params = tested[check]
            m = re.fullmatch(r"(\d+)([mhdw])", params.get("freshness") or checks.get(digest, {}).get("freshness", ""))
            fresh = int(m[1]) * {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}[m[2]] if m else until - at
            if until - at > fresh:
                out.append((at + fresh, until, check + " did not run"))

    now = 0
    for e in log.entries:
        b, now, kind = e["body"], e["ms"], e["type"]
        c = b.get("connection")
        if kind == "connector.enabled":
            if c in off:
                out.append((off.pop(c), now, c + " was switched off"))
            since[c] = now
        elif kind == "connector.disabled":
            due(c, now)
            off[c] = now
        elif kind == "connector.scheduled":
            due(c, now)
            if b["every"] * 1000 < every.get(c, b["every"] * 1000 + 1):
                since[c] = now
            every[c] = b["every"] * 1000
        elif kind == "collection.intent":
            every.setdefault(c, DAY if c.startswith("register/") else 0)
            due(c, now)
            if c in last and b["seq"] > last[c] + 1:
                out.append((since[c], now, "%s: nothing is said of collections %d to %d" % (c, last[c] + 1, b["seq"] - 1)))
            last[c], since[c], begun[c, b["seq"]] = b["seq"], now, now
        elif kind == "collection.manifest":
            begun.pop((c, b["seq"]), None)
        elif kind == "check.defined":
            tested.setdefault(b["check"], (b["effective_at ms"], b["hash"], b["params"]))
        elif kind == "check.result":
            ran(b["check"], b["now ms"])
            tested[b["check"]] = (b["now ms"], b["hash"], b["params"])
    for c in list(since):
        due(c, now)
    for check in tested:
        ran(check, now)
    out += [(at, None, c + " is switched off") for c, at in off.items()]
    out += [(at, at, "collection %d of %s broke off" % (n, c)) for (c, n), at in begun.items() if at < now - DAY]
    return sorted((g for g in out if start is None or g[0] < end and (g[1] is None or g[1] >= start)), key=lambda g: (g[0], g[2]))


# --- package.md: what others said ----------------------------------------------------------

class Authorities:
    """Whose word on time is believed; times in milliseconds."""

    def __init__(self, roots, cadence=2 * 60 * MINUTE, skew=5 * MINUTE, since=None):
        self.roots, self.cadence, self.skew, self.since = roots, cadence, skew, since


def der(b, at=0):
    """The tag, the content and the end of one element."""
    need(at + 2 <= len(b), "DER: cut off")
    tag, n, at = b[at], b[at + 1], at + 2
    if n >= 0x80:
        k = n & 0x7F
        need(1 <= k <= 4 and at + k <= len(b), "DER: a length")
        n, at = int.from_bytes(b[at : at + k], "big"), at + k
    need(at + n <= len(b), "DER: cut off")
    return tag, b[at : at + n], at + n


def parts(b):
    out, at = [], 0
    while at < len(b):
        tag, content, at = der(b, at)
        out.append((tag, content))
    return out


SHA256 = bytes.fromhex("0609608648016503040201")


def statement(token):
    """What a token says: the hash, and when in milliseconds. openssl verifies it."""
    tag, outer, end = der(token)
    need(tag == 0x30 and end == len(token), "no time stamp, or something after it")
    (_, kind), (wrap, signed) = parts(outer)
    need(kind.hex() == "2a864886f70d010702" and wrap == 0xA0, "no signed data")
    version, _, content = parts(der(signed)[1])[:3]
    (_, kind), (_, text) = parts(content[1])
    need(version[1] == b"\3" and kind.hex() == "2a864886f70d0109100104", "not about time")
    info = parts(der(der(text)[1])[1])
    algorithm, digest = parts(info[2][1])
    need(info[0][1] == b"\1" and algorithm[1].startswith(SHA256) and len(digest[1]) == 32, "not about a SHA-256 hash")
    m = re.fullmatch(r"(\d{14})(?:\.(\d*[1-9]))?Z", info[4][1].decode("latin-1"), re.A)
    need(info[4][0] == 0x18 and m, "its time")
    t = datetime.datetime.strptime(m[1], "%Y%m%d%H%M%S") - datetime.datetime(1970, 1, 1)
    return digest[1], t // datetime.timedelta(milliseconds=1) + int((m[2] or "").ljust(3, "0")[:3])


def openssl(*args):
    need(shutil.which("openssl"), "openssl is not installed, and time stamps cannot be verified without it")
    return subprocess.run(("openssl",) + args, capture_output=True).returncode == 0


def stamped(token, digest, at, authorities, what):
    """A token's signature, its certificate's purpose and chain; or, when nobody's
    word on time is believed, that its own certificate signed it."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "token")
        with open(file, "wb") as f:
            f.write(token)
        if authorities is None:
            held = openssl("cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", file, "-out", os.path.join(folder, "x"))
        else:
            roots = os.path.join(folder, "roots")
            with open(roots, "wb") as f:
                f.write(authorities.roots)
            held = openssl("ts", "-verify", "-digest", digest.hex(), "-token_in", "-in", file, "-CAfile", roots, "-attime", str(at // 1000))
        need(held, what, "does not hold")


def anchors(p, log, key, size, policy, authorities):
    """package.md, step 7: what others said of the log."""
    moments, borne = [], set()
    for e in log.of("anchor.tsa", "anchor.witness"):
        b, what = e["body"], "entry %d, %s" % (e["index"], e["type"])
        need(1 <= b["size"] <= e["index"], what, "is about entries that were not there")
        text, at = log.checkpoint(b["size"]), instant(b["time"])
        borne.add(e["index"])
        if e["type"] == "anchor.witness":
            need(Cosigner(b["key"]).seen(text, b64(b["cosignature"]), what) == at, what, "says another time than the witness")
            continue
        token = p.read("anchors/%s.tst" % b["token"], 1 << 16)
        need(sha(token).hex() == b["token"], what + ": the token was altered")
        digest, said = statement(token)
        need(digest == sha(text.encode()), what + ": the token is about something else, its imprint differs")
        need(said == at, what, "says another time than the token")
        stamped(token, digest, said, authorities, what + ": the token")
        moments.append((b["size"], said))
    by = {}
    if "anchors/checkpoint" in p.data:
        text, sigs = split_note(p.read("anchors/checkpoint"), "anchors/checkpoint")
        name, raw = sigs[0]
        alone = "%s\n— %s %s\n" % (text, name, base64.b64encode(raw).decode())
        need(key.checkpoint(alone.encode(), "anchors/checkpoint") == (size, log.root(size)), "anchors/checkpoint is not that of the log")
        need(len({(n, raw[:4]) for n, raw in sigs}) == len(sigs) and all(len(raw) > 4 for _, raw in sigs), "anchors/checkpoint: somebody signed twice")
        for name, w in policy.witnesses.items() if policy else []:
            for n, raw in sigs[1:]:
                if (n, raw[:4]) == (w.name, w.id):
                    by[name] = w.seen(text, raw, "anchors/checkpoint")
    need(policy is None or policy.met(by), "the policy asks for witnesses of these", size, "entries, and the quorum is not met")
    if authorities is not None:
        need(moments, "time stamps are asked for, and the log has none")
        bounds(log, sorted(moments), borne, authorities)
    return len(moments), sorted(by)


def bounds(log, moments, borne, a):
    """No entry claims a time that the time stamps around it do not allow."""
    first = [at for _, at in moments]  # the earliest of the time stamps from here on
    for i in range(len(first) - 2, -1, -1):
        first[i] = min(first[i], first[i + 1])
    after, n, last = 0, 0, log.end
    for e in log.entries:
        while n < len(moments) and moments[n][0] <= e["index"]:
            after, n = max(after, moments[n][1]), n + 1
        promised = e["index"] not in borne and (a.since is None or e["ms"] >= a.since)
        what = "entry %d says that it was recorded at %s" % (e["index"], e["at"])
        need(e["ms"] >= after - a.skew, what, "and was not in the log when an authority stamped those before it: it was back-dated")
        if n == len(moments):
            need(not promised or last - e["ms"] <= a.cadence, what, "and no time stamp came after it")
            continue
        need(e["ms"] <= first[n] + a.skew, what, "and an authority stamped it before: it was post-dated")
        need(not promised or first[n] - e["ms"] <= a.cadence, what, "and the first time stamp with it is later than was promised")


# --- package.md: what else is committed to -----------------------------------------------

def committed(p, log, inside):
    period = [e for e in log.of("trail.entry") if inside(e["ms"])]
    entries = {e["id"]: e for e in period}
    need(len(entries) == len(period), "two trail entries have one id")
    left = {entry: (e["id"], c) for e in log.of("trail.erased") for entry, c in e.get("commit", {}).items()}
    for t in p.lines("trail/"):
        exactly(t, "detail leaf salt", "a trail entry", ("erased",))
        need(t["leaf"] in entries, "trail entry", t["leaf"], "is not in the log, or twice here")
        e = entries.pop(t["leaf"])
        if "erased" in t:
            last, commit = left.get(t["leaf"], ("", None))
            need(t["erased"] == last, "trail entry", t["leaf"], "is said to be what an erasure left, and the log does not say so")
            opens(t["salt"], t["leaf"], canonical(t["detail"]).encode(), commit, "trail entry " + t["leaf"])
            continue
        opens(t["salt"], "detail", canonical(t["detail"]).encode(), e.get("commit", {}).get("detail"), "trail entry " + t["leaf"])
    need(not entries, len(entries), "trail entries are missing")
    approved = {e["body"]["exclusion"]: e for e in log.of("exclusion.approved")}
    refs = {}
    for x in p.document("exclusions.json", 64 << 20):
        exactly(exactly(x, "exclusion reason ref salt", "an exclusion")["ref"], "authority id kind", "an exclusion")
        need(x["exclusion"] in approved, "exclusion", x["exclusion"], "was never approved, or is there twice")
        c = approved.pop(x["exclusion"]).get("commit", {})
        opens(x["salt"], "ref", canonical(x["ref"]).encode(), c.get("ref"), "exclusion " + x["exclusion"])
        opens(x["salt"], "reason", x["reason"].encode(), c.get("reason"), "exclusion " + x["exclusion"])
        refs[x["exclusion"]] = x["ref"]["kind"], x["ref"]["authority"], x["ref"]["id"]
    need(not approved, "exclusions are missing")
    return refs


def evidence(p, log, inside):
    for e in log.of("evidence.captured"):
        if not inside(e["ms"]):
            continue
        folder = "objects/%s/" % e["body"]["evidence"]
        o = exactly(p.document(folder + "salts.json", 64 << 20), "evidence leaf files texts", folder)
        blobs, commits = e.get("blobs", []), dict(e.get("commit", {}))
        need((o["leaf"], o["evidence"]) == (e["id"], e["body"]["evidence"]) and len(o["files"]) == len(blobs), folder)
        for f, b in zip(o["files"], blobs):
            content = p.read(folder + exactly(f, "file salt", folder)["file"], M32)
            need(len(content) == b["size"], folder + f["file"])
            opens(f["salt"], "blob", content, b["plain"], folder + f["file"])
        for t in o["texts"]:
            exactly(t, "path salt text", folder)
            opens(t["salt"], t["path"], t["text"].encode(), commits.pop(t["path"], None), folder)
        need(not commits, folder, "lacks a text")


# --- package.md: runs --------------------------------------------------------------------

def examination(p, log):
    """The working papers, and every sample drawn again (sample.md)."""
    sealed = {e["id"]: e for e in log.of("population.captured", "register.frozen")}
    seen = set()
    for c in p.document("workpapers/proofs.json"):
        exactly(c, "file leaf path salt", "workpapers/proofs.json")
        need(c["leaf"] in sealed and c["file"] not in seen, c["file"], "is listed twice, or its entry is not in the log")
        seen.add(c["file"])
        name = "workpapers/" + c["file"]
        opens(c["salt"], c["path"], p.read(name), sealed[c["leaf"]].get("commit", {}).get(c["path"]), name)
    for name in p.under("workpapers/"):
        p.read(name)
    order = {e["id"]: i for i, e in enumerate(log.entries)}
    fixed = {e["id"]: e["body"] for e in log.of("sample.committed")}
    outside = [(order[e["id"]], e["body"]["size"]) for e in log.of("anchor.tsa", "anchor.witness")]
    drawn = 0
    for e in log.of("sample.drawn"):
        d, c = e["body"], fixed.get(e["body"]["committed"])
        need(c and c["sample"] == d["sample"] and order[d["committed"]] < order[e["id"]], d["sample"], "was not committed to before")
        capture = sealed.get(c["capture"], {"body": {}})["body"]
        need(all(c[k] == capture.get(k) for k in ("population", "root", "n")), d["sample"], "is not of what was captured")
        if c["method"] == "judgemental":
            continue
        n, size, drawn = c["n"], d["selected"], drawn + 1
        need(0 <= size <= n <= 1000000, d["sample"], "cannot be drawn")
        if c["method"] == "whole":
            need(size == n, d["sample"], "is not the whole population")
            continue
        nonce = unhex(d["nonce"])
        need(sha(b"soc2.nonce/v1\n", nonce).hex() == c["nonce"], d["sample"], "has another nonce than was committed to")
        heads = [s for i, s in outside if i < order[e["id"]] and s > order[d["committed"]]]
        need(heads and log.root(min(heads)).hex() == d["checkpoint"], d["sample"], "was not drawn with the first head that was seen outside")
        seed = sha(b"soc2.sample/v1\n", unhex(c["root"]), unhex(d["checkpoint"]), nonce)
        need(seed.hex() == d["seed"], d["sample"], "has another seed")
        if c["method"] == "systematic":
            start = int.from_bytes(sha(b"soc2.start/v1\n", seed), "big") % n if n else 0
            items = [(start + i * n) // size for i in range(size)]
        else:
            need(c["method"] == "random", d["sample"], "is drawn in a way that is not known")
            items = sorted(range(n), key=lambda i: (sha(seed, struct.pack(">Q", i)), i))[:size]
        need(items == d["items"], d["sample"], "selects other items")
    return "%d working papers opened, %d samples drawn again; " % (len(seen), drawn)


def vocabulary():
    """The facets, which are a part of the program's hash (check.md)."""
    try:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "vectors", "facets.json"), "rb") as f:
            return json.load(f)
    except OSError:
        return None


class Runs:
    def __init__(self, p, log, kinds, checks, known, views, refs, inside):
        self.checks, self.known, self.views, self.refs, self.inside = checks, known, views, refs, inside
        self.facets = vocabulary()
        self.begun, self.seen = {}, set()
        self.defined, self.exclusions, self.ended = {}, {}, {}
        self.listings, self.switches = {}, {}
        self.newest, self.states = {}, [({}, None)]
        self.kinds = kinds
        self.starts, self.stops, self.open = {}, {}, {}
        self.n = self.programs = self.roots = self.outside = 0
        self.memo, self.last = {}, {}
        for s in p.lines("results/"):
            names = "check kind authority id label status reason message since until run_in run_out"
            typed(exactly(s, names, "a result"), dict.fromkeys(names.split(), str), "a result")
            instant(s["since"], empty=True), instant(s["until"], empty=True)
            self.starts.setdefault(s["run_in"], []).append(s)
            if s["run_out"]:
                self.stops.setdefault(s["run_out"], []).append(s)
        for e in log.entries:
            name = e["type"].replace(".", "_")
            if e["type"] in BODIES and hasattr(self, name):
                try:
                    getattr(self, name)(e, e["body"])
                except Wrong as w:
                    raise Wrong("entry %d, %s: %s" % (e["index"], e["type"], w))
        need(not self.starts and not self.stops, "a result begins or ends in a run that is not in the log")
        for (batch, check), (_, first) in self.begun.items():
            need(first["ms"] >= log.end - DAY, check, "in batch", batch, "has no result")

    def certainly(self, e, begun):
        return e["index"] < begun["index"] and e["ms"] <= begun["ms"] - 5 * MINUTE

    def kind_declared(self, e, b):
        if self.newest.get(b["kind"], {"version": 0})["version"] < b["version"]:
            self.newest = dict(self.newest, **{b["kind"]: self.kinds[b["hash"]]})
        self.states.append((self.newest, e))

    def connector_enabled(self, e, b):
        self.switches.setdefault(b["connection"], []).append(e)

    connector_disabled = connector_enabled

    def collection_manifest(self, e, b):
        for k in b["kinds"]:
            self.listings.setdefault(k["kind"], {}).setdefault(b["connection"], []).append(e)

    def check_defined(self, e, b):
        need(b["effective_at ms"] >= e["ms"] - 5 * MINUTE, "it is retroactive")
        self.defined.setdefault(b["check"], []).append(e)

    def exclusion_approved(self, e, b):
        need(b["from ms"] >= e["ms"] - 5 * MINUTE, "it is retroactive")
        self.exclusions.setdefault(b["check"], []).append(e)

    def exclusion_ended(self, e, b):
        self.ended[b["exclusion"]] = e

    def check_intent(self, e, b):
        firsts = [f for (batch, _), (_, f) in self.begun.items() if batch == b["batch"]]
        for r in b["runs"]:
            need((b["batch"], r["check"]) not in self.begun, r["check"], "is begun twice")
            self.begun[b["batch"], r["check"]] = unhex(r["hash"]).hex(), firsts[0] if firsts else e

    def check_broken(self, e, b):
        need(self.begun.pop((b["batch"], b["check"]), None), b["check"], "was not begun")

    def check_result(self, e, b):
        was, begun = self.begun.pop((b["batch"], b["check"]), ("", None))
        need(was == b["hash"], "it was not begun, or with another definition")
        need(begun["ms"] - 5 * MINUTE <= b["now ms"] <= e["ms"] + 5 * MINUTE, "judged at another time than begun and ended")
        need(b["run"] not in self.seen, "a run has two results")
        self.seen.add(b["run"])
        self.n += 1
        active = self.stretches(b)
        if not self.inside(b["now ms"]):
            self.outside += 1
            return
        d = self.definition(b, begun)
        state = self.program(b, d, begun)
        own, needed = self.inputs(b, d, begun, state)
        self.sources(b, needed, begun, e)
        self.excluded(b, begun)
        self.verdicts(b, d, own, state, active)

    def stretches(self, b):
        now = self.open.setdefault(b["check"], {})
        for s in self.stops.pop(b["run"], []):
            need(now.pop((s["kind"], s["authority"], s["id"]), None) is s, "a stretch ends that did not begin")
        for s in self.starts.pop(b["run"], []):
            ref = s["kind"], s["authority"], s["id"]
            need(s["check"] == b["check"] and ref not in now, "a stretch begins in a run of another check, or over another")
            now[ref] = s
        return now

    def definition(self, b, begun):
        for e in reversed(self.defined.get(b["check"], [])):
            d = e["body"]
            if d["effective_at ms"] is not None and d["effective_at ms"] > b["now ms"]:
                continue
            if (d["hash"], d["version"], d["params"]) == (b["hash"], b["version"], b["params"]):
                out = self.checks[b["hash"]]
                need((out["id"], out["version"]) == (b["check"], b["version"]), "the file defines", out["id"])
                return out
            need(not self.certainly(e, begun), "another definition was in force")
        raise Wrong("its definition was never put in force")

    def sources_of(self, d, state):
        """The kinds of the check and its lookups, and the facets."""
        own = about(d, state)
        read, facets = list(own), {d["facet"]} if "facet" in d else set()
        for l in (d.get("lookups") or {}).values():
            read += [l["kind"]] if "kind" in l else claiming(l["facet"], state)
            facets |= {l["facet"]} if "facet" in l else set()
        return own, read, facets

    def program(self, b, d, begun):
        """The kinds as they were declared, with which the program's hash is right."""
        first = max([i for i, (_, e) in enumerate(self.states) if e is None or self.certainly(e, begun)])
        for state, _ in reversed(self.states[first:]):
            _, read, facets = self.sources_of(d, state)
            if facets and self.facets is None or not set(read) <= set(state):
                continue
            key = b["hash"], canonical(b["params"]), id(state)
            if key not in self.memo:
                params = {n: b["params"].get(n, p["default"]) for n, p in (d.get("params") or {}).items()}
                params |= {n: v for n, v in b["params"].items() if n == "freshness"}
                text = canonical({"check": b["hash"], "params": params, "kinds": {k: state[k] for k in read}, "facets": {f: self.facets[f] for f in facets}})
                self.memo[key] = sha(text.encode()).hex()
            if self.memo[key] == b["program"]:
                self.programs += 1
                return state
        need(self.facets is None, "definition, parameters and kinds do not make the program")
        return self.newest

    def inputs(self, b, d, begun, state):
        own, read, _ = self.sources_of(d, state)
        needed = set(read) | set(d.get("requires") or []) | ({d["empty_second"]} if d.get("empty_second") else set())
        given, out = set(), []
        for i in b["inputs"]:
            need(i["kind"] in needed and (i["kind"], i["connection"]) not in given, "the input", i["kind"], "is twice there, or not needed")
            given.add((i["kind"], i["connection"]))
            need(i["use"] == ("population" if i["kind"] in read else "require"), i["kind"], "is used as", i["use"])
            for e in reversed(self.listings.get(i["kind"], {}).get(i["connection"], [])):
                if e["body"]["seq"] == i["seq"]:
                    need(e["id"] == i["leaf"], "collection", i["seq"], "is not the entry", i["leaf"])
                    break
                need(not self.certainly(e, begun), "there was a newer collection of", i["connection"])
            else:
                raise Wrong("%s has no collection %d of %s" % (i["connection"], i["seq"], i["kind"]))
            if i["use"] == "population":
                need((i["leaf"], i["kind"]) in self.views, "collection", i["seq"], "of", i["connection"], "is not in the package")
                if i["kind"] in own:
                    out.append((i["kind"], self.views[i["leaf"], i["kind"]]))
        self.given = given
        return out, needed

    def sources(self, b, needed, begun, e):
        for kind in needed:
            for connection, list_of in self.listings.get(kind, {}).items():
                if (kind, connection) in self.given or not self.certainly(list_of[0], begun):
                    continue
                off = False
                for s in self.switches.get(connection, []):
                    off = s["type"] == "connector.disabled" or not self.certainly(s, begun)
                    if not self.certainly(s, begun):
                        break
                need(off, connection, "lists", kind, "and was left out")

    def excluded(self, b, begun):
        counted = set()
        for e in self.exclusions.get(b["check"], []):
            x, end = e["body"], self.ended.get(e["body"]["exclusion"])
            now = x["from ms"] <= b["now ms"] < x["until ms"]
            if x["exclusion"] in b["exclusions"]:
                need(now and not (end and self.certainly(end, begun)), "the exclusion", x["exclusion"], "counted and was not in force")
                counted.add(x["exclusion"])
            else:
                need(not now or end or not self.certainly(e, begun), "the exclusion", x["exclusion"], "was in force and did not count")
        need(len(counted) == len(b["exclusions"]), "an exclusion counted that was not approved")

    def verdicts(self, b, d, own, state, active):
        c = b["counts"]
        single = d.get("scope", "resource") == "resource"
        need(c["listed"] == c["out"] + c["population"] and min(c.values()) >= 0, "the counts do not add up")
        if single:
            need(c["population"] == c["excluded"] + c["pass"] + c["fail"] + c["unknown"], "the counts do not add up")
        tally = {"fail": 0, "unknown": 0, "excluded": 0}
        for ref, s in active.items():
            need(s["status"] in tally and (s["status"] == "unknown") == (s["reason"] != ""), "a stretch is", s["status"])
            tally[s["status"]] += 1
        if single:
            need(tally == {k: c[k] for k in tally}, "the counts are not those of the results")
        need((b["status"] == "unknown") == (b["reason"] != ""), "status and reason")
        need(b["status"] == "fail" if c["fail"] else b["status"] in ("pass", "unknown", "excluded", "no_occurrence"), "it is", b["status"])
        need(b["status"] != "pass" or c["pass"] > 0 and not c["unknown"] or not single, "it is pass")
        key = [id(pop) for _, pop in own], b["from"], b["to"], b["hash"], {ref: s["status"] for ref, s in active.items()}
        if self.last.get(b["check"]) == (key, c, b["root"]):
            self.roots += single and c["out"] == 0
            return  # as the run before
        self.last[b["check"]] = key, c, b["root"]
        hashes, kinds = {}, state or self.newest
        for kind, pop in own:
            at = instant_field(kinds[kind], d.get("facet"))
            for ref, h in pop:
                if at and not self.happened(self.known[h], at, b):
                    continue
                hashes[ref] = min(h, hashes.get(ref, h))
        need(len(hashes) == c["listed"], "it lists", c["listed"], "resources, and there are", len(hashes))
        if single and c["out"] == 0:
            need(set(active) <= set(hashes), "a result is about a resource that was not listed")
            said = [verdict_hash(h, active[ref]["status"] if ref in active else "pass") for ref, h in hashes.items()]
            need(set_root(said).hex() == b["root"], "its verdicts have another root")
            self.roots += 1

    def happened(self, r, at, b):
        if at in r.unavailable or at not in r.fields:
            return True
        t = instant(r.fields[at])
        return b["from ms"] <= t < b["to ms"]


QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.ASCII)
ASKED = re.compile(r"(?:^|[^\w.])r\s*\.\s*\??\s*([A-Za-z_]\w*)", re.ASCII)


def about(d, state):
    """The kinds that a check is about: of a facet, those that lack nothing that it asks for."""
    if "kind" in d:
        return [d["kind"]]
    texts = [d.get("where", ""), d["assert"], d.get("message", "")] + [l["expr"] for l in d.get("let") or []]
    asks = {f for t in texts for f in ASKED.findall(QUOTED.sub('""', t))}
    return [k for k in claiming(d["facet"], state)
            if not any(c["facet"] == d["facet"] and asks & set(c.get("lacks") or {}) for c in state[k]["facets"])]


def claiming(facet, state):
    return [k for k, s in state.items() if any(c["facet"] == facet for c in s.get("facets") or [])]


def instant_field(schema, facet):
    """The field that says when an event happened."""
    if schema["family"] != "event":
        return None
    for c in schema.get("facets") or []:
        if c["facet"] == facet:
            return c["fields"].get("at", {}).get("from", schema["at"])
    return schema["at"]


# --- everything, in the order of package.md ------------------------------------------------

def moment(ms):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)).strftime("%Y-%m-%d %H:%M UTC")


def verify(b, policy=None, pin=None, authorities=None):
    p = Package(b)
    h = exactly(p.document("package.json"), "format origin size org name from to made_at made_by objects", "package.json")
    need(h["format"] in ("soc2.package/v1", "soc2.package/v2", "soc2.package/v3"), "format", h["format"])
    need(h["format"] != "soc2.package/v1" or not p.under("anchors/"), "a package of this format has no anchors/")
    typed(h, {"origin": str, "size": int, "org": str, "name": str, "made_by": str, "objects": bool}, "package.json")
    start, end = instant(h["from"], empty=True), instant(h["to"], empty=True)
    instant(h["made_at"], empty=True)
    need(h["size"] >= 1 and (start is None) == (end is None) and (start is None or start < end), "package.json: size or period")
    own = exactly(p.document("log/keys.json"), "keys origin", "log/keys.json")
    need(len(own["keys"]) == 1, "more than one key")
    key = Key(own["keys"][0])
    need(key.name == h["origin"] == own["origin"], "the key is not the log's")
    need(policy is None or key.vkey in [k.vkey for k in policy.logs], "the policy does not name this key")
    text = "%s\n%s\n%s\n" % (h["format"], key.name, sha(p.files["tagmanifest-sha256.txt"]).hex())
    need(key.open(p.files["manifest.sig"], "manifest.sig") == text, "what is signed is not this package")
    pins = {}
    for note in notes(pin) if pin is not None else []:
        at, r = key.checkpoint(note, "the pin")
        need(pins.setdefault(at, r) == r, "two pins of one size: a FORK")
    need(pin is None or pins, "the pin holds no checkpoint")
    inside = lambda t: start is None or start <= t < end
    log = Log(p, key, h["size"], pins)
    bodies(log)
    stamps, witnesses = anchors(p, log, key, h["size"], policy, authorities)
    kinds, checks = declared(p, log), defined(p, log)
    families = {s["kind"]: s["family"] for s in kinds.values()}
    known = records(p, kinds)
    views, n, interrupted = collections(p, log, known, families, inside)
    refs = committed(p, log, inside)
    if h["objects"]:
        evidence(p, log, inside)
    papers = examination(p, log) if h["format"] == "soc2.package/v3" else ""
    runs = Runs(p, log, kinds, checks, known, views, refs, inside)
    left = set(p.data) - p.read_names - {"index.html", "standing.json"}
    need(not left, min(left, default=""), "is a file that nothing speaks of")
    trust = "under the key of the policy" if policy else "under the key of the pin" if pin else "self-consistent only: the keys came from the package"
    missing = gaps(log, checks, start, end)
    return ("%d entries, %d collections of %d records, %d begun without a manifest, %d runs: of %d in the period %d programs and %d roots of verdicts "
            "made again, no expression evaluated; %d time stamps%s, cosigned by %s; %s" % (len(log.entries), n, len(known), interrupted, runs.n, runs.n - runs.outside, runs.programs, runs.roots,
            stamps, ", nobody's word on time is believed" if authorities is None else " under the roots given", ", ".join(witnesses) or "nobody", papers + trust)
            + "".join("\nMISSING %s%s: %s" % (moment(a), "" if a == z else " and since" if z is None else " to " + moment(z), what) for a, z, what in missing))


ANY = (KeyError, ValueError, IndexError, TypeError, AttributeError, struct.error, RecursionError, OverflowError)


def answer(b, policy=None, pin=None, authorities=None):
    """The exit code, and what to say."""
    try:
        return 0, "VERIFIED " + verify(b, policy, pin, authorities)
    except Wrong as e:
        return 10, "NOT VERIFIED %s" % e
    except ANY as e:
        return 10, "NOT VERIFIED %s: %s" % (type(e).__name__, e)


def main(args):
    files = dict.fromkeys("--policy --pin --vectors --time-roots --cadence --skew --stamped-since".split())
    while len(args) > 1 and args[0] in files:
        files[args[0]], args = args[1], args[2:]
    if files["--vectors"] and not args:
        return vectors(files["--vectors"])
    if len(args) != 1 or args[0].startswith("-") or files["--vectors"]:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        given = {name: open(files["--" + name], "rb").read() for name in ("pin", "policy", "time-roots") if files["--" + name]}
        b = open(args[0], "rb").read()
    except OSError as e:
        print(e, file=sys.stderr)
        return 1
    try:
        policy = Policy(given["policy"].decode()) if "policy" in given else None
        authorities = asked(given["time-roots"], files) if "time-roots" in given else None
    except (Wrong, ValueError) as e:
        print(e, file=sys.stderr)
        return 2
    code, text = answer(b, policy, given.get("pin"), authorities)
    print(text)
    return code


def asked(roots, given):
    """The bounds of time from the command line."""
    a = Authorities(roots)
    for name in ("cadence", "skew"):
        if given["--" + name]:
            m = re.fullmatch(r"(\d+)([smh])", given["--" + name], re.A)
            need(m, "--" + name, "is a time such as 90m")
            setattr(a, name, int(m[1]) * {"s": 1000, "m": MINUTE, "h": 60 * MINUTE}[m[2]])
    if given["--stamped-since"]:
        a.since = instant(given["--stamped-since"] + "T00:00:00.000Z")
    return a


# --- test/vectors ----------------------------------------------------------------------------

def refused(what, why, attempt):
    try:
        attempt()
    except (Wrong, *ANY):
        return
    raise Wrong("%s, %s: accepted" % (what, why))


def text_of(r):
    return bytes.fromhex(r["hex"]) if r.get("hex") else r.get("text", "").encode()


def simple_vectors(load):
    n = 0
    v = load("canon.json")
    for s in v["accepted"]:
        strict(s.encode(), s)
    for r in v["refused"]:
        refused("canon.json", r["why"], lambda: strict(text_of(r), r["why"]))
    n += len(v["accepted"]) + len(v["refused"])
    v = load("leaf.json")
    for l in v["leaves"]:
        envelope(l["leaf"].encode(), "leaf.json")
        need(leaf_hash(l["leaf"].encode()).hex() == l["hash"], "leaf.json:", l["leaf"])
    for r in v["refused"]:
        refused("leaf.json", r["why"], lambda: envelope(text_of(r), r["why"]))
    for c in v["commitments"]:
        opens(c["salt"], c["path"], c["value"].encode(), c["commitment"], "leaf.json: a commitment")
    n += len(v["leaves"]) + len(v["refused"]) + len(v["commitments"])
    v = load("record.json")
    for r in v["records"]:
        record_of(strict(r["record"].encode(), "record.json"))
        need(record_hash(b64(r["salt"], 32), r["record"].encode()).hex() == r["hash"], "record.json:", r["record"])
    for r in v["refused"]:
        refused("record.json", r["why"], lambda: record_of(strict(text_of(r), r["why"])))
    for s in v["sets"]:
        need(set_root([unhex(h) for h in s["hashes"]]).hex() == s["root"], "record.json: a set")
    for r in v["runs"]:
        need(set_root([verdict_hash(unhex(h), s) for h, s in r["verdicts"]]).hex() == r["root"], "record.json: a run")
    return n + sum(map(len, v.values()))


def tree_vectors(load):
    v = load("tree.json")
    hashes = [leaf_hash(bytes.fromhex(l)) for l in v["leaves"]]
    roots = [unhex(r) for r in v["roots"]]
    need([root(hashes[:i]) for i in range(len(roots))] == roots, "tree.json: a root")
    for p in v["inclusion"]:
        try:
            included(p["index"], p["size"], hashes[p["index"]], [unhex(h) for h in p["hashes"] or []], roots[p["size"]])
            held = True
        except Wrong:
            held = False
        need(held == p["holds"], "tree.json:", p)
    for p in v["consistency"]:
        try:
            consistent(p["from"], p["to"], roots[p["from"]], roots[p["to"]], [unhex(h) for h in p["hashes"] or []])
            held = True
        except Wrong:
            held = False
        need(held == p["holds"], "tree.json:", p)
    for t in v["tiles"]:
        names, level, n = ["entries"], 0, t["size"]
        wanted = []
        for level in ["entries"] + list(range(8)):
            full, rest = divmod(n, 256)
            wanted += [tile(level, full - 1, 256)] if full else []
            wanted += [tile(level, full, rest)] if rest else []
            n = n if level == "entries" else full
        need([w[4:] for w in wanted] == t["names"], "tree.json: tiles of", t["size"])
    return sum(map(len, v.values()))


def note_vectors(load):
    v = load("note.json")
    key = Key(v["key"])
    need(signed(bytes.fromhex(v["seed"]), b"")[0] == key.key, "note.json: the seed")
    for c in v["checkpoints"]:
        need(key.checkpoint(c["note"].encode(), "a checkpoint") == (c["size"], unhex(c["root"])), "note.json:", c["note"])
    for r in v["refused"]:
        refused("note.json", r["why"], lambda: key.checkpoint(text_of(r), r["why"]))
    for r in v["keys_refused"]:
        refused("note.json", r["why"], lambda: Key(text_of(r).decode()))
    for s in v["policies"]["accepted"]:
        Policy(s)
    for r in v["policies"]["refused"]:
        refused("note.json", r["why"], lambda: Policy(text_of(r).decode()))
    return len(v["checkpoints"]) + len(v["refused"]) + len(v["keys_refused"]) + sum(map(len, v["policies"].values()))


def edited(b, v, case):
    """What test/vectors/doc.go says."""
    p = Package(b)
    payload, again = [list(x) for x in p.payload], "sign" in case
    at = lambda name: next(x for x in payload if x[0] == name)
    for e in case.get("edits", []):
        if e["op"] in ("flip", "set", "insert", "cut"):
            continue
        again = True
        if e["op"] == "add":
            payload.append([e["file"], e.get("text", "").encode()])
        elif e["op"] == "remove":
            payload.remove(at(e["file"]))
        elif e["op"] == "rename":
            at(e["file"])[0] = e["to"]
        elif e["op"] == "swap":
            x, y = at(e["file"]), at(e["with"])
            x[1], y[1] = y[1], x[1]
        else:
            need(e["op"] == "replace" and e["old"].encode() in at(e["file"])[1], "no such edit:", e)
            at(e["file"])[1] = at(e["file"])[1].replace(e["old"].encode(), e.get("new", "").encode(), 1)
    if again:
        name = v["key"].split("+")[0]

        def sign(tags):
            if case.get("sign", "old") == "old":
                return p.files["manifest.sig"]
            text = "soc2.package/v%d\n%s\n%s\n" % (2 if "anchors/checkpoint" in p.data and b"package/v2" in dict(map(tuple, payload))["package.json"] else 1, name, sha(tags).hex())
            key, signature = signed(bytes.fromhex(v["seeds"][case["sign"]]), text.encode())
            line = base64.b64encode(sha(name.encode() + b"\n\1" + key)[:4] + signature).decode()
            return ("%s\n— %s %s\n" % (text, name, line)).encode()

        b = bagged([tuple(x) for x in payload], p.info, sign)
    b = bytearray(b)
    for e in case.get("edits", []):
        i, by = e.get("at", 0), bytes.fromhex(e.get("hex", ""))
        if e["op"] == "flip":
            b[i] ^= 1 << e.get("bit", 0)
        elif e["op"] == "set":
            b[i : i + len(by)] = by
        elif e["op"] == "insert":
            b[i:i] = by
        elif e["op"] == "cut":
            del b[i:]
    return bytes(b)


def package_vectors(v, b, file):
    for case in v["cases"]:
        policy = Policy(v["policies"][case["policy"]]) if "policy" in case else None
        pin = v["pins"][case["pin"]].encode() if "pin" in case else None
        authorities = asked(v["roots"].encode(), {"--cadence": v["cadence"], "--skew": "", "--stamped-since": ""}) if case.get("time") else None
        code, text = answer(edited(b, v, case), policy, pin, authorities)
        need(code == case["exit"], "%s, %s: %d, want %d: %s" % (file, case["name"], code, case["exit"], text))
    return len(v["cases"])


def vectors(folder):
    """Every example of the folder must come out as it says."""
    def load(name):
        with open(os.path.join(folder, name), "rb") as f:
            return json.load(f)
    try:
        n = simple_vectors(load) + tree_vectors(load) + note_vectors(load)
        for name in ("package", "anchored", "erased"):
            with open(os.path.join(folder, name + ".zip"), "rb") as f:
                n += package_vectors(load(name + ".json"), f.read(), name + ".json")
    except Wrong as e:
        print("NOT AS EXPECTED", e)
        return 10
    except OSError as e:
        print(e, file=sys.stderr)
        return 1
    print("%d examples come out as expected" % n)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
