#!/usr/bin/env python3
"""An origin for tests of the edge: raw bytes by path, good and bad ones, and a count of what was asked.

Prints its port, then serves until its standard input closes. /count?PATH says how often PATH was asked for,
/last?PATH the head of the last request for it, /fail?on and /fail?off switch failure of /failing paths, /let?PATH
lets the requests go that are HELD there.
"""
import asyncio
import sys

counts, heads, failing, let_go = {}, {}, [False], {}
# How many requests for these paths wait for their answers until they are let go: the first so many.
HELD = {"/slow": 1, "/slow-vary": 1, "/slow-private": 10, "/slow-change": 1}


def answer(status, fields, body=b""):
    return (f"HTTP/1.1 {status}\r\n" + "".join(f"{f}\r\n" for f in fields)
            + f"Content-Length: {len(body)}\r\n\r\n").encode() + body


# Path: what comes before the answer (seconds), and the answer. A lifetime that Age has used up is stale at once.
STALE = ["Cache-Control: max-age=10, {}", "Age: 20", 'ETag: "v"']
PAGES = {
    "/slow": (0, lambda n: answer("200 OK", ["Cache-Control: max-age=6000"], n)),
    "/slow-private": (0, lambda n: answer("200 OK", ["Cache-Control: no-store"], n)),
    "/crowd": (0.4, lambda n: answer("200 OK", ["Cache-Control: no-store"], n)),
    "/slow-vary": (0, lambda n: answer("200 OK", ["Cache-Control: max-age=6000", "Vary: Foo"], n)),
    "/page": (0, lambda n: answer("200 OK", ["Cache-Control: max-age=6000", "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT"], n)),
    "/validated": (0, lambda n: answer("200 OK", ["Cache-Control: no-cache", 'ETag: "v"', "Vary: Foo"], n)),
    "/swr": (0, lambda n: answer("200 OK", [STALE[0].format("stale-while-revalidate=6000"), STALE[1]], n)),
    "/failing-sie": (0, lambda n: answer("200 OK", [STALE[0].format("stale-if-error=6000"), STALE[1]], n)),
    "/failing-must": (0, lambda n: answer("200 OK", [STALE[0].format("must-revalidate"), STALE[1]], n)),
    "/failing-proxy": (0, lambda n: answer("200 OK", [STALE[0].format("proxy-revalidate"), STALE[1]], n)),
    "/failing-no-cache": (0, lambda n: answer("200 OK", [STALE[0].format("no-cache"), STALE[1]], n)),
    "/failing-s-maxage": (0, lambda n: answer("200 OK", [STALE[0].format("s-maxage=10"), STALE[1]], n)),
    "/slow-change": (0, lambda n: answer("200 OK", ["Cache-Control: max-age=6000"], n)),
    "/both-lengths": (0, lambda n: b"HTTP/1.1 200 OK\r\nCache-Control: max-age=6000\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    "/search": (0, lambda n: answer("200 OK", ["Cache-Control: max-age=6000", 'No-Vary-Search: params=("ref"), key-order'], n)),
    "/one": (0, lambda n: answer("200 OK", ["Cache-Control: max-age=6000", 'Cache-Groups: "a", "b"'], n)),
    "/two": (0, lambda n: answer("200 OK", ["Cache-Control: max-age=6000", 'Cache-Groups: "b"'], n)),
    "/change": (0, lambda n: answer("200 OK", ['Cache-Group-Invalidation: "a"'], n)),
    "/raw": (0, lambda n: answer("299 Very  Fine", ["b: 1", "Set-Cookie: x=1", "B:  2", "set-cookie: y=2", "A: \xe9", "Connection: close, X-Hop", "X-Hop: 1"], n)),
    "/hints": (0, lambda n: b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + answer("200 OK", [], n)),
    "/chunks": (0, lambda n: b"HTTP/1.1 200 OK\r\nCache-Control: max-age=6000\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5;q=1\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n"),
    "/short": (0, lambda n: b"HTTP/1.1 200 OK\r\nCache-Control: max-age=6000\r\nContent-Length: 100\r\n\r\nten bytes."),
    "/long": (0, lambda n: b"HTTP/1.1 200 OK\r\nCache-Control: max-age=6000\r\nContent-Length: 4\r\n\r\nfourHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra"),
    "/bad-chunk": (0, lambda n: b"HTTP/1.1 200 OK\r\nCache-Control: max-age=6000\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"),
    "/no-http": (0, lambda n: b"220 ESMTP\r\n\r\n"),
    "/two-lengths": (0, lambda n: b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nfours"),
    "/huge-head": (0, lambda n: b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200000 + b"\r\nContent-Length: 0\r\n\r\n"),
    "/many-fields": (0, lambda n: b"HTTP/1.1 200 OK\r\n" + b"a:\r\n" * 12000 + b"Content-Length: 0\r\n\r\n"),
    "/endless-hints": (0, lambda n: b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000),
    "/big": (0, lambda n: answer("200 OK", ["Cache-Control: max-age=6000"], b"0123456789" * 300000)),
    "/nothing": (0, lambda n: b""),
}


def control(path):
    verb, _, rest = path.partition("?")
    if verb == "/count":
        return str(counts.get(rest, 0)).encode()
    if verb == "/last":
        return heads.get(rest, b"")
    if verb == "/let":
        let_go[rest] = counts.get(rest, 0)
        return b"ok"
    failing[0] = rest == "on"
    return b"ok"


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            method, target = head.split(b" ", 2)[:2]
            path = target.decode("latin-1")
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    await reader.readexactly(int(line.split(b":")[1]))
            if path.split("?")[0] in ("/count", "/last", "/fail", "/let"):
                writer.write(answer("200 OK", ["Cache-Control: no-store"], control(path)))
                continue
            path = path.split("?")[0]
            number = counts[path] = counts.get(path, 0) + 1
            heads[path] = head
            body = f"answer {number}\n".encode()
            while number <= HELD.get(path, 0) and number > let_go.get(path, 0):
                await asyncio.sleep(0.01)
            if path == "/stalled":
                await asyncio.sleep(600)
            if failing[0] and path.startswith("/failing"):
                return
            delay, make = PAGES.get(path, (0, lambda n: answer("404 Not Found", [])))
            await asyncio.sleep(delay)
            if b'if-none-match: "v"' in head.lower():
                writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "v"\r\nX-Fresh: yes\r\n\r\n')
                continue
            out = make(body)
            writer.write(out.split(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == b"HEAD" else out)
            await writer.drain()
            if path in ("/raw", "/short", "/nothing", "/bad-chunk", "/no-http"):
                return
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
