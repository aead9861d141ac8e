"""The last labels that a domain name of an e-mail address may have.

All country codes (ISO 3166-1 as delegated by IANA), and those of the other top-level domains that
people write from. A file name or a method after an @ is no address: `logo@2x.png`, `w@x.mean`.
"""

from __future__ import annotations

_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs
bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee
eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm
hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb
lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz
na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs
ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl
tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw co io
"""

_GENERIC = """
aero amsterdam app arpa art asia bank bayern berlin biz blog brussels cafe care cat center
chat church city cloud club coach codes com community company consulting coop dance design
dev digital directory edu education email energy engineer engineering enterprises events
expert express family fans farm finance fit flights foundation fun fund fyi gallery games
gay global gmbh gold golf gov green group guide guru hamburg health help holdings host
hosting house icu industries info ink institute insure int international jetzt jobs kim
kitchen koeln land law lawyer legal life limited link live llc loan london love ltd ltda
market marketing mba media melbourne mil mobi moe money museum name navy net network news
ngo ninja nyc one ong onl online ooo org page paris partners party photo photography photos
pics place plus poker post press pro pub quebec red rehab rent repair report rest review
reviews rip rocks ruhr run saarland sale school science scot sexy shop shopping show site
social software solar solutions space store stream studio style support surf swiss systems
tax taxi team tech technology tel tips today tokyo tools top tours town toys trade training
travel tube university vacations ventures vet video vip vision vlaanderen vote wales wang
watch web website wedding wien wiki win wine work works world wtf xin xyz yoga zone
"""

TOP_LEVEL_DOMAINS = frozenset((_COUNTRIES + _GENERIC).split())
"""In lower case."""
