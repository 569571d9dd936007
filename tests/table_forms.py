"""One table in the many forms in which tables come as text."""

PLAIN = "a,b,c\n1,2,3\n4,5.5,6\n"
FORMS = [
    PLAIN,
    "1,2,3\n4,5.5,6\n",
    PLAIN.replace(",", ";"),
    PLAIN.replace(",", "\t"),
    PLAIN.replace(",", "|"),
    PLAIN.replace(",", ", "),
    PLAIN.replace("\n", "\r\n"),
    PLAIN.replace("\n", "\r"),
    PLAIN.replace("\n", "\n\n"),
    PLAIN.removesuffix("\n"),
    PLAIN.replace("\n", ",\n"),
    "1.0e+00 2e0   3\n 4 5.5 6\n",
    "# a b c\n1 2 3\n4 5.5 6\n",
    "# made by hand\n# a,b,c\n1,2,3\n4,5.5,6\n",
    '"a","b, of them","c"\n"1","2","3"\n"4","5.5","6"\n',
    "sep=;\na;b;c\n1;2;3\n4;5.5;6\n",
    ",a,b,c\n0,1,2,3\n1,4,5.5,6\n",
    b"\xef\xbb\xbf" + PLAIN.encode(),
    PLAIN.encode("utf-16"),
    "größe,b,c\n1,2,3\n4,5.5,6\n",
]
