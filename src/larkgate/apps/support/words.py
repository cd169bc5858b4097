"""From text to search terms: character pairs, words, and what customers call the same thing.

Chinese is written without spaces, so pairs of neighbouring characters stand for its words.
Any name of a thing adds the thing itself as a term, and an English name is read as the Chinese
one: thus "大屏不亮" and "the screen is black" both find "屏幕黑屏".
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["normalized", "terms"]

# The names of one thing in Chinese, the usual one first, and in English.
_THINGS = (
    (
        "无法连接网络 无法联网 不能联网 联不上网 连不上网 连不了网 上不了网 不能上网 无法上网 "
        "没网 没有网 无网络 断网 没有信号 没信号",
        "cannot connect to the network, no network, no internet, no signal, network, internet",
    ),
    ("离线 掉线 不在线", "offline"),
    ("信号", "signal"),
    ("蓝牙", "bluetooth"),
    ("钥匙", "keys, key"),
    ("屏幕 大屏 触摸屏 显示屏 中控屏", "screen, display"),
    ("黑屏 不亮 黑的 黑了 没有画面", "black, blank"),
    ("重启", "rebooting, reboots, reboot, restarting, restarts, restart"),
    ("很卡 特别卡 太卡 好卡 车机卡 卡顿 反应慢 越来越慢", "slow, laggy"),
    ("触控 触摸 触屏 乱点", "touch"),
    ("唤醒 叫不醒 没有反应 没反应 没有回应", "wake up, wake, no response"),
    ("语音 麦克风", "voice, microphone"),
    ("定位 位置", "gps, location, position"),
    ("漂移 不准 不对 偏了 偏差", "drifting, drifts, drift, wrong"),
    ("地图 导航", "navigation, maps, map"),
    ("路况 堵车", "traffic"),
    ("升级 更新 刷写 新版本", "software update, updates, update, upgrade"),
    ("下载", "downloading, download"),
    ("卡住 不动 停了", "stuck"),
    ("充电 充的电 充不进", "charging, charge"),
    ("电量 百分比", "battery level"),
    ("低压蓄电池 电瓶 亏电 打不着", "12v battery, flat battery, dead battery"),
    ("远程", "remotely, remote"),
    ("空调", "air conditioning, climate"),
    ("超时", "times out, timed out, timeout"),
    ("解锁 开锁 开门 打开车门", "unlocks, unlock"),
    ("验证码", "verification code"),
    ("绑定 绑车 添加车辆", "binding, bind"),
    ("二手 前车主 原车主 上一任", "previous owner, second-hand, used car"),
    ("实名", "real-name"),
    ("流量 套餐", "data plan, mobile data"),
    ("热点 wi-fi", "hotspot, wifi"),
    ("登录 登陆", "log in, login, sign in"),
    ("账号 帐号", "account"),
    ("密码", "password"),
    ("推送 通知 提醒", "notifications, notification, push"),
    ("分享 借车", "sharing, share"),
    ("摄像头 影像", "camera"),
    ("行车记录 记录仪 录像", "dashcam, recording"),
    ("胎压 胎气 轮胎", "tire pressure, tyre pressure, tire, tyre"),
    ("告警 报警 警告", "warning, alarm"),
    ("过期 到期 失效", "expired, expires"),
    ("证书", "certificate"),
    ("时间 日期 时区 校时", "clock, time zone"),
    ("紧急呼叫 sos", "emergency call, ecall"),
    ("哨兵", "sentry mode, sentry"),
    ("音乐 听歌", "music"),
    ("手机", "phone"),
    ("二维码 扫码", "qr code"),
    ("休眠 停放 停了十 放了半", "sleep mode"),
)

# These say nothing about a vehicle. They also end a run: no pair reaches across them.
_EMPTY = (
    "怎么办 怎么回事 怎么处理 怎么解决 怎么样 怎么 为什么 什么 是不是 有没有 有问题 问题 请问 请教 "
    "帮我 帮忙 如何 我的 一直 总是 老是 突然 已经 现在 今天 昨天 明天 星期 时候 可以 需要 应该 "
    "一下 一个 这个 那个 车型 型号 车子 车辆 我 你 您 他 她 是 了 的 吗 呢 吧 啊 就 也 都 还 又 很 "
    "太 把"
)
_EMPTY_ENGLISH = (
    "a after an and are at be can cannot can't car do does doesn't for how i in is isn't it its "
    "me my no not of on or please that the this to vehicle was what what's when where who why "
    "will with won't work working works you your"
)

_NAMES = [chinese.split() for chinese, _ in _THINGS]
_SILENT = frozenset(_EMPTY_ENGLISH.split())
_IN_CHINESE = {name: chinese.split()[0] for chinese, names in _THINGS for name in names.split(", ")}


def _any_of(phrases: list[str]) -> str:
    return "|".join(sorted(map(re.escape, phrases), key=len, reverse=True))


_ENGLISH = re.compile(rf"\b(?:{_any_of(list(_IN_CHINESE))})\b")
_PAUSE = re.compile(_any_of(_EMPTY.split()))
_WORD = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")


def normalized(text: str) -> str:
    """Full-width letters made narrow, capitals small."""
    return unicodedata.normalize("NFKC", text).lower()


def terms(text: str) -> list[str]:
    """The search terms of a text; what it says twice is there twice."""
    text = _ENGLISH.sub(lambda name: f" {_IN_CHINESE[name[0]]} ", normalized(text))
    return [*_things(text), *_words(text), *_pairs(text)]


def _things(text: str) -> list[str]:
    return [f"={names[0]}" for names in _NAMES if any(name in text for name in names)]


def _words(text: str) -> list[str]:
    words = (word for word in _WORD.findall(text) if word not in _SILENT)
    return [word.replace("-", "") for word in words]  # T-Box and TBox are one


def _pairs(text: str) -> list[str]:
    runs = _CHINESE.findall(_PAUSE.sub(" ", text))
    return [run[i : i + 2] for run in runs for i in range(len(run) - 1)]
