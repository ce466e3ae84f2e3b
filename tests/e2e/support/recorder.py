#!/usr/bin/env python3
"""A server that writes down every byte it is sent, for tests of what must not be sent.

recorder.py LOG [--tls CERT KEY] [--proxy HOST:PORT] [--lead URL]: prints its port, then serves until its standard
input closes. LOG holds what clients sent (with --tls, after the handshake). It answers 200, or with --lead a redirect to
URL; with --proxy a CONNECT is granted and led to HOST:PORT, whatever was asked for, and so is a request for a URL.
"""
import asyncio
import ssl
import sys

log = open(sys.argv[1], "ab", buffering=0)
options, rest = {}, sys.argv[2:]
while rest:
    count = 2 if rest[0] == "--tls" else 1
    options[rest[0]] = rest[1:1 + count]
    rest = rest[1 + count:]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def lead_on(reader, writer, first):
    host, port = options["--proxy"][0].rsplit(":", 1)
    up_reader, up_writer = await asyncio.open_connection(host, int(port))
    if first.startswith(b"CONNECT "):
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    else:
        up_writer.write(first)
    await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))


async def serve(reader, writer):
    pending = b""
    try:
        while data := await reader.read(65536):
            log.write(data)
            pending += data
            if "--proxy" in options and b"\r\n\r\n" in pending:
                await lead_on(reader, writer, pending)
                return
            while b"\r\n\r\n" in pending:  # requests with bodies are answered early: nobody minds
                _, _, pending = pending.partition(b"\r\n\r\n")
                lead = options.get("--lead")
                writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + lead[0].encode() + b"\r\n\r\n"
                             if lead else OK)
                await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    tls = None
    if "--tls" in options:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*options["--tls"])
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
