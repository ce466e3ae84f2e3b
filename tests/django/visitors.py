#!/usr/bin/python3
"""Visitors of the Django shop: each follows the pages it is given, and records what a browser's HAR would hold.

visitors.py --port N --host NAME --accounts FILE --out FOLDER [--seed N] [--logged-in-before SHARE] [--anonymous N]
leaves FOLDER/full/NAME.har, FOLDER/bare/NAME.har (no response bodies), and prints how many logged in.
"""
import argparse
import csv
import datetime
import html.parser
import http.client
import json
import os
import random
import threading
import time
import urllib.parse

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class Forms(html.parser.HTMLParser):
    """The forms of a page: where to, and what is filled in already."""

    def __init__(self, page):
        super().__init__()
        self.forms, self.links = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "form":
            self.forms.append((a.get("action", ""), {}))
        elif tag == "input" and self.forms and a.get("name"):
            self.forms[-1][1][a["name"]] = a.get("value", "")
        elif tag == "a":
            self.links.append(a.get("href", ""))


class Visitor:
    def __init__(self, options, name, number):
        self.options, self.name = options, name
        self.random = random.Random(f"{options.seed} {name}")
        self.cookies, self.entries, self.page, self.at = {}, [], "", "/"
        self.recording = True
        # Each from an address of his own, as a log of the world shows them.
        home = f"127.{1 + number // 60000}.{number // 250 % 240}.{1 + number % 250}"
        self.connection = http.client.HTTPConnection("127.0.0.1", options.port, timeout=60, source_address=(home, 0))

    def ask(self, method, target, form=None, body=None, extra=()):
        headers = {"Host": self.options.host, "User-Agent": AGENT, "Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"}
        if self.entries or self.at != "/":
            headers["Referer"] = f"http://{self.options.host}{self.at}"
        if form is not None:
            body, headers["Content-Type"] = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        if body is not None:
            headers["Origin"] = f"http://{self.options.host}"
        headers.update(extra)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        began = time.time()
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        took = (time.time() - began) * 1000
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.keep(line)
        if self.recording:
            self.entries.append(self.entry(method, target, headers, body, answer, text, began, took))
        if answer.status in (301, 302, 303):
            return self.ask("GET", answer.headers["Location"])
        if "html" in (answer.headers["Content-Type"] or ""):
            self.at, self.page = target, text
        time.sleep(self.random.uniform(0, 0.01))
        return text

    def keep(self, line):
        pair, _, attributes = line.strip().partition(";")
        name, _, value = pair.partition("=")
        if "max-age=0" in attributes.lower():
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def entry(self, method, target, headers, body, answer, text, began, took):
        started = datetime.datetime.fromtimestamp(began, datetime.timezone.utc).isoformat(timespec="microseconds")
        request = {
            "method": method, "url": f"http://{self.options.host}{target}", "httpVersion": "HTTP/1.1",
            "headers": [{"name": k, "value": v} for k, v in headers.items()],
            "queryString": [], "cookies": [], "headersSize": -1, "bodySize": len(body or ""),
        }
        if body is not None:
            request["postData"] = {"mimeType": headers["Content-Type"], "text": body}
        return {
            "startedDateTime": started.replace("+00:00", "Z"), "time": took, "request": request,
            "response": {
                "status": answer.status, "statusText": answer.reason, "httpVersion": "HTTP/1.1", "cookies": [],
                "headers": [{"name": k, "value": v} for k, v in answer.getheaders()],
                "content": {"size": len(text), "mimeType": answer.headers["Content-Type"] or "", "text": text},
                "redirectURL": answer.headers["Location"] or "", "headersSize": -1, "bodySize": len(text),
            },
            "cache": {}, "timings": {"send": 0, "wait": took, "receive": 0},
        }

    def form(self, prefix, **filled):
        """Fill and send the first form of the page whose action begins so."""
        for action, given in Forms(self.page).forms:
            if action.startswith(prefix):
                return self.ask("POST", action or self.at, {**given, **filled})
        raise SystemExit(f"{self.name}: no form {prefix!r} on {self.at}")

    def write(self):
        log = {"version": "1.2", "creator": {"name": "rehearse-tests", "version": "1"}, "entries": self.entries}
        for kind in ("full", "bare"):
            if kind == "bare":
                for entry in self.entries:
                    del entry["response"]["content"]["text"]
            with open(f"{self.options.out}/{kind}/{self.name}.har", "w") as out:
                json.dump({"log": log}, out)


def look_around(v):
    v.ask("GET", "/")
    v.ask("GET", "/products/")
    v.ask("GET", f"/products/{v.random.randint(1, 30)}/")


def log_in(v, account):
    v.ask("GET", "/cart/")
    for action, given in Forms(v.page).forms:
        if "password" in given:
            v.ask("POST", action or v.at, {**given, "username": account["username"], "password": account["password"]})


def shop(v):
    for _ in range(v.random.randint(1, 3)):
        v.ask("GET", f"/products/{v.random.randint(1, 30)}/")
        v.form("/cart/add/")
    v.form("/cart/lines/", quantity=str(v.random.randint(2, 5)))
    lines = json.loads(v.ask("GET", "/api/cart/", extra={"Accept": "application/json"}.items()))["cart"]["lines"]
    chosen = v.random.choice(lines)["id"]
    v.ask("PATCH", f"/api/lines/{chosen}/", body=json.dumps({"quantity": 7}),
          extra={"Content-Type": "application/json", "X-CSRFToken": v.cookies["csrftoken"]}.items())
    v.ask("GET", "/cart/")
    if len(lines) > 1:
        removals = [a for a, _ in Forms(v.page).forms if a.endswith("/remove/")]
        v.form(v.random.choice(removals))
    if v.random.random() < 0.7:
        v.form("/checkout/")
        v.ask("GET", "/account/")
        v.ask("GET", [l for l in Forms(v.page).links if l.startswith("/orders/")][-1])
    v.ask("GET", "/account/")
    if v.random.random() < 0.5:
        v.form("/accounts/logout/")


def visit(options, name, account, number):
    v = Visitor(options, name, number)
    if account:
        before = v.random.random() < options.logged_in_before
        v.recording = not before
        if not before:
            look_around(v)
        log_in(v, account)
        v.recording = True
        shop(v)
    else:
        look_around(v)
        v.ask("GET", "/cart/")
    v.write()


def main():
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--port", type=int, required=True)
    parse.add_argument("--host", default="app.example")
    parse.add_argument("--accounts", required=True)
    parse.add_argument("--out", required=True)
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("--logged-in-before", type=float, default=0.2)
    parse.add_argument("--anonymous", type=int, default=10)
    parse.add_argument("--at-once", type=int, default=8)
    options = parse.parse_args()
    for kind in ("full", "bare"):
        os.makedirs(f"{options.out}/{kind}", exist_ok=True)
    with open(options.accounts, newline="") as rows:
        visitors = [(row["username"], row) for row in csv.DictReader(rows)]
    members = len(visitors)
    visitors += [(f"anonymous{i}", None) for i in range(options.anonymous)]
    random.Random(options.seed).shuffle(visitors)
    failed = []

    def work():
        while visitors:
            name, account = visitors.pop()
            try:
                visit(options, name, account, len(visitors))
            except Exception as problem:  # said at the end, and counted
                failed.append(f"{name}: {problem!r}")

    threads = [threading.Thread(target=work) for _ in range(options.at_once)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failed:
        raise SystemExit("\n".join(failed))
    print(f"members={members}")


if __name__ == "__main__":
    main()
