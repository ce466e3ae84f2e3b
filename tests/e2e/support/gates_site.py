#!/usr/bin/env python3
"""A site with gates of many kinds, and its visitors.

gates_site.py serve FIRST-ORDER USER:PASSWORD… [--leaky] [--no-beta]: prints its port, serves until its input closes.
Orders are numbered from FIRST-ORDER, one for each user in turn; the user "boss…" may see /admin. /account is a soft gate
(a login form with status 200), an order is hidden from others, /beta is there with the cookie beta=on.
--leaky: orders are open to every member. --no-beta: the flag does nothing.
gates_site.py record PORT OUT USER:PASSWORD…: visits it as these users and as nobody, one HAR for each.
"""
import asyncio
import http.client
import json
import sys
import urllib.parse

FORM = '<html lang="en"><title>{}</title><form method="post" action="/login"><input name="username"><input type="password" name="password"></form>'


def serve(args):
    leaky, no_beta = "--leaky" in args, "--no-beta" in args
    users = dict(a.split(":") for a in args[1:] if not a.startswith("--"))
    orders = {user: int(args[0]) + n for n, user in enumerate(users)}
    sessions = {}

    def answer(method, path, cookies, form):
        user = sessions.get(cookies.get("sid"))
        if path == "/login" and method == "POST":
            name = form.get("username", "")
            if users.get(name) != form.get("password"):
                return 401, [], FORM.format("Log in")
            sid = f"{len(sessions):04x}{name.encode().hex()}{id(form) % 2**32:08x}"
            sessions[sid] = name
            return 303, [f"Set-Cookie: sid={sid}; Path=/; HttpOnly", "Location: /account"], ""
        if path == "/login":
            return 200, [], FORM.format("Log in")
        if path == "/account":
            return 200, [], FORM.format("Please log in") if not user else f"<title>Account</title>{user}"
        if path == "/admin":
            return (200, [], "<title>Admin</title>") if user and user.startswith("boss") else (403, [], "no")
        if path == "/beta":
            return (200, [], "<title>Beta</title>") if cookies.get("beta") == "on" and not no_beta else (404, [], "none")
        if path == "/orders":
            return (200, [], f'<title>Orders</title><a href="/orders/{orders[user]}">yours</a>') if user else (302, ["Location: /login"], "")
        if path.startswith("/orders/"):
            if not user:
                return 302, ["Location: /login"], ""
            mine = path == f"/orders/{orders[user]}"
            return (200, [], f"<title>Order</title>{path}") if mine or leaky else (404, [], "none")
        return 200, [], "<title>Home</title>"

    async def connection(reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                fields = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
                body = (await reader.readexactly(int(fields.get("content-length", 0)))).decode()
                method, path, _ = head[0].split(" ")
                cookies = dict(c.strip().partition("=")[::2] for c in fields.get("cookie", "").split(";"))
                status, more, text = answer(method, path.split("?")[0], cookies, dict(urllib.parse.parse_qsl(body)))
                lines = [f"HTTP/1.1 {status} X", "Content-Type: text/html", f"Content-Length: {len(text)}"] + more
                writer.write(("\r\n".join(lines) + "\r\n\r\n" + text).encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def main():
        server = await asyncio.start_server(connection, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

    asyncio.run(main())


def record(port, out, users):
    clock = [0]

    def visit(name, steps):
        jar, entries = {}, []
        for step in steps:
            method, path, form = step if isinstance(step, tuple) else ("GET", step, None)
            if path == "mine":
                path = mine
            fields = {"User-Agent": "Mozilla/5.0 Firefox/145.0", "Accept": "text/html"}
            if jar:
                fields["Cookie"] = "; ".join(f"{n}={v}" for n, v in jar.items())
            if form:
                fields["Content-Type"] = "application/x-www-form-urlencoded"
            http_ = http.client.HTTPConnection("127.0.0.1", port)
            http_.request(method, path, form, fields)
            response = http_.getresponse()
            text = response.read().decode()
            if 'href="/orders/' in text:
                mine = text.split('href="')[1].split('"')[0]
            for line in response.headers.get_all("Set-Cookie") or []:
                n, _, v = line.split(";")[0].partition("=")
                jar[n] = v
            clock[0] += 1
            request = {"method": method, "url": f"https://shop.example{path}", "httpVersion": "HTTP/1.1", "headersSize": -1, "bodySize": -1, "queryString": [], "cookies": [],
                       "headers": [{"name": n, "value": v} for n, v in fields.items()]}
            if form:
                request["postData"] = {"mimeType": fields["Content-Type"], "text": form}
            entries.append({"startedDateTime": f"2026-03-07T09:{clock[0] // 60 % 60:02}:{clock[0] % 60:02}.000Z", "time": 5, "cache": {}, "timings": {"send": 0, "wait": 5, "receive": 0}, "request": request,
                            "response": {"status": response.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [], "redirectURL": "", "headersSize": -1, "bodySize": len(text),
                                         "headers": [{"name": n, "value": v} for n, v in response.headers.items()], "content": {"size": len(text), "mimeType": "text/html", "text": text}}})
        json.dump({"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": entries}}, open(f"{out}/{name}.har", "w"))

    for user in users:
        name, password = user.split(":")
        form = urllib.parse.urlencode({"username": name, "password": password})
        visit(name, ["/", "/login", ("POST", "/login", form), "/account", "/orders", "mine", "/admin"])
    visit("nobody", ["/", "/account", "/orders", "/beta", "/admin"])


if sys.argv[1] == "serve":
    serve(sys.argv[2:])
else:
    record(int(sys.argv[2]), sys.argv[3], sys.argv[4:])
