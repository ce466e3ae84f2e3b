#!/usr/bin/env python3
"""A small shop with members, and ways to show one member's data to another.

    leaky_shop.py har FOLDER            HAR files of its visitors, one each, as production answered them
    leaky_shop.py accounts FILE         staging's accounts
    leaky_shop.py serve PORTFILE LEAK   staging, on a free port; LEAK is none or one of LEAKS; ends with its parent
"""
import html
import itertools
import http.server
import json
import os
import secrets
import sys
import threading
import time
import urllib.parse

LEAKS = ["cache", "reflect", "note", "cookie", "redirect", "header", "order"]
# Everybody's on both sides: what production shows to strangers is no leak.
REVIEWER = "Rita Reviewer"


class Shop:
    def __init__(self, accounts, leak="none", mirrors=False):
        self.mirrors = mirrors
        self.accounts = accounts  # user name -> (password, name, e-mail)
        self.leak = leak
        self.sessions = {}  # id -> {"user", "note"}
        self.lock = threading.Lock()
        self.last = None  # the member seen last
        self.note = ""  # written last
        self.order = ""  # made last
        self.orders = itertools.count(717001 if mirrors else 100001, 7)
        self.kept = None  # the account page of somebody, and how often it is still given
        self.kept_for = 0

    def page(self, text, *fields):
        return 200, [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "private, no-store"),
                     *fields], "<!doctype html><title>Shop</title>\n%s\n" % text

    def redirect(self, place, *fields):
        return 303, [("Location", place), *fields], ""

    def home(self, session):
        text = "<h1>Shop</h1><p>A fine mug, says %s.</p>" % REVIEWER
        if self.leak == "reflect" and self.last and session.get("user") != self.last:
            text += "<p>Here a moment ago: %s</p>" % html.escape(self.accounts[self.last][2]).replace("@", "&#64;")
        if self.leak == "order" and self.order and self.order not in session.get("orders", []):
            text += "<p>Order %s was packed a moment ago.</p>" % self.order
        fields = []
        if self.leak == "header" and self.last and session.get("user") != self.last:
            fields = [("X-Debug-User", urllib.parse.quote(json.dumps({"user": self.last})))]
        return self.page(text, *fields)

    def login(self, method, form):
        if method == "GET":
            return self.page('<form method="post" action="/login"><input name="username">'
                             '<input name="password" type="password"></form>')
        user = form.get("username", "")
        if self.accounts.get(user, (None,))[0] != form.get("password"):
            return self.page("<p>Wrong.</p>")
        sid = secrets.token_hex(16)
        self.sessions[sid] = {"user": user, "note": ""}
        return self.redirect("/account", ("Set-Cookie", "sessionid=%s; Path=/; HttpOnly" % sid))

    def account(self, session, sid):
        user = session.get("user")
        if not user:
            return self.redirect("/login")
        fields = []
        if self.leak == "cookie":
            last, self.kept = self.kept, sid
            fields = [("Set-Cookie", "sessionid=%s; Path=/; HttpOnly" % (last or sid))]
        if self.leak == "redirect" and self.last and self.last != user:
            mail, self.last = self.accounts[self.last][2], user
            return self.redirect("/welcome?mail=" + urllib.parse.quote(mail, safe=""))
        self.last = user
        answer = self.page("<h1>%s</h1><p>%s</p>" % (html.escape(self.accounts[user][1]),
                                                     html.escape(self.accounts[user][2])), *fields)
        if self.leak != "cache":
            return answer
        if self.kept_for == 0:
            self.kept, self.kept_for = answer, 6
            return answer[0], answer[1] + [("Cache-Status", 'edge; fwd=miss; stored; key="shop.example/account"')], answer[2]
        self.kept_for -= 1
        return self.kept[0], self.kept[1] + [("Age", "12"), ("Cache-Status", 'edge; hit; ttl=48; key="shop.example/account"')], self.kept[2]

    def cart(self, method, path, session, form):
        if method == "POST":
            session["note"] = self.note = form.get("gift_note", "")
            return self.redirect("/cart")
        note = self.note if self.leak == "note" else session.get("note", "")
        return self.page("<h1>Cart</h1><p>With your words: %s</p>" % html.escape(note))

    def answer(self, method, target, cookie, body):
        with self.lock:
            path, _, query = target.partition("?")
            sid = urllib.parse.unquote(dict(p.strip().partition("=")[::2] for p in cookie.split(";")).get("sessionid", ""))
            session = self.sessions.get(sid, {})
            form = dict(urllib.parse.parse_qsl(body))
            if path == "/":
                return self.home(session)
            if path == "/login":
                return self.login(method, form)
            if path == "/account":
                return self.account(session, sid)
            if path in ("/cart", "/cart/add"):
                return self.cart(method, path, session, form)
            if path == "/orders" and method == "POST":
                self.order = str(next(self.orders))
                session.setdefault("orders", []).append(self.order)
                return self.redirect("/orders/" + self.order)
            if path.startswith("/orders/"):
                return self.page("<h1>Order %s</h1>" % html.escape(path[8:]))
            if path == "/search":  # staging says again what the visitor said
                said = dict(urllib.parse.parse_qsl(query)).get("q", "") if self.mirrors else "so"
                return self.page("<p>Nothing is called %s.</p>" % html.escape(said))
            return self.page("<p>Welcome.</p>")


def members(prefix, count):
    return {"%s%d" % (prefix, i): ("pass-%s-%d" % (prefix, i), "%s Number%d" % (prefix.capitalize(), i),
                                   "%s%d@%s.example" % (prefix, i, prefix)) for i in range(1, count + 1)}


def staging_accounts():
    accounts = members("alias", 12)
    accounts["alias3"] = (accounts["alias3"][0], REVIEWER, accounts["alias3"][2])
    return accounts


class Visitor:
    """A browser that writes down what it does."""

    def __init__(self, shop, start):
        self.shop, self.cookie, self.entries, self.at = shop, "", [], start

    def ask(self, method, target, form=None):
        body = urllib.parse.urlencode(form) if form else ""
        fields = [("Host", "shop.example"), ("User-Agent", "Mozilla/5.0 (X11) Firefox/130.0")]
        if self.cookie:
            fields.append(("Cookie", self.cookie))
        self.last = status, answered, text = self.shop.answer(method, target, self.cookie, body)
        request = {"method": method, "url": "http://shop.example" + target, "httpVersion": "HTTP/1.1", "cookies": [],
                   "headers": [{"name": n, "value": v} for n, v in fields], "queryString": [], "headersSize": -1,
                   "bodySize": len(body)}
        if form:
            kind = "application/x-www-form-urlencoded"
            request["headers"].append({"name": "Content-Type", "value": kind})
            request["postData"] = {"mimeType": kind, "text": body}
        self.entries.append({
            "startedDateTime": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.at)) + ".000Z", "time": 5,
            "request": request, "cache": {}, "timings": {"send": 0, "wait": 5, "receive": 0},
            "response": {"status": status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
                         "headers": [{"name": n, "value": v} for n, v in answered], "redirectURL": "",
                         "headersSize": -1, "bodySize": len(text),
                         "content": {"size": len(text), "mimeType": "text/html", "text": text}}})
        self.at += 1
        for name, value in answered:
            if name == "Set-Cookie":
                self.cookie = value.split(";")[0]


def write_hars(folder):
    accounts = members("visitor", 10)
    shop = Shop(accounts)
    os.makedirs(folder, exist_ok=True)
    for i, (user, (password, _, _)) in enumerate([*accounts.items(), *[("", ("",) * 3)] * 4]):
        v = Visitor(shop, 1772874932 + 7 * i)
        v.ask("GET", "/")
        v.ask("GET", "/search?q=alias%d" % (i + 1))  # as staging's members happen to be called
        if user:
            v.ask("GET", "/login")
            v.ask("POST", "/login", {"username": user, "password": password})
            v.ask("GET", "/account")
            v.ask("POST", "/cart/add", {"product": "7", "gift_note": "with love"})
            v.ask("POST", "/orders", {"pay": "later"})
            v.ask("GET", dict(v.last[1])["Location"])
        v.ask("GET", "/cart")
        v.ask("GET", "/account")
        v.ask("GET", "/")
        with open(os.path.join(folder, "visitor%02d.har" % i), "w", encoding="utf-8") as out:
            json.dump({"log": {"version": "1.2", "creator": {"name": "leaky_shop", "version": "1"}, "entries": v.entries}}, out)


def write_accounts(path):
    with open(path, "w", encoding="utf-8") as out:
        print("username,password,email,name", file=out)
        for user, (password, name, mail) in staging_accounts().items():
            print(user, password, mail, name, sep=",", file=out)


def serve(portfile, leak):
    shop = Shop(staging_accounts(), leak, mirrors=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, fields, text = shop.answer(self.command, self.path, self.headers.get("Cookie", ""), body)
            self.send_response(status)
            for name, value in fields:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(portfile + ".new", "w", encoding="utf-8") as out:
        print(server.server_address[1], file=out)
    os.rename(portfile + ".new", portfile)
    parent, end = os.getppid(), time.time() + 600
    while os.getppid() == parent and time.time() < end:
        time.sleep(0.2)


if __name__ == "__main__":
    {"har": write_hars, "accounts": write_accounts, "serve": serve}[sys.argv[1]](*sys.argv[2:])
