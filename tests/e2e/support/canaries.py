"""Canary secrets. canaries.py write FOLDER CSV | serve PORT SEEN CSV | check CSV FILE-OR-FOLDER…"""
import base64, http.server, json, os, random, sys, threading, urllib.parse

rnd = random.Random(85)
made = []


def canary():
    """A token as applications make them; listed."""
    text = "".join(rnd.choice("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(24))
    made.append(text)
    return text


def web_token():
    part = lambda o: base64.urlsafe_b64encode(json.dumps(o).encode()).rstrip(b"=").decode()
    signature = canary()
    return "%s.%s.%s" % (part({"alg": "HS256"}), part({"sub": "u1", "jti": rnd.randrange(10**9)}), signature)


def requests():
    """(method, target, fields, type, body, status, response fields, response type, response body)"""
    session = canary()
    cookie = ("Cookie", "sessionid=%s; lang=de" % session)
    multipart = ('--B0\r\nContent-Disposition: form-data; name="user"\r\n\r\nann\r\n'
                 '--B0\r\nContent-Disposition: form-data; name="password"\r\n\r\n%s\r\n'
                 '--B0\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: application/json\r\n\r\n'
                 '{"api_key": "%s"}\r\n--B0--\r\n') % (canary(), canary())
    echoed = canary()
    json_type, form, html = "application/json", "application/x-www-form-urlencoded", "text/html; charset=utf-8"
    get = lambda target, *fields, status=200, answer=(), kind=html, body="ok": (
        "GET", target, [cookie, *fields], None, "", status, list(answer), kind, body)
    post = lambda target, kind, body, *fields, answer="{}", answer_type=json_type: (
        "POST", target, [cookie, *fields], kind, body, 200, [], answer_type, answer)
    return [
        get("/account", ("Authorization", "Bearer " + canary())),
        get("/a?token=%s&page=2" % canary(), ("X-Api-Key", canary())),
        get("/b", ("Authorization", "Basic " + base64.b64encode(("ann:" + canary()).encode()).decode())),
        get("/reset/%s/confirm" % web_token()),
        get("/c", ("Referer", "http://shop.example/x?access_token=%s&y=1" % canary())),
        get("/c2#access_token=" + canary()),
        get("/d?auth[token]=%s" % canary(), ("X-CSRF-Token", canary())),
        get("/e?next=%s" % urllib.parse.quote("/x?token=" + canary(), safe="")),
        get("/f", status=302, answer=[("Location", "http://shop.example/cb?code=%s&state=%s" % (canary(), canary()))]),
        get("/g", status=302, answer=[("Location", "https://ann:%s@files.shop.example/x" % canary())]),
        get("/h", answer=[("Set-Cookie", "sessionid=%s; Path=/; HttpOnly" % canary())]),
        get("/i", answer=[("Link", "</x?token=%s>; rel=preload" % canary())]),
        get("/j", body='<form action="/x"><input type="hidden" name="csrf_token" value="%s">'
            '<meta name="csrf-token" content="%s"></form>' % (canary(), canary())),
        get("/k", body='<script>window.__STATE__ = {"accessToken": "%s", "n": 1};</script>' % canary()),
        get("/l", kind=json_type, body='{"user": {"refresh_token": "%s"}}' % canary()),
        get("/m?sig=%s" % canary(), kind="text/plain", body="your link: http://shop.example/r/%s" % web_token()),
        ("GET", "/n", [("Cookie", "sessionid=%s" % echoed)], None, "", 200, [], html,
         "<p>debug: session %s</p>" % echoed),
        post("/login", form, "username=ann&password=%s" % canary()),
        post("/login2", json_type, '{"user": {"name": "ann", "password": "%s"}}' % canary()),
        post("/graphql", json_type, json.dumps({"query": "mutation l($p: String!) { login(password: $p) { id } }",
                                                "variables": {"password": canary()}})),
        post("/graphql", json_type, json.dumps({"query": 'mutation { login(user: "ann", password: "%s") { id } }' % canary()})),
        post("/nested", json_type, json.dumps({"payload": json.dumps({"password": canary()})})),
        post("/wrapped", form, urllib.parse.urlencode({"data": json.dumps({"api_key": canary()})})),
        post("/upload", "multipart/form-data; boundary=B0", multipart),
        post("/soap", "text/xml", '<?xml version="1.0"?><a><password>%s</password></a>' % canary()),
        post("/pay", json_type, '{"card": {"number": "4111111111111111", "cvc": "737"}}'),
        post("/text", "text/plain", "here is a link with a token: %s" % web_token()),
        post("/array", json_type, json.dumps([["password", 1], {"items": [{"secret": canary()}]}])),
    ]


def har(path, exchanges):
    entries = []
    named = lambda fields: [{"name": n, "value": v} for n, v in fields]
    for i, (method, target, fields, kind, body, status, answer, answer_type, text) in enumerate(exchanges):
        cookies = dict(fields).get("Cookie", "")
        request = {"method": method, "url": "http://shop.example" + target, "httpVersion": "HTTP/1.1",
                   "headers": named([("Host", "shop.example"), *fields] + ([("Content-Type", kind)] if kind else [])),
                   "cookies": named(c.strip().split("=", 1) for c in cookies.split(";") if c),
                   "queryString": named(urllib.parse.parse_qsl(urllib.parse.urlsplit(target).query))}
        if body:
            request["postData"] = {"mimeType": kind, "text": body}
            if kind.startswith("application/x-www"):
                request["postData"]["params"] = named(urllib.parse.parse_qsl(body))
        set_cookie = dict(answer).get("Set-Cookie")
        entries.append({
            "startedDateTime": "2026-01-05T10:%02d:%02dZ" % divmod(i, 60), "time": 5, "request": request,
            "response": {"status": status, "statusText": "", "httpVersion": "HTTP/1.1",
                         "headers": named([("Content-Type", answer_type), *answer]),
                         "cookies": named([set_cookie.split(";")[0].split("=", 1)] if set_cookie else []),
                         "redirectURL": dict(answer).get("Location", ""),
                         "content": {"size": len(text), "mimeType": answer_type, "text": text}},
            "cache": {}, "timings": {"send": 0, "wait": 5, "receive": 0}})
    json.dump({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}}, open(path, "w"))


def json_log(path, exchanges):
    with open(path, "w") as out:
        for i, (method, target, fields, kind, body, status, answer, _, _) in enumerate(exchanges):
            f = dict(fields)
            print(json.dumps({
                "time": "2026-01-05T10:%02d:%02d+00:00" % divmod(i, 60), "remote_addr": "192.0.2.1", "host": "shop.example",
                "request_method": method, "request_uri": target.split("#")[0], "status": status, "http_cookie": f.get("Cookie", ""),
                "http_authorization": f.get("Authorization", ""), "http_referer": f.get("Referer", ""),
                "http_x_csrf_token": f.get("X-CSRF-Token", ""), "http_x_api_key": f.get("X-Api-Key", ""),
                "content_type": kind or "", "request_body": body, "sent_http_location": dict(answer).get("Location", ""),
                "sent_http_set_cookie": dict(answer).get("Set-Cookie", "")}), file=out)


def escaped(text):
    return "".join(c if 0x20 <= ord(c) < 0x7f and c not in '"\\' else "\\x%02X" % ord(c) for c in text) or "-"


def text_log(path, exchanges):
    with open(path, "w") as out:
        for i, (method, target, fields, kind, body, status, _, _, text) in enumerate(exchanges):
            f = dict(fields)
            print('192.0.2.1 - ann [05/Jan/2026:10:%02d:%02d +0000] "%s %s HTTP/1.1" %d %d "%s" "agent/1" "%s" "%s"' % (
                *divmod(i, 60), method, target.split("#")[0], status, len(text), f.get("Referer", "-"),
                f.get("Cookie", "-"), escaped(body)), file=out)


def gor(path, exchanges):
    with open(path, "w") as out:
        for i, (method, target, fields, kind, body, status, answer, answer_type, text) in enumerate(exchanges):
            head = "".join("%s: %s\r\n" % f for f in [("Host", "shop.example"), *fields] + (
                [("Content-Type", kind), ("Content-Length", str(len(body)))] if body else []))
            out.write("1 %024x %d\n%s %s HTTP/1.1\r\n%s\r\n%s\n🐵🙈🙉\n" % (
                i + 1, (1767607200 + i) * 10**9, method, target.split("#")[0], head, body))
            back = "".join("%s: %s\r\n" % f for f in [("Content-Type", answer_type), *answer, ("Content-Length", str(len(text)))])
            out.write("2 %024x %d 5000000\nHTTP/1.1 %d X\r\n%s\r\n%s\n🐵🙈🙉\n" % (
                i + 1, (1767607200 + i) * 10**9 + 5000000, status, back, text))


def write(folder, csv):
    os.makedirs(folder)
    har(folder + "/a.har", requests())
    json_log(folder + "/b.jsonl", requests())
    text_log(folder + "/c.log", requests())
    gor(folder + "/d.gor", requests())
    answers = [canary() for _ in range(8)]
    with open(csv, "w") as out:
        print("secret", *made, "4111111111111111", sep="\n", file=out)
    json.dump(answers, open(csv + ".answers", "w"))


def serve(port, seen, csv):
    a = json.load(open(csv + ".answers"))
    lock = threading.Lock()

    class Staging(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock, open(seen, "a") as log:
                print(self.command, self.path, dict(self.headers), body.decode("latin1"), file=log)
            text = ('<form><input type="hidden" name="csrf_token" value="%s"></form><script>x={"apiToken":"%s"}</script>'
                    '<p>session %s</p>' % (a[0], a[1], a[2])).encode()
            moved = self.path.startswith("/f")
            self.send_response(302 if moved else 200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Set-Cookie", "sessionid=%s; Path=/" % a[2])
            self.send_header("X-Auth-Token", a[3])
            if moved:
                self.send_header("Location", "/cb?code=%s&access_token=%s" % (a[4], a[5]))
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = answer

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Staging).serve_forever()


def spellings(secret):
    """Raw, URL-encoded, and in base64 at each of three places within a longer text."""
    yield "raw", secret
    yield "URL-encoded", urllib.parse.quote(secret, safe="")
    for skip in range(3):
        part = secret[skip:]
        yield "in base64", base64.b64encode(part[:len(part) // 3 * 3].encode()).decode()


def check(csv, *paths):
    secrets = open(csv).read().split()[1:]
    wanted = {text: (how, secret) for secret in secrets for how, text in spellings(secret)}
    files = [os.path.join(at, f) for p in paths for at, _, fs in os.walk(p) for f in fs] + [p for p in paths if os.path.isfile(p)]
    leaks = 0
    for name in files:
        content = open(name, "rb").read().decode("latin1")
        for text, (how, secret) in wanted.items():
            at = content.find(text)
            if at >= 0:
                leaks += 1
                print("%s: byte %d: canary %d %s: %r" % (name, at, secrets.index(secret), how, content[max(0, at - 80):at + 40]))
    assert files, "nothing to look at"
    sys.exit(leaks > 0)


if __name__ == "__main__":
    action = {"write": write, "check": check, "serve": lambda port, *rest: serve(int(port), *rest)}[sys.argv[1]]
    action(*sys.argv[2:])
