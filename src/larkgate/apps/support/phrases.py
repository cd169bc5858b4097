"""Turns of a conversation that are not questions: small talk, "other ways?", "tried that"."""

from __future__ import annotations

import re

__all__ = ["more_about", "other_ways", "small_talk"]

_END = r"(吗|吧|呢|呀|啊|哦|了|啦|你|您)*[\s!！。.~～?？,，]*"

_SMALL_TALK = {
    "support.hello": r"你好|您好|嗨|哈喽|在|在不在|早上好|上午好|中午好|下午好|晚上好|hi|hello|hey"
    r"|/?(help|帮助|菜单|使用说明|怎么用|怎么使用)|你是谁|你会什么|你能[做干]什么|你会[做干]什么"
    r"|who are you|what can you do",
    "support.welcome": r"(好的?|明白|收到|可以|解决)?了?[,，\s]*(谢谢|多谢|感谢|辛苦)"
    r"|(ok|okay|great)?[,\s]*(thanks|thank you|thx)( (a lot|very much|so much))?",
}
_SMALL_TALK_PATTERNS = {
    key: re.compile(rf"\s*(?:{pattern}){_END}", re.IGNORECASE)
    for key, pattern in _SMALL_TALK.items()
}

_OTHER_WAYS = re.compile(
    r"(还有|有没有|有)?(没有|什么)?(其他|其它|别的|另外的?|另一[种个]|更多)的?"
    r"(解决|处理|排查)?的?(方法|办法|方案|可能性?|原因|建议|思路|工单|(?=[吗么嘛]))"
    r"|换一?[个种](方法|办法|方案|(?=吧?\W*$))|下一[个条种]|还有(?=[吗么嘛呢没])"
    r"|\b(any |some )?(other|another|more|different) "
    r"(ways?|solutions?|options?|ideas?|methods?|causes?|one)\b"
    r"|\b(any|some)thing else\b|\bwhat else\b|\bnext( one)?\b",
    re.IGNORECASE,
)
_MORE_ABOUT = re.compile(
    r"已经|试过|试了|都做了|做过|重启过|还是|仍然|依然|没用|不管用|不行|不好使|没解决|没有解决|没效果"
    r"|车型|型号|车款|补充|另外|报错|错误码|故障码"
    r"|\b(already|tried|still|did(n't| not) (help|work)|no luck|my model|error code)\b",
    re.IGNORECASE,
)
_POLITE = re.compile(rf"^{_END}$")


def small_talk(text: str) -> str | None:
    """The key of the sentence that answers small talk, if it is that and nothing else."""
    patterns = _SMALL_TALK_PATTERNS.items()
    return next((key for key, pattern in patterns if pattern.fullmatch(text)), None)


def other_ways(text: str) -> str | None:
    """What is left of a text that asks for another way; None if it does not ask for one."""
    rest, asked = _OTHER_WAYS.subn(" ", text)
    if not asked:
        return None
    return "" if _POLITE.match(rest.strip()) else rest.strip()


def more_about(text: str) -> bool:
    """Whether the text adds to what was said before ("已经重启过了", "车型是…")."""
    return _MORE_ABOUT.search(text) is not None
