"""A fresh environment in FOLDER, with accounts of its own and numbers that begin elsewhere, served on loopback."""
import csv

from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection

from shop.models import Product


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass


class Many(ThreadedWSGIServer):
    request_queue_size = 512
    daemon_threads = True


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=0)
        parser.add_argument("--accounts", required=True)
        parser.add_argument("--numbers-from", type=int, default=1)
        parser.add_argument("--products", type=int, default=30)

    def handle(self, port, accounts, numbers_from, products, **options):
        call_command("migrate", run_syncdb=True, verbosity=0)
        if not Product.objects.exists():
            self.fill(accounts, numbers_from, products)
        server = Many(("127.0.0.1", port), Quiet)
        server.set_app(get_wsgi_application())
        print(f"PORT={server.server_port}", flush=True)
        server.serve_forever()

    def fill(self, accounts, numbers_from, products):
        Product.objects.bulk_create(
            Product(pk=i + 1, name=f"Thing {i + 1}", price=100 + 7 * i) for i in range(products)
        )
        with open(accounts, newline="") as rows:
            for row in csv.DictReader(rows):
                User.objects.create_user(row["username"], row["email"], row["password"])
        with connection.cursor() as cursor:
            for table in ("shop_cart", "shop_line", "shop_order"):
                cursor.execute("INSERT INTO sqlite_sequence(name, seq) VALUES(%s, %s)", [table, numbers_from])
