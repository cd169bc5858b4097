"""Sentences of `larkgate queue`: its commands, their tables and one message's whole life."""

SENTENCES = {
    "cli.queue.help": (
        "查看和处理队列：等待、死信、暂停、重试、重放。不带子命令时显示 status。\n\n"
        "网关在不在运行都可以用。\n\n"
        "例：larkgate queue · larkgate queue list --state dead · larkgate queue retry --app support",
        "Look after the queues: what waits, is dead or paused; retry and replay. Without a command "
        "it shows `status`.\n\nWorks with and without a running gateway.\n\n"
        "Examples: larkgate queue · larkgate queue list --state dead · "
        "larkgate queue retry --app support",
    ),
    "cli.queue.status": (
        "各个队列的情况。\n\n"
        "每个队列有多少在等待、运行、成为死信，最久的等了多久，为什么暂停；以及节点和占用空间。\n\n"
        "例：larkgate queue status --json",
        "How the queues stand.\n\n"
        "How much waits, runs or is dead in each, how long the oldest has waited, why it pauses; "
        "the nodes, and the space it takes.\n\nExample: larkgate queue status --json",
    ),
    "cli.queue.list": (
        "列出任务，新的在前。\n\n"
        "例：larkgate queue list --state dead --since 2h · larkgate queue list --app support",
        "List jobs, newest first.\n\n"
        "Examples: larkgate queue list --state dead --since 2h · "
        "larkgate queue list --app support",
    ),
    "cli.queue.show": (
        "一条消息的全过程。\n\n收到、存下、每次尝试和出错原因、发出了什么。\n\n"
        "例：larkgate queue show om_xxx · larkgate queue show 1234",
        "The whole life of a message.\n\n"
        "Received, stored, every attempt and its error, and what was sent.\n\n"
        "Examples: larkgate queue show om_xxx · larkgate queue show 1234",
    ),
    "cli.queue.retry": (
        "再处理一次；已经发出的不会重发。用条件选择时默认只选死信。\n\n"
        "例：larkgate queue retry 1234 · larkgate queue retry --app support --since 1d",
        "Run it again; what has been sent is not sent again. Filters find dead letters unless "
        "--state says more.\n\n"
        "Examples: larkgate queue retry 1234 · larkgate queue retry --app support --since 1d",
    ),
    "cli.queue.discard": (
        "不再处理，并记下原因。用条件选择时默认只选死信。\n\n"
        "例：larkgate queue discard 1234 --reason 已电话答复",
        "Handle it no more, and note why. Filters find dead letters unless --state says "
        "more.\n\nExample: larkgate queue discard 1234 --reason 'answered by phone'",
    ),
    "cli.queue.replay": (
        "把消息当作新的再处理一遍。\n\n所有看得见的回复都会再发一次。\n\n"
        "例：larkgate queue replay --app support --since 2h --dry-run · "
        "larkgate queue replay om_xxx --yes",
        "Handle messages as if they were new.\n\nEverything visible happens again.\n\n"
        "Examples: larkgate queue replay --app support --since 2h --dry-run · "
        "larkgate queue replay om_xxx --yes",
    ),
    "cli.queue.pause": (
        "暂停一个队列，直到 resume；正在处理的会做完。\n\n"
        "例：larkgate queue pause --app support --reason 维护中",
        "Pause a queue until `resume`; what runs is finished.\n\n"
        "Example: larkgate queue pause --app support --reason maintenance",
    ),
    "cli.queue.resume": (
        "让暂停的队列继续。\n\n例：larkgate queue resume --app support",
        "Let a paused queue go on.\n\nExample: larkgate queue resume --app support",
    ),
    "cli.queue.prune": (
        "现在就删除过了保留期的事件和任务。\n\n等待中的从不删除。\n\n"
        "例：larkgate queue prune · larkgate queue prune --older-than 3d",
        "Delete now what is past its retention.\n\nWhat waits is never deleted.\n\n"
        "Examples: larkgate queue prune · larkgate queue prune --older-than 3d",
    ),
    "cli.queue.move": (
        "应用改名后，把旧名字下等待的消息和会话交给新名字。\n\n"
        "例：larkgate queue move support helpdesk",
        "Give what waits for an app to its new name.\n\nIts sessions go along.\n\n"
        "Example: larkgate queue move support helpdesk",
    ),
    "cli.queue.option.keys": (
        "消息 id（om_…）、list 里的编号，或完整的键",
        "a message's id (om_…), the number in `list`, or a whole key",
    ),
    "cli.queue.option.queue": (
        "队列，如 app:support；app: 和 send: 表示这一类的全部",
        "a queue, such as app:support; app: and send: mean all of that kind",
    ),
    "cli.queue.option.app": ("应用的名字", "name of an app"),
    "cli.queue.option.lane": (
        "通道名的一部分，如群聊或用户的 id",
        "a part of the lane's name, such as the id of a chat or person",
    ),
    "cli.queue.option.state": (
        "状态：open、done、dead、withdrawn，可以重复写",
        "open, done, dead or withdrawn; may be repeated",
    ),
    "cli.queue.option.type": (
        "事件类型，如 im.message.receive_v1",
        "an event type, such as im.message.receive_v1",
    ),
    "cli.queue.option.since": (
        "从何时起存下的：30m、2h、7d 前，或本地时间 2026-11-20T09:00",
        "stored since: 30m, 2h, 7d ago, or a local time, 2026-11-20T09:00",
    ),
    "cli.queue.option.until": ("到何时为止，写法相同", "stored before, written alike"),
    "cli.queue.option.limit": ("最多几条", "at most so many"),
    "cli.queue.option.dry_run": ("只显示会做什么", "only show what would happen"),
    "cli.queue.option.yes": ("不再询问", "do not ask"),
    "cli.queue.option.reason": ("原因，会显示出来", "why, for others to read"),
    "cli.queue.option.rate": ("每秒几条", "so many each second"),
    "cli.queue.option.older_than": (
        "多久以前的，如 30d，至少 8h（默认按设置里的保留期）",
        "older than this, such as 30d, at least 8h (default: as the settings say)",
    ),
    "cli.queue.option.old": ("应用原来的名字", "the app's former name"),
    "cli.queue.option.new": ("应用现在的名字", "the app's new name"),
    "cli.queue.queue_or_app": (
        "请写一个队列，或用 --app 写一个应用，不能两个都写。",
        "Name either a queue, or an app with --app.",
    ),
    "cli.queue.name_some": (
        "请写明要处理哪些：编号、消息 id，或至少一个条件（如 --app、--state、--since）。",
        "Say which ones: numbers, message ids, or at least one filter (such as --app, --state or "
        "--since).",
    ),
    "cli.queue.bad_time": (
        "{text} 不是时间：请写 30m、2h、7d，或 2026-11-20T09:00。",
        "{text} is no time: write 30m, 2h, 7d, or 2026-11-20T09:00.",
    ),
    "cli.queue.bad_duration": (
        "{text} 不是时长：请写 12h 或 30d。",
        "{text} is no duration: write 12h or 30d.",
    ),
    "cli.queue.too_young": (
        "平台会在 {hours:g} 小时内重新推送，更近的不能删除：请写 {hours:g}h 或更长。",
        "The platform pushes again for {hours:g} hours, and what is younger must stay: write "
        "{hours:g}h or more.",
    ),
    "cli.queue.bad_app_name": (
        "{name} 不能作为新的名字：请写字母、数字、- 和 _，并且和原来的不同。",
        "{name} cannot be the new name: write letters, digits, - and _, and not the former name.",
    ),
    "cli.queue.unknown_queue": (
        "没有队列 {queue}：{cure}",
        "There is no queue {queue}: {cure}",
    ),
    "cli.queue.unknown_key": (
        "没有找到 {keys}：请用 larkgate queue list 查看，过了保留期的已被删除。",
        "Nothing is known of {keys}: look at `larkgate queue list`; what is past its retention "
        "has been deleted.",
    ),
    "cli.queue.nothing": (
        "没有符合条件的任务：可以放宽条件，或看 larkgate queue status。",
        "No job matches: take a filter away, or look at `larkgate queue status`.",
    ),
    "cli.queue.most": (
        "一次最多处理 {jobs} 个，这里是最新的；其余的请再执行一次。",
        "At most {jobs} at once: these are the newest; say it again for the rest.",
    ),
    "cli.queue.wrong_state": (
        "找到的 {jobs} 个任务状态是：{states}，不能这样处理"
        "（已完成的可以用 larkgate queue replay 再做一遍）。",
        "This cannot be done to the {jobs} found ({states}); what is done can be done anew with "
        "`larkgate queue replay`.",
    ),
    "cli.queue.no_delivery": (
        "找到的都是发送任务，不能重放：请指明引起它们的消息，或用 larkgate queue retry 重试。",
        "Only effects were found, and those are not replayed: name the message that caused them, "
        "or try them again with `larkgate queue retry`.",
    ),
    "cli.queue.store_unreadable": (
        "读不了数据文件 {path}（{cause}）：如果它来自旧版本，请先运行一次 larkgate run；"
        "否则请检查文件和权限。",
        "The data file {path} cannot be read ({cause}): if an older version wrote it, start "
        "`larkgate run` once; else check the file and who may read it.",
    ),
    "cli.queue.empty": (
        "还没有任何队列：收到第一条消息后才会有。",
        "There is no queue yet: the first message makes one.",
    ),
    "cli.queue.suspects": (
        "队列 {queue} 有 {lanes} 条通道可疑：进程两次死亡时正在处理它们的首条消息，现在小批单独处理。",
        "queue {queue}: {lanes} lane(s) under suspicion, in flight twice when a process died; "
        "they now run in small groups.",
    ),
    "cli.queue.until": ("{reason}（到 {time}）", "{reason} (until {time})"),
    "cli.queue.due_in": ("{time} 后", "in {time}"),
    "cli.queue.lapsed": ("已过期", "lapsed"),
    "cli.queue.routers_differ": (
        "各节点载入的处理函数不同：同一条消息在不同节点上可能得到不同的处理，请把它们更新到同一版本。",
        "The nodes have loaded different handlers, so it is chance which of them handles a "
        "message: bring all nodes to one version.",
    ),
    "cli.queue.takes": ("占用 {size}", "takes {size}"),
    "cli.queue.largest": ("最大的表：{tables}", "most in {tables}"),
    "cli.queue.free": ("磁盘剩余 {size}", "{size} free on the disk"),
    "cli.queue.tried": (
        "其中 {jobs} 个已经发出过至少一次，对方可能会看到两次。",
        "{jobs} of these have left once already, and may be seen twice.",
    ),
    "cli.queue.visible_again": (
        "{deliveries} 条消息会重新处理，回复会再发一次。",
        "{deliveries} message(s) will be handled anew, and be answered again.",
    ),
    "cli.queue.not_listed": (
        "另外 {deliveries} 条消息发出过什么，没有列出。",
        "What {deliveries} more have made visible is not listed.",
    ),
    "cli.queue.needs_yes": (
        "{question} 这里无法询问：先用 --dry-run 查看，再加上 --yes。",
        "{question} Nobody can be asked here: look with --dry-run, then say --yes.",
    ),
    "cli.queue.go_on": ("继续吗？", "Go on?"),
    "cli.queue.left_alone": ("什么都没有改变。", "Nothing was changed."),
    "cli.queue.dry_run": (
        "会涉及 {jobs} 个任务；什么都没有改变。",
        "Jobs concerned: {jobs}. Nothing was changed.",
    ),
    "cli.queue.by_hand": ("由操作者决定", "decided by an operator"),
    "cli.queue.retried": ("已放回队列：{jobs} 个", "to be run again: {jobs}"),
    "cli.queue.discarded": ("已放弃：{jobs} 个", "discarded: {jobs}"),
    "cli.queue.replaying": (
        "将重放 {deliveries} 条消息，每秒 {rate:g} 条",
        "to be replayed: {deliveries}, {rate:g} a second",
    ),
    "cli.queue.starts_later": (
        "现在没有网关在运行：下次 larkgate run 时开始。",
        "No gateway runs now: it begins with the next `larkgate run`.",
    ),
    "cli.queue.paused": ("队列 {queue} 已暂停", "queue {queue} is paused"),
    "cli.queue.resumed": ("队列 {queue} 继续运行", "queue {queue} goes on"),
    "cli.queue.pruning": ("已删除", "deleted"),
    "cli.queue.pruned": (
        "已删除 {events} 个事件、{jobs} 个任务",
        "deleted: {events} event(s), {jobs} job(s)",
    ),
    "cli.queue.moved": (
        "{old} 的 {jobs} 个等待任务和会话已交给 {new}",
        "{new} has taken over {jobs} waiting job(s) and the sessions of {old}",
    ),
    "cli.trace.where": ("编号 {id}，队列 {queue}", "number {id}, queue {queue}"),
    "cli.trace.lane": ("通道 {lane}", "lane {lane}"),
    "cli.trace.received": ("收到", "received"),
    "cli.trace.stored": ("存下", "stored"),
    "cli.trace.effect": ("要做", "to do"),
    "cli.trace.claimed": ("开始处理", "claimed"),
    "cli.trace.on": ("节点 {node}", "on {node}"),
    "cli.trace.attempt": ("第 {number} 次", "attempt {number}"),
    "cli.trace.took": ("{seconds:.3f} 秒", "{seconds:.3f} s"),
    "cli.trace.behind": ("排队中", "queued"),
    "cli.trace.due": ("预定再次运行", "due"),
}
