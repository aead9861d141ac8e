"""Words in `class`, `id`, `role` and `itemprop` that say what a part of a page is.

Goes out: groups of words, each group one bit, and the hash table by which the scanner finds them.
The groups are only hints: how much each counts is learned.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.tags import build_slots

WORD_GROUPS: dict[str, str] = {
    "article": "article articles story news newsdetail articledetail detail details blog",
    "article_body": (
        "articlebody articlecontent articletext storybody storycontent storytext entrycontent "
        "postcontent posttext postbody newscontent newsbody contenttext bodytext articlecopy "
        "entrybody articlemain maincontent contentbody fulltext newstext bodycopy rte prose "
        "zhengwen artibody richtext wysiwyg xltext trseditor bodycontent"
    ),
    "body": "body copy paragraph paragraphs para",
    "content": "content contents contentpane cont con neirong nr",
    "entry": "entry post posts hentry topic single",
    "text": "text txt txtcont texto contenido",
    "main": "main primary center centre mainbody core",
    "comment": (
        "comment comments commentlist commenter disqus reply replies respond discussion feedback "
        "commentary livefyre pinglun tiezi gentie"
    ),
    "share": (
        "share sharing social sociable addthis facebook twitter whatsapp pinterest linkedin "
        "follow tools toolbar toolbox tool fenxiang weixin weibo qrcode bdshare sharebar addtoany "
        "sharedaddy jp email print socials"
    ),
    "related": (
        "related relatedposts recommend recommended recommendation recommendations recirc more "
        "readmore morefrom similar also trending popular mostread mostpopular latest next prev "
        "previous suggested outbrain taboola hot xiangguan tuijian relative further yarpp "
        "suggestions recent top ranking rank around"
    ),
    "sidebar": "sidebar side rail aside secondary right rightrail left widget widgets sidewidget",
    "promo": (
        "promo promos promotion ad ads adv advert advertisement adsense sponsor sponsored banner "
        "teaser marketing cta callout guanggao dfp gpt commercial offer partner subscribe paywall "
        "subscription subscriber premium"
    ),
    "newsletter": "newsletter newsletters signup sign optin mailchimp mailing register login",
    "byline": (
        "byline author authors writer contributor contributors vcard bio profile reporter "
        "zuozhe bianji editor source laiyuan origin publisher"
    ),
    "date": "date time timestamp datetime published publish pubdate dateline updated posted",
    "meta": "meta metadata info postmeta entrymeta postinfo articleinfo data stats views",
    "caption": (
        "caption captions credit credits photo image images img picture pic media mediacaption "
        "imagecaption wp gallery slideshow slide carousel figure thumb thumbnail photos"
    ),
    "video": "video player videoplayer jwplayer audio podcast brightcove youtube videos",
    "title": "title headline heading hed headings biaoti",
    "summary": (
        "summary dek description desc excerpt lead lede standfirst subtitle subhead subheadline "
        "deck intro abstract synopsis zhaiyao daodu teasertext snippet"
    ),
    "nav": (
        "nav navigation navbar menu menus breadcrumb breadcrumbs crumb crumbs pagination pager "
        "pages paging topnav subnav daohang skip tabs tab links dropdown submenu"
    ),
    "header": "header head masthead top topbar branding logo hd",
    "footer": "footer foot bottom copyright legal disclaimer ft banquan colophon",
    "list": "list listing items item card cards grid tile tiles feed river archive loop",
    "tags": "tag tags category categories keywords keyword label labels topics section eyebrow",
    "form": "form search searchform input contact poll quiz survey vote button btn",
    "hidden": (
        "hidden hide invisible offscreen screenreader sr sronly visuallyhidden modal popup overlay "
        "lightbox tooltip cookie cookies gdpr consent privacy notice alert toast nodisplay"
    ),
    "quote": "quote blockquote pullquote pull tweet embed embedded oembed instagram pq",
    "box": "box module block inset infobox factbox fact sidebarbox panel note aside2 boxout",
    "table": "table data toc wikitable spec specs chart",
    "forum": "message messages thread forum bbs postmessage posting answer question docs document",
    "code": "code highlight highlighter syntaxhighlighter pre codehilite",
}
"""Words by group, at most 62 groups. A word of several groups counts for the first."""

_WORD_SLOTS = 4096


def word_numbers() -> dict[str, int]:
    """The number of the group, from 1, for every word."""
    numbers: dict[str, int] = {}
    for number, words in enumerate(WORD_GROUPS.values(), start=1):
        for word in words.split():
            numbers.setdefault(word, number)
    return numbers


@lru_cache(maxsize=1)
def word_slots() -> NDArray[np.int64]:
    """The hash table from a word's hash to its group's number."""
    assert len(WORD_GROUPS) <= 62, "one bit for each group"
    return build_slots(word_numbers(), _WORD_SLOTS)
