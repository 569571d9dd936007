"""The files that lessons are made of: tables of text, and the parts of the page."""

from gan_core.pages.package_files import PackageFiles

FILES = PackageFiles("gan_core.lessons")
text_of, table_of = FILES.text, FILES.table
