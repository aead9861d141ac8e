"""The characters by which an encoding is recognised.

Goes out: the characters that Chinese and Japanese writers repeat, and the letters with marks of the
languages of western Europe. The Chinese ones are the most frequent of a million characters of web
text, simplified and traditional, and those of classical verse; the kanji are the most frequent ones
of newspapers. Knows nothing of bytes.
"""

from __future__ import annotations

FREQUENT_CHINESE = frozenset(
    "的是一不了有在人我个这大中为上以来很就好年时到和要多也会国能还家可下都生后过出对学于么小行发"
    "用说点业得面看没们子他作公比成方分现地自本前经开吃里道去你日实如天但最机动新主之月理市其而长"
    "高关同价定进事心所法然等想那全者部工样些度次间加力美体内电品感果情务意合量外觉位着什与司常场"
    "因元起种当保问重三期产错第性正老资入将安只题手味西做相更提女水车东口从别员书建目民较制通真明"
    "己名金区服太及平两化信并知给万特应文环表路师单买影被利原教展二身让少或已菜回无解网系数程管喜"
    "此收活欢该友头总打几计据直式代非游交完候处再门至格接话质调色气先店近线受设肉向走商专由结十周"
    "每费北她记推医放带海各任基物油台强政何求导需快注包爱报院容排儿城才示认证持片又南运怎使类视今"
    "选增科算投白球食啊企预件立改把风房变马见像男省装四级布指便节境孩香始约吧评规流热难议且整联微"
    "首考传清源空客鱼办朋钱值转演反戏营告张超达般校边供望易请步项案统越组图广术条未京赛查股治世足"
    "备饭哪款观光试险社续确乐况满造语低病论料王健速习消深份局队参照牌字盘技购创号效决领标答息复育"
    "士户称华州花集存销识尔配取团读型餐准宝共個這爲來時會國還後過對學於麼發說點業沒們現經開喫裏實"
    "機動長關價進樣間體內電務覺與場種當問產錯資將題車東從別員書較區兩並給萬應環師單買讓無網數歡該"
    "頭總幾計據遊處門話質調氣線設專結費記醫帶臺強導愛報兒認證運類視選預風變馬見裝級節約評規熱難議"
    "聯傳魚辦錢轉戲營張達邊請項統組圖廣術條賽備飯觀試險續確樂況滿語論習隊參盤購創號決領標復戶稱華"
    "銷識爾團讀準寶乎云军则則千却卻君吾声夜夢夫它寒尽山归愁故春曰梦歸江為烟焉煙独獨玉盡矣秋紅红聲"
    "若莫著裡誰谁軍酒雨雲青"
)
"""Characters that Chinese of any period repeats."""

FREQUENT_KANJI = frozenset(
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方"
    "四定今回新場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八"
    "六約主題下首意法不来作性的要用制治度務強気小七成期公持野協取都和統以機平総加思家話世受区領多"
    "県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝"
    "面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増"
    "係感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位置"
    "企真流格有疑口過局少放税検藤町常校料沢裁状工建語球営空職証土与急止送援供可役構木割聞身費付施"
    "切由説転食比難防補車優夫研収断井何南石足違消境神番規術護展態導備害配副算視条幹独警究育席輸訪"
    "楽起万着乗店述残想線率病農州武声質念待試族象銀域助労例然早張映限親額監環験追審商葉義伝働形景"
    "落欧担好退準賞辺造英株頭技低毎医復仕去姿味負閣失移差衆個門写評課末守若脳極種美命含福量望松非"
    "観察段横深字申様財港識注呼達夜音春夏秋冬花雨風雪犬猫鳥魚母父兄弟姉妹友彼誰色赤青白黒"
)
"""Kanji that Japanese repeats."""

FREQUENT_HANGUL = frozenset(
    "이다는의에을가고하지로은도한사를기자인리어서들과대정시그부있해것나수제일아장게라전상"
    "만여보소오주스구국성원공동안면조비적유세년실생요으문니신중진선관미와간내무위트회연용"
    "경치물때방월거화마분학우모재계등단드할했었습러추까입력민려금발통저양"
)
"""Syllables that Korean repeats."""

CJK_PUNCTUATION = frozenset("，。、；：？！“”‘’《》〈〉「」『』（）【】〔〕—…·　～・ー〜％")
"""Punctuation of Chinese and Japanese."""

LATIN_PUNCTUATION = frozenset("\u00a0‘’‚“”„«»‹›–—…•·°§©®™€£¡¿´")
"""Characters other than letters that western Europe writes beyond ASCII."""

WESTERN_LETTERS = {
    "French": frozenset("àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜ"),
    "German": frozenset("äöüßéÄÖÜ"),
    "Spanish": frozenset("áéíóúñüÁÉÍÓÚÑªº"),
    "Portuguese": frozenset("áâãàçéêíóôõúüÁÂÃÀÇÉÊÍÓÔÕÚªº"),
    "Italian": frozenset("àèéìíîòóùÀÈÉÌÒÙªº"),
    "Swedish, Finnish, Estonian": frozenset("åäöéõüšžÅÄÖÉÕÜŠŽ"),
    "Danish, Norwegian": frozenset("æøåéòôÆØÅÉ"),
    "Icelandic, Faroese": frozenset("áðéíóúýþæöøÁÐÉÍÓÚÝÞÆÖØ"),
    "Dutch, Afrikaans": frozenset("éèëêïöüÉËÏÖÜ"),
    "Catalan": frozenset("àçèéíïòóúüÀÇÈÉÍÏÒÓÚÜ"),
    "Irish, Gaelic": frozenset("áéíóúàèìòùÁÉÍÓÚÀÈÌÒÙ"),
}
"""The letters beyond ASCII of the languages that Windows-1252 was made for."""

SHARED_LETTERS = frozenset("äéëíóôöúüáâçßÄÉËÍÓÔÖÚÜÁÂÇ")
"""Letters that have the same place in the Latin code pages of eastern Europe (Windows-1250) and
Turkey (Windows-1254), so that they are read rightly whichever it is."""
