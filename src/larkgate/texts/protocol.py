"""Sentences about bytes that do not follow the protocol, and about answers of the platform."""

SENTENCES: dict[str, tuple[str, str]] = {
    "protocol.frame_truncated": (
        "收到的帧不完整（{size} 字节），已跳过",
        "a frame of {size} bytes is cut off; it was skipped",
    ),
    "protocol.frame_number": (
        "收到的帧里有过长的整数，已跳过",
        "a frame holds a number that is too long; it was skipped",
    ),
    "protocol.frame_field": (
        "收到的帧里字段 {number} 的类型 {wire} 不对，已跳过",
        "field {number} of a frame has the wrong wire type {wire}; it was skipped",
    ),
    "protocol.frame_fields": (
        "收到的帧超过 {limit} 个字段，已跳过",
        "a frame has more than {limit} fields; it was skipped",
    ),
    "protocol.frame_text": (
        "收到的帧里有不是 UTF-8 的文字，已跳过",
        "a frame holds text that is not UTF-8; it was skipped",
    ),
}
