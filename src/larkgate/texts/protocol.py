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
    "protocol.push_unreadable": (
        "推送的内容不是 JSON 对象（{size} 字节）",
        "a push of {size} bytes is not a JSON object",
    ),
    "protocol.event_unreadable": (
        "事件 {type} 的内容与官方文档不符，无法解析",
        "an event {type} does not have the shape of the official documents",
    ),
    "protocol.piece_out_of_range": (
        "分片推送 {id} 的片号不合理（第 {seq} 片，共 {sum} 片），已丢弃，等平台重推",
        "piece {seq} of {sum} of push {id} makes no sense; dropped, the platform will push again",
    ),
    "protocol.piece_contradicts": (
        "分片推送 {id} 的第 {seq} 片前后不一致，已丢弃，等平台重推",
        "piece {seq} of push {id} came twice with different bytes; dropped, the platform will "
        "push again",
    ),
    "protocol.push_too_large": (
        "分片推送 {id} 超过 {limit} 字节，已丢弃",
        "push {id} is larger than {limit} bytes; dropped",
    ),
}
