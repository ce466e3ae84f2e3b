#!/usr/bin/python3
"""A real Django project for the tests: `manage.py serve PORT FOLDER --accounts FILE --numbers-from N --seed N`."""
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    sys.dont_write_bytecode = True
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
