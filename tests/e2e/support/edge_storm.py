#!/usr/bin/env python3
"""A storm over the edge: an origin of many moods before it, impatient clients behind it, both by a seed.

edge_storm.py EDGE-PROGRAM SECONDS SEED: starts the origin and the edge, lets clients ask at random, and checks every
answer that looks whole: its bytes are those of the version it names, in one piece or in the part asked for; what is
private is the asker's own; what breaks off does not look whole. It goes on beyond SECONDS until each of WANTED was seen.
"""
import asyncio
import random
import sys

program, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
dice = random.Random(seed)
PATHS = [f"/{n}" for n in range(12)]
WANTED = ("200 HIT", "200 MISS", "206 HIT", "200 STALE", "200 REVALIDATED", "200 EXPIRED")
PATIENCE = 150  # seconds, for what hangs; nothing is judged by it
versions = {path: 1 for path in PATHS}
seen = {}


def body_of(path, version, foo=""):
    text = f"{path} version {version} foo {foo} "
    return (text * (1 + (version * 7919 + int(path[1:]) * 104729) % 3000))[: 1 + version * 37 + int(path[1:]) * 9001].encode()


def fields_of(path, version, foo):
    n = int(path[1:])
    life = dice.choice(["max-age=60", "max-age=1", "max-age=0, must-revalidate", "no-cache", "max-age=5, stale-while-revalidate=5",
                        "max-age=1, stale-if-error=60", "no-store"])
    fields = [f"Cache-Control: {life}", f"X-Version: {version}", f"X-Foo: {foo}"]
    if n % 2:
        fields.append(f'ETag: "{version}-{foo}"')
    if n % 3 == 0:
        fields.append("Vary: Foo")
    if dice.random() < 0.3:
        fields.append(f"Age: {dice.randrange(70)}")
    return fields


def framed(status, fields, body, head):
    """The message in one of its framings, and whether the connection must close behind it."""
    top = f"HTTP/1.1 {status}\r\n" + "".join(f"{f}\r\n" for f in fields)
    shape = dice.randrange(3)
    if head or status.startswith("304"):
        return [top.encode() + (f"Content-Length: {len(body)}\r\n" if not status.startswith("304") else "").encode() + b"\r\n"], False
    if shape == 0:
        return [f"{top}Content-Length: {len(body)}\r\n\r\n".encode(), body], False
    if shape == 1:
        pieces, at = [f"{top}Transfer-Encoding: chunked\r\n\r\n".encode()], 0
        while at < len(body):
            size = dice.randrange(1, 1 + len(body))
            pieces.append(b"%x\r\n%s\r\n" % (len(body[at:at + size]), body[at:at + size]))
            at += size
        return pieces + [b"0\r\n\r\n"], False
    return [f"{top}Connection: close\r\n\r\n".encode(), body], True


async def answer(writer, method, path, fields):
    """True when the connection may go on."""
    mood = dice.random()
    if mood < 0.03:
        return False
    if mood < 0.06:
        writer.write(b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno")
        return True
    if mood < 0.07:
        writer.write(dice.randbytes(dice.randrange(300)))
        return False
    if dice.random() < 0.3:
        await asyncio.sleep(dice.random() * 0.05)
    if path.startswith("/private"):
        own = fields.get("cookie", "").encode()
        pieces, close = framed("200 OK", ["Cache-Control: " + dice.choice(["private, max-age=60", "no-store", "max-age=60, private"])], own, method == "HEAD")
    elif method not in ("GET", "HEAD"):
        versions[path] += 1
        pieces, close = framed("200 OK", ["Cache-Control: no-store"], b"done", False)
    else:
        if dice.random() < 0.02:
            versions[path] += 1
        version, foo = versions[path], fields.get("foo", "") if int(path[1:]) % 3 == 0 else ""
        body, out, status = body_of(path, version, foo), fields_of(path, version, foo), "200 OK"
        if int(path[1:]) % 2 and fields.get("if-none-match") == f'"{version}-{foo}"':
            status, body = "304 Not Modified", b""
        elif "range" in fields and "if-range" not in fields and method == "GET" and fields["range"].startswith("bytes=") and dice.random() < 0.7:
            first, _, last = fields["range"][6:].partition("-")
            lo = int(first) if first else max(0, len(body) - int(last))
            hi = min(len(body) - 1, int(last)) if last and first else len(body) - 1
            if lo <= hi:
                status, out = "206 Partial Content", out + [f"Content-Range: bytes {lo}-{hi}/{len(body)}"]
                body = body[lo:hi + 1]
        pieces, close = framed(status, out, body, method == "HEAD")
    # Where the end of the connection ends the body, nobody can tell a cut.
    cut = dice.randrange(len(pieces)) if not close and dice.random() < 0.03 else None
    for i, piece in enumerate(pieces):
        if cut == i:
            writer.write(piece[: len(piece) // 2])
            return False
        writer.write(piece)
        if dice.random() < 0.1:
            await writer.drain()
            await asyncio.sleep(dice.random() * 0.01)
    await writer.drain()
    return not close


async def origin(reader, writer):
    try:
        more = True
        while more:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path = head[0].split(" ")[:2]
            fields = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
            await reader.readexactly(int(fields.get("content-length", 0)))
            more = await answer(writer, method, path, fields)
    except (asyncio.IncompleteReadError, ConnectionError, BrokenPipeError):
        pass
    finally:
        writer.close()


async def read_answer(reader, method):
    """Status, fields, body; None when it broke off."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        fields = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
        if method == "HEAD" or status in (204, 304):
            return status, fields, None
        if "chunked" in fields.get("transfer-encoding", ""):
            body = b""
            while True:
                size = int((await reader.readuntil(b"\r\n")), 16)
                piece = await reader.readexactly(size + 2)
                assert piece.endswith(b"\r\n")
                if size == 0:
                    return status, fields, body
                body += piece[:-2]
        return status, fields, await reader.readexactly(int(fields["content-length"]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def check(method, path, sent, got):
    if got is None:
        seen["broken off"] = seen.get("broken off", 0) + 1
        return
    status, fields, body = got
    word = f"{status} {fields.get('x-cache')}"
    seen[word] = seen.get(word, 0) + 1
    if status in (502, 503, 504, 304) or body is None or method not in ("GET", "HEAD"):
        return
    if path.startswith("/private"):
        assert body.decode() == sent.get("Cookie", ""), (path, sent, body)
        return
    if status == 416:
        assert "Range" in sent, sent
        return
    whole = body_of(path, int(fields["x-version"]), fields["x-foo"])
    if int(path[1:]) % 3 == 0:
        assert fields["x-foo"] == sent.get("Foo", ""), (path, sent, fields)
    if status == 206:
        assert "Range" in sent, (sent, fields)
        first, last = fields["content-range"].split(" ")[1].split("/")[0].split("-")
        assert body == whole[int(first):int(last) + 1] and fields["content-range"].endswith(f"/{len(whole)}"), (path, sent, fields, len(body))
    else:
        assert status == 200 and body == whole, (path, sent, status, fields, len(body), len(whole))


async def client(port, name, until):
    loop = asyncio.get_running_loop()
    while loop.time() < until or (loop.time() < until + PATIENCE and not all(word in seen for word in WANTED)):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for _ in range(dice.randrange(1, 12)):
                path = dice.choice(PATHS + ["/private"])
                method = dice.choices(["GET", "HEAD", "POST", "PURGE"], [80, 8, 4, 2])[0] if path != "/private" else "GET"
                sent = {"Host": "a"}
                if dice.random() < 0.5:
                    sent["Foo"] = dice.choice(["1", "2"])
                if path == "/private":
                    sent["Cookie"] = f"{name}-{dice.randrange(100)}"
                elif method == "GET":
                    sent.update(dice.choices([{}, {"Range": dice.choice(["bytes=0-99", "bytes=5-", "bytes=-20", "bytes=99999999-"])}, {"If-None-Match": '"1-"'},
                                              {"Cache-Control": dice.choice(["no-cache", "max-stale", "no-store", "only-if-cached"])}], [80, 15, 10, 5])[0])
                writer.write((f"{method} {path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in sent.items()) + "\r\n").encode())
                if dice.random() < 0.05:
                    await asyncio.sleep(dice.random() * 0.02)
                    break
                got = await asyncio.wait_for(read_answer(reader, method), PATIENCE)
                check(method, path, sent, got)
                if got is None or got[1].get("connection") == "close":
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()


async def main():
    server = await asyncio.start_server(origin, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    edge = await asyncio.create_subprocess_exec(program, "--origin", f"127.0.0.1:{port}", "--profile", "optimal", "--no-bypass", "--with-parent",
                                                "--max-bytes", "3000000", "--max-object", "200000", "--for", str(int(seconds) + 3 * PATIENCE), stdout=asyncio.subprocess.PIPE)
    at = int((await edge.stdout.readline()).split(b"=")[1])
    until = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(*(client(at, f"c{n}", until) for n in range(40)))
    assert edge.returncode is None, "the edge has died"
    edge.terminate()
    assert await edge.wait() == 0, "the edge did not end well"
    print(", ".join(f"{word}: {count}" for word, count in sorted(seen.items())))
    for wanted in WANTED:
        assert seen.get(wanted), f"it never came to {wanted}"


try:
    asyncio.run(main())
except AssertionError as wrong:
    sys.exit(f"seed {seed}: {wrong.args}")
