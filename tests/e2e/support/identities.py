"""A site with every kind of login there is, each under a path of its own, and what its visitors left in production.

  identities.py serve FOLDER          listens on ports of the kernel's choice, named in FOLDER/ports
  identities.py record FOLDER KIND N  writes N visits to FOLDER/KIND/*.har, as a browser would have recorded them

Nothing that production's visitors carried is of any worth here: a session must log in to get behind a gate.
"""
import base64, csv, hashlib, hmac, html, http.server, json, os, secrets, ssl, struct, sys, threading, time
import urllib.parse

lock = threading.Lock()
users, totp_secrets = {}, {}
sessions, half_sessions, csrf, used_codes = {}, {}, set(), set()
access, refresh, codes, id_sessions = {}, {}, {}, {}
stats = dict.fromkeys("logins refused renewals reused_refresh registered anonymous".split(), 0)
id_port = app_port = 0
CLIENT = ("app", "s:3&cret")


def count(name):
    with lock:
        stats[name] += 1


def totp(secret, at):
    """By the key URI's secret and period: RFC 6238."""
    key = dict(urllib.parse.parse_qsl(secret.partition("?")[2]))
    mac = hmac.new(base64.b32decode(key["secret"]), struct.pack(">Q", int(at) // int(key["period"])), "sha1").digest()
    where = mac[-1] & 15
    return "%06d" % ((struct.unpack(">I", mac[where:where + 4])[0] & 0x7FFFFFFF) % 10**6)


def page(*inputs, action="", extra="", script=False):
    fields = "".join("<input type=%s name=%s value=\"%s\">" % (t, n, html.escape(v, True)) for t, n, v in inputs)
    load = ' onload="document.forms[0].submit()"' if script else ""
    return "<!doctype html><body%s><form method=post%s>%s%s<button>Go</button></form></body>" % (
        load, f' action="{html.escape(action, True)}"' if action else "", fields, extra)


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body="", kind="text/html; charset=utf-8", **fields):
        data = body.encode()
        self.send_response(status)
        for name, values in fields.items():
            for value in values if isinstance(values, list) else [values]:
                self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def json(self, status, value):
        self.answer(status, json.dumps(value), "application/json")

    def cookies(self):
        pairs = (p.strip().partition("=") for p in self.headers.get("Cookie", "").split(";"))
        return {n: v for n, _, v in pairs}

    def bearer(self):
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if kind == "Bearer" else ""

    def do_GET(self):
        self.take({})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if "json" in self.headers.get("Content-Type", ""):
            self.take(json.loads(raw))
        else:
            self.take({n: v[0] for n, v in urllib.parse.parse_qs(raw).items()})

    def take(self, form):
        url = urllib.parse.urlsplit(self.path)
        query = {n: v[0] for n, v in urllib.parse.parse_qs(url.query).items()}
        name = (self.command + url.path).replace("/", "_").lower().rstrip("_")
        getattr(self, name, lambda *_: self.answer(404, "nothing here"))(form, query)

    def knows(self, form, user="username", word="password"):
        good = users.get(form.get(user)) == form.get(word, "")
        count("logins" if good else "refused")
        return good

    def behind_gate(self, user, login):
        if not user:
            count("anonymous")
            return self.answer(302, Location=login)
        self.answer(200, f"<h1>Hello</h1><p>{html.escape(user)}</p>", Cache_Control="private, no-store")

    # ---- a form with a CSRF token, as Django has it ----
    def get_f_login(self, form, query, extra=""):
        token = secrets.token_hex(16)
        csrf.add(token)
        self.answer(200, page(("hidden", "csrfmiddlewaretoken", token), ("text", "username", ""),
                              ("password", "password", ""), extra=extra),
                    Set_Cookie=f"csrftoken={token}; Path=/; SameSite=Lax")

    def post_f_login(self, form, query, then="/f/account", wrong="get_f_login"):
        token = form.get("csrfmiddlewaretoken")
        origin = self.headers.get("Referer", "").split("/")[2:3]
        if token not in csrf or token != self.cookies().get("csrftoken") or origin != [self.headers["Host"]]:
            return self.answer(403, "CSRF verification failed")
        if not self.knows(form):
            return getattr(self, wrong)(form, query)
        sid = secrets.token_hex(16)
        (half_sessions if then == "/t/code" else sessions)[sid] = form["username"]
        self.answer(302, Location=then, Set_Cookie=f"sessionid={sid}; Path=/; HttpOnly; SameSite=Lax")

    def get_f_account(self, form, query):
        self.behind_gate(sessions.get(self.cookies().get("sessionid")), "/f/login?next=/f/account")

    # ---- a second factor ----
    def get_t_login(self, form, query):
        self.get_f_login(form, query)

    def post_t_login(self, form, query):
        self.post_f_login(form, query, then="/t/code")

    def get_t_code(self, form, query):
        self.answer(200, page(("text", "otp_token", "")))

    def post_t_code(self, form, query):
        user = half_sessions.get(self.cookies().get("sessionid"))
        code = (user, form.get("otp_token"))
        good = user and code[1] in [totp(totp_secrets[user], time.time() - s) for s in (0, 2, 4, 6)]
        with lock:
            if not good or code in used_codes:
                good = False
            used_codes.add(code)
        if not good:
            return self.get_t_code(form, query)
        sid = secrets.token_hex(16)
        sessions[sid] = user
        self.answer(302, Location="/t/account", Set_Cookie=f"sessionid={sid}; Path=/; HttpOnly")

    def get_t_account(self, form, query):
        self.behind_gate(sessions.get(self.cookies().get("sessionid")), "/t/login")

    # ---- a form that a captcha guards ----
    def get_c_login(self, form, query):
        self.get_f_login(form, query, extra='<div class="g-recaptcha" data-sitekey="x"></div>')

    def post_c_login(self, form, query):
        self.get_c_login(form, query)

    def get_c_account(self, form, query):
        self.behind_gate(None, "/c/login")

    # ---- JSON and a bearer token, good for a few requests ----
    def grant(self, user, uses=3):
        token, again = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        access[token], refresh[again] = [user, uses], user
        return token, again

    def get_api_csrf(self, form, query):
        self.json(200, {"csrfToken": "once"})

    def post_j_login(self, form, query):
        if form.get("csrf") != "once" or not self.knows(form, "email"):
            return self.json(401, {"error": "no"})
        token, again = self.grant(form["email"])
        self.json(200, {"data": {"jwt": token, "refreshToken": again}})

    def post_j_refresh(self, form, query):
        self.renew(form.get("refreshToken"), lambda token, again: {"data": {"jwt": token, "refreshToken": again}})

    def renew(self, old, told):
        user = refresh.pop(old, None)
        if not user:
            count("reused_refresh")
            return self.json(400, {"error": "invalid_grant"})
        count("renewals")
        self.json(200, told(*self.grant(user)))

    def get_j_account(self, form, query):
        with lock:
            found = access.get(self.bearer(), [None, 0])
            found[1] -= 1
            if found[1] < 0:
                return self.json(401, {"error": "token"})
        self.json(200, {"user": found[0]})

    # ---- HTTP basic ----
    def get_b_account(self, form, query):
        kind, _, coded = self.headers.get("Authorization", "").partition(" ")
        name, _, word = base64.b64decode(coded or "").decode().partition(":")
        if kind != "Basic" or users.get(name) != word:
            return self.answer(401, "who?", WWW_Authenticate='Basic realm="x"')
        self.answer(200, f"<p>{name}</p>")

    # ---- accounts that visitors make ----
    def get_r_join(self, form, query):
        self.answer(200, page(("text", "username", ""), ("email", "email", ""), ("password", "password1", ""),
                              ("password", "password2", ""), extra="<input type=checkbox name=terms required>"))

    def post_r_join(self, form, query):
        name = form.get("username", "")
        if name in users or form["password1"] != form["password2"] or "terms" not in form or "@" not in form["email"]:
            return self.get_r_join(form, query)
        users[name] = form["password1"]
        count("registered")
        self.answer(302, Location="/f/login")

    # ---- a provider on another host ----
    def get_oidc_login(self, form, query):
        state, verifier = secrets.token_hex(8), secrets.token_hex(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        mode = query.get("mode", "query")
        to = urllib.parse.urlencode({
            "response_type": "code", "client_id": "app", "scope": "openid", "state": state, "nonce": secrets.token_hex(8),
            "redirect_uri": f"http://127.0.0.1:{app_port}/oidc/callback", "code_challenge": challenge,
            "code_challenge_method": "S256", "response_mode": mode})
        site = "" if mode == "query" else "; SameSite=None; Secure"
        self.answer(302, Location=f"http://{query.get('at', '127.0.0.1')}:{id_port}/authorize?{to}",
                    Set_Cookie=f"oidc_state={state}.{verifier}; Path=/; HttpOnly{site}")

    def oidc_callback(self, given):
        state, _, verifier = self.cookies().get("oidc_state", "").partition(".")
        user, challenge = codes.pop(given.get("code"), (None, ""))
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if not user or state != given.get("state") or made != challenge:
            return self.answer(400, "no such code")
        sid = secrets.token_hex(16)
        sessions[sid] = user
        self.answer(303, Location="/oidc/account", Set_Cookie=f"sid={sid}; Path=/; HttpOnly")

    def get_oidc_callback(self, form, query):
        self.oidc_callback(query)

    def post_oidc_callback(self, form, query):
        self.oidc_callback(form)

    def get_oidc_account(self, form, query):
        self.behind_gate(sessions.get(self.cookies().get("sid")), "/oidc/login")

    def get_stats(self, form, query):
        self.json(200, stats)


class Provider(Site):
    def get_authorize(self, form, query):
        key = secrets.token_hex(8)
        id_sessions[key] = {"query": query}
        self.answer(200, page(("text", "username", ""), ("password", "password", ""), action="/do?x=1&y=2"),
                    Set_Cookie=f"AUTH_SESSION={key}; Path=/; HttpOnly")

    def here(self):
        return id_sessions.get(self.cookies().get("AUTH_SESSION"), {})

    def post_do(self, form, query):
        here = self.here()
        if "query" not in here or not self.knows(form):
            return self.answer(401, page(("text", "username", ""), ("password", "password", ""), action="/do"))
        here["user"] = form["username"]
        self.answer(200, page(("hidden", "scope", "openid"), action="/consent",
                              extra='<button name=answer value=deny>No</button><button name=answer value=allow>Yes</button>'))

    def post_consent(self, form, query):
        here = self.here()
        asked = here.get("query", {})
        if form.get("answer") != "allow" or "user" not in here:
            return self.answer(403, "denied")
        code = secrets.token_hex(16)
        codes[code] = (here["user"], asked["code_challenge"])
        back = {"code": code, "state": asked["state"]}
        if asked["response_mode"] == "form_post":
            return self.answer(200, page(*(("hidden", n, v) for n, v in back.items()), action=asked["redirect_uri"],
                                         script=True))
        self.answer(302, Location=asked["redirect_uri"] + "?" + urllib.parse.urlencode(back))

    # ---- RFC 6749 ----
    def post_token(self, form, query):
        kind, _, coded = self.headers.get("Authorization", "").partition(" ")
        client = tuple(map(urllib.parse.unquote_plus, base64.b64decode(coded).decode().split(":", 1))) if coded else (
            form.get("client_id"), form.get("client_secret"))
        if client != CLIENT:
            return self.json(401, {"error": "invalid_client"})
        told = lambda token, again: {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "refresh_token": again}
        if form.get("grant_type") == "client_credentials":
            count("logins")
            return self.json(200, {"access_token": self.grant("app")[0], "expires_in": 11})
        if form.get("grant_type") == "refresh_token":
            return self.renew(form.get("refresh_token"), told)
        if form.get("grant_type") != "password" or not self.knows(form):
            return self.json(400, {"error": "invalid_grant", "error_description": f"{form.get('password')} is wrong"})
        self.json(200, told(*self.grant(form["username"])))


class Certified(Site):
    def get_m_account(self, form, query):
        names = dict(pair[0] for pair in self.connection.getpeercert()["subject"])
        self.answer(200, f"<p>{names['commonName']}</p>")


def serve(folder):
    global id_port, app_port
    for row in csv.DictReader(open(folder + "/known.csv")):
        users[row["username"]] = row["password"]
        totp_secrets[row["username"]] = row.get("totp", "")
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (Site, Provider, Certified)]
    app_port, id_port, tls_port = (s.server_address[1] for s in servers)
    if os.path.exists(folder + "/ca.pem"):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder + "/server.pem", folder + "/server.key")
        tls.load_verify_locations(folder + "/ca.pem")
        tls.verify_mode = ssl.CERT_REQUIRED
        servers[2].socket = tls.wrap_socket(servers[2].socket, server_side=True)
    for s in servers:
        s.daemon_threads = True
        threading.Thread(target=s.serve_forever, daemon=True).start()
    with open(folder + "/ports.new", "w") as out:
        print(app_port, id_port, tls_port, file=out)
    os.rename(folder + "/ports.new", folder + "/ports")
    time.sleep(600)


# ---- what production's visitors did ----

def entry(number, at, method, path, status, sent=(), given=(), body=None, kind="text/html", answer=""):
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1772874932 + number * 60 + at)) + ".000Z"
    request = {"method": method, "url": "https://shop.example" + path, "httpVersion": "HTTP/1.1", "cookies": [],
               "headers": [{"name": "Host", "value": "shop.example"}, {"name": "User-Agent", "value": "Mozilla/5.0"}]
               + [{"name": n, "value": v} for n, v in sent], "queryString": [], "headersSize": -1, "bodySize": 0}
    if body is not None:
        request["postData"] = {"mimeType": body[0], "text": body[1]}
        request["headers"].append({"name": "Content-Type", "value": body[0]})
    return {"startedDateTime": when, "time": 20, "request": request, "cache": {}, "timings": {"send": 0, "wait": 20, "receive": 0},
            "response": {"status": status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
                         "headers": [{"name": "Content-Type", "value": kind}] + [{"name": n, "value": v} for n, v in given],
                         "content": {"size": len(answer), "mimeType": kind, "text": answer}, "redirectURL": "",
                         "headersSize": -1, "bodySize": -1}}


FORM = "application/x-www-form-urlencoded"


def visit(kind, n):
    """One visit: every fourth logs in on the way, one is nobody's, the others begin behind the gate."""
    token, sid = secrets.token_urlsafe(24), secrets.token_hex(16)
    gate = f"/{kind}/account"
    bearer = kind in ("j", "b")
    # As HARs have them: nobody's names and passwords.
    name, word = f"customer{n}@mail.example", secrets.token_hex(8)
    if bearer:
        credential = ("Authorization", ("Bearer " if kind == "j" else "Basic ") + token)
        return [entry(n, 2 * i, "GET", gate, 200, [credential], answer="{}", kind="application/json") for i in range(5)]
    if kind == "m":
        return [entry(n, 2 * i, "GET", gate, 200) for i in range(3)]
    cookie = "sid" if kind == "oidc" else "sessionid"
    brings = [("Cookie", f"{cookie}={sid}")]
    inside = [entry(n, 10 + 2 * i, "GET", gate, 200, brings, answer="<h1>Hello</h1>") for i in range(3)]
    to_login = entry(n, 0, "GET", gate, 302, given=[("Location", f"/{kind}/login")])
    if n % 4 == 1:
        return [to_login]
    if n % 4 == 2 and kind == "f":
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "username": name, "password": word})
        return [to_login,
                entry(n, 2, "GET", "/f/login", 200, given=[("Set-Cookie", f"csrftoken={token}; Path=/")],
                      answer=page(("hidden", "csrfmiddlewaretoken", token), ("text", "username", ""), ("password", "password", ""))),
                entry(n, 6, "POST", "/f/login", 302, [("Cookie", f"csrftoken={token}"), ("Referer", "https://shop.example/f/login")],
                      [("Set-Cookie", f"sessionid={sid}; Path=/; HttpOnly"), ("Location", "/f/account")], (FORM, body))] + inside
    return inside


def record(folder, kind, count_of):
    os.makedirs(f"{folder}/{kind}", exist_ok=True)
    for n in range(count_of):
        har = {"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "pages": [], "entries": visit(kind, n)}}
        with open(f"{folder}/{kind}/{n:03}.har", "w") as out:
            json.dump(har, out)


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    record(sys.argv[2], sys.argv[3], int(sys.argv[4]))
