"""Sentences with private items planted in them, English and Chinese, and sentences with numbers
that only look private. Everything is made up; check digits are right or wrong on purpose."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import NamedTuple

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Planted(NamedTuple):
    """A sentence; what is private in it (None: nothing); the type."""

    text: str
    secret: str | None
    type: str


def with_luhn(prefix: str, length: int, rng: random.Random, *, valid: bool = True) -> str:
    digits = prefix + "".join(rng.choices(string.digits, k=length - len(prefix) - 1))
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    check = (10 - total % 10) % 10
    return digits + str(check if valid else (check + rng.randint(1, 9)) % 10)


def chinese_id(rng: random.Random, *, valid: bool = True) -> str:
    region = rng.choice(["110101", "310104", "440305", "510107", "330106", "610103", "810000"])
    day = f"{rng.randint(1940, 2015)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    digits = region + day + f"{rng.randint(1, 999):03}"
    place = sum(w * int(d) for w, d in zip(ID_WEIGHTS, digits, strict=True)) % 11
    if not valid:
        place = (place + rng.randint(1, 10)) % 11
    return digits + "10X98765432"[place]


def iban(rng: random.Random, *, valid: bool = True) -> str:
    country, pattern = rng.choice(
        [("DE", "d" * 18), ("GB", "LLLL" + "d" * 14), ("FR", "d" * 23), ("NL", "LLLL" + "d" * 10)]
    )
    body = "".join(
        rng.choice(string.digits if kind == "d" else string.ascii_uppercase) for kind in pattern
    )
    number = int("".join(str(int(c, 36)) for c in body + country + "00"))
    check = 98 - number % 97
    if not valid:
        check = (check + rng.randint(1, 90)) % 97 or 1
    return f"{country}{check:02}{body}"


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _token(rng: random.Random, count: int, alphabet: str = string.ascii_letters) -> str:
    return "".join(rng.choices(alphabet + string.digits * 2, k=count))


def _email(rng: random.Random) -> str:
    name = rng.choice(["li.lei", "han_mei-mei", "j.smith+lists", "zhang1987", "O.Brien", "w"])
    return (
        f"{name}{rng.randint(1, 99)}@{rng.choice(['163.com', 'mail.ox.ac.uk', 'qq.com', 'gmx.de'])}"
    )


def _phone(rng: random.Random) -> str:
    area, line = f"{rng.randint(2, 9)}{_digits(rng, 2)}", f"{rng.randint(2, 9)}{_digits(rng, 2)}"
    area = "415" if area == "400" else area
    last = _digits(rng, 4)
    mobile = rng.choice(["138", "159", "186", "177", "199", "150"]) + _digits(rng, 7) + "7"
    landline = f"{rng.randint(2, 8)}{_digits(rng, 7)}"
    return rng.choice(
        [
            f"({area}) {line}-{last}",
            f"{area}-{line}-{last}",
            f"{area}.{line}.{last}",
            f"+1 {area} {line} {last}",
            f"+1-{area}-{line}-{last} ext. {rng.randint(10, 999)}",
            f"+44 20 7{_digits(rng, 3)} {last}",
            f"+49 (0)30 {_digits(rng, 6)}",
            f"+33 6 {_digits(rng, 2)} {_digits(rng, 2)} {_digits(rng, 2)} {_digits(rng, 2)}",
            mobile,
            f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}",
            f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}",
            f"+86 {mobile}",
            f"+86-{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}",
            f"010-{landline}",
            f"(0{rng.choice([21, 755, 571, 28])}){landline}",
            f"0{rng.choice([21, 755, 571, 28])}-{landline}",
            mobile.translate({ord("0") + i: ord("０") + i for i in range(10)}),
        ]
    )


def _card(rng: random.Random) -> str:
    prefix, length = rng.choice(
        [("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6222", 19), ("6217", 19), ("6225", 16)]
    )
    number = with_luhn(prefix, length, rng)
    if length == 16 and rng.random() < 0.5:
        return rng.choice([" ", "-"]).join(number[i : i + 4] for i in range(0, 16, 4))
    if length == 15 and rng.random() < 0.5:
        return f"{number[:4]} {number[4:10]} {number[10:]}"
    return number


def _ip(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return "2a02:" + ":".join(f"{rng.randint(4096, 65535):x}" for _ in range(7))
    first = rng.choice([5, 23, 37, 47, 58, 81, 95, 114, 129, 151, 180, 202, 218])
    return f"{first}.{rng.randint(1, 254)}.{rng.randint(1, 254)}.{rng.randint(1, 254)}"


def _secret(rng: random.Random) -> str:
    lower = string.ascii_lowercase
    return rng.choice(
        [
            "sk-proj-" + _token(rng, 40),
            "ghp_" + _token(rng, 36),
            "AKIA" + "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=14)) + "2A",
            "AIza" + _token(rng, 35),
            "xoxb-" + _digits(rng, 12) + "-" + _digits(rng, 12) + "-" + _token(rng, 24),
            "glpat-" + _token(rng, 20),
            "eyJ" + _token(rng, 33) + ".eyJ" + _token(rng, 60) + "." + _token(rng, 43),
            "-----BEGIN RSA PRIVATE KEY-----\n"
            + "\n".join(_token(rng, 64) for _ in range(4))
            + "\n-----END RSA PRIVATE KEY-----",
            "hf_" + "".join(rng.choices(string.ascii_letters, k=34)),
            "LTAI" + _token(rng, 20, lower),
        ]
    )


def _ssn(rng: random.Random) -> str:
    return f"{rng.randint(100, 600)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"


def _iban(rng: random.Random) -> str:
    number = iban(rng)
    if rng.random() < 0.5:
        return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    return number


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "email": _email,
    "phone": _phone,
    "chinese_id": chinese_id,
    "bank_card": _card,
    "iban": _iban,
    "ip_address": _ip,
    "secret": _secret,
    "us_ssn": _ssn,
}

FRAMES = (
    "She wrote {} on the form, and nobody asked.",
    "The record says {}.",
    "See {} (as of 2021-03-04) for the rest.",
    "{}\n",
    "他留下的是{}，请不要外传。",
    "资料：{}；其余见附件。",
    "2019年5月3日登记，{}已经核对过了。",
    "（{}）",
)

LOOKALIKES: tuple[str, ...] = (
    "Order 202103041234567 left the house on 2021-03-04 12:30:45.",
    "订单号202011110012345678，已于2020-11-11 20:30发货。",
    "Version 1.2.3.4 follows 10.0.19041.1 and Chrome 96.0.4664.110 came out.",
    "v2.10.3.1 与 3.11.7.100 版本不兼容，升级到版本 4.2.0.118。",
    "ISBN 978-3-16-148410-0 and ISBN 0-306-40615-2, EAN 4006381333931.",
    "书号 978-7-02-000220-7，定价 59.70 元，印数 1000000 册。",
    "t = 1600000000 s, in ms 1600000000000, in ns 1600000000000000000.",
    "The population is 1 412 360 000; the debt 31,419,000,000,000 dollars.",
    "全国人口1412360000人，其中城镇人口9.3亿，密度147.1人。",
    "pi is 3.14159265358979 and e is 2.71828182845905; z = 0.5 + 14.1347251417347j",
    "Coordinates 48.858222, 2.294500 and 39.916345 116.397155.",
    "The hosts 192.168.1.10, 10.0.0.1, 127.0.0.1, 172.16.5.4 are private; 192.0.2.1 is nobody's.",
    "Mask ffff:ffff:ffff:ffff::, loopback ::1, link fe80::1, MAC 00:1a:2b:3c:4d:5e, at 12:30:45.",
    "std::vector<int> a; b::c(d); Foo::Bar::baz();",
    "Write to user@example.com or to admin@localhost; logo@2x.png, w@x.mean(), @property",
    "Use git@github.com:user/project.git or pip install package@1.2.3.",
    "UUID 123e4567-e89b-12d3-a456-426614174000, SHA e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b.",
    "DOI 10.1016/j.cell.2008.10.015, arXiv 2305.16264, RFC 2606, PMID 18984149.",
    "ICP备18020997号，京公网安备11010802020088号，统一社会信用代码91110108551385082Q。",
    "服务热线400-886-5590，报警110，银行客服95588，运营商10086。",
    "http://shop.com/item/4111111111111111 and https://a.cn/p?id=13812345678&u=6222020200112230",
    "token = get_token(request); password: str | None = None; api_key=os.environ['API_KEY']",
    "secret_key = 'your-secret-key-goes-here'; AKIAIOSFODNN7EXAMPLE; sk-xxxxxxxxxxxxxxxxxxxxxxxx",
    "ftp://user:password@host/x, https://name:token@example.com, redis://:secret@localhost:6379",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG\n-----END CERTIFICATE-----",
    "Isaiah 40:12-31; 1 Kings 8:22-53; scores 21-19, 25-23, 15-13; 1939-1945; 2020-2021-2022",
    "matrix [[123, 456, 7890], [234, 567, 8901]] and 123 456 789 012",
    "共计 13 456 7890 项；比分 101-99；学号20190101234；房号1-2-301",
    '{"memory_total_bytes": 15032385536, "ids": [17189008333]}',
    "FF 00 12 34 56 78 9A; 0x1234567890; 1e-1234567; 100.200.300.400; 999.1.1.1",
    "Section 8.2.4.44 and § 17.3.2.36; table 5.1.2.3; 第3.2.1.4节",
    "rate 5551212 per 1000000, serial 5500-0000-1111, part no. 12-3456-7890",
)


def planted_items(per_type: int, seed: int = 0) -> list[Planted]:
    """`per_type` sentences for each type, with one valid item each."""
    rng = random.Random(seed)
    return [
        Planted(rng.choice(FRAMES).format(secret), secret, name)
        for name, make in MAKERS.items()
        for secret in (make(rng) for _ in range(per_type))
    ]


def broken_items(per_type: int, seed: int = 1) -> list[Planted]:
    """Sentences with numbers whose check digits are wrong."""
    rng = random.Random(seed)
    makers: dict[str, Callable[[], str]] = {
        "chinese_id": lambda: chinese_id(rng, valid=False),
        "bank_card": lambda: with_luhn("6222", 19, rng, valid=False),
        "iban": lambda: iban(rng, valid=False),
    }
    return [
        Planted(rng.choice(FRAMES).format(make()), None, name)
        for name, make in makers.items()
        for _ in range(per_type)
    ]
