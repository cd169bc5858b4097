SENTENCES = {
    "support.ai_garbled": (
        "语言模型 {model} 的回答无法使用，本次直接用工单回答：若反复出现，请检查 LLM_BASE_URL 和 "
        "LLM_MODEL。",
        "The language model {model} gave no answer that can be used, so this one came straight "
        "from the work orders: if this repeats, check LLM_BASE_URL and LLM_MODEL.",
    ),
    "support.ai_no_answer": (
        "语言模型 {model} 没有回答，本次直接用工单回答。{cause}",
        "The language model {model} did not answer, so this answer came straight from the work "
        "orders. {cause}",
    ),
    "support.ai_off": (
        "AI 未开启（未设置 {missing}）：机器人照常用工单检索回答；"
        "要开启，请设置 {missing} 后重启。",
        "AI is off (not set: {missing}): the bot answers from the work orders by search; "
        "to turn AI on, set {missing} and start again.",
    ),
    "support.ai_refused": (
        "语言模型 {model} 拒绝了请求（HTTP {status}），本次直接用工单回答：请检查 LLM_API_KEY、"
        "LLM_MODEL 和账户余额。",
        "The language model {model} refused the request (HTTP {status}), so this answer came "
        "straight from the work orders: check LLM_API_KEY, LLM_MODEL and the account's balance.",
    ),
    "support.ai_unavailable": (
        "（AI 暂时不可用，以下内容直接来自工单。）",
        "(AI is not available right now; this comes straight from the work orders.)",
    ),
    "support.ai_ungrounded": (
        "语言模型 {model} 的回答没有引用给它的工单，已弃用，本次直接用工单回答："
        "若反复出现，请换一个模型。",
        "The language model {model} cited none of the work orders it was given, so its answer was "
        "dropped for one straight from the work orders: if this repeats, take another model.",
    ),
    "support.bad_base_url": (
        "LLM_BASE_URL 的值 {value} 不是网址：请写成 https://主机/v1 这样的地址，或删除它。",
        "LLM_BASE_URL is no address ({value}): write it like https://host/v1, or remove it.",
    ),
    "support.cause": ("原因：{cause}", "Cause: {cause}"),
    "support.custom_incomplete": (
        "LLM_PROVIDER 为 custom 时必须设置 {missing}。",
        "With LLM_PROVIDER custom, {missing} must be set.",
    ),
    "support.described": (
        "{count} 个工单（示例）",
        "{count} work orders (samples)",
    ),
    "support.extra_missing": (
        "AI 未开启，因为没有安装 openai 包：请运行 pip install openai 后重启；"
        "在此之前机器人照常用工单检索回答。",
        "AI is off because the openai package is not installed: run "
        "pip install openai and start again; until then the bot answers from the "
        "work orders by search.",
    ),
    "support.found": ("这种情况处理过，可以这样解决：", "This has been solved before:"),
    "support.hello": (
        "你好，我根据已关闭的工单回答车联网问题。直接描述现象就行，最好带上车型和报错，例如：\n"
        "· 车辆无法连接网络怎么办\n"
        "· 松墨 E60 OTA 升级下载卡住不动\n"
        "一个办法没解决，说“还有其他方法吗”，我给下一个；也可以补充“车型是…”“已经重启过了”。",
        "Hello, I answer questions about connected vehicles from closed work orders (they are in "
        "Chinese). Describe what you see, best with model and error message, for example:\n"
        "· My car cannot connect to the network\n"
        "· OTA download stuck\n"
        'If one way does not help, ask "other ways?" for the next; you can also add to your '
        'question ("I already restarted it").',
    ),
    "support.more": (
        "另有 {count} 个相近的工单，说“还有其他方法吗”看下一个。",
        'More work orders that come near: {count}. Ask "other ways?" for the next.',
    ),
    "support.nearest": (
        "没有完全吻合的工单，最接近的是这一个：",
        "No work order fits exactly; this one comes nearest:",
    ),
    "support.next": ("还可以试试这个办法：", "Another way to try:"),
    "support.no_provider": (
        "LLM_API_KEY 已设置，但不知道它属于谁：请设置 LLM_PROVIDER，可选 {known}。",
        "LLM_API_KEY is set, but not whose it is: set LLM_PROVIDER to one of {known}.",
    ),
    "support.no_more": (
        "相近的工单都给过了，没有更多办法。请补充车型、具体现象和报错文字，我再查一次。",
        "Those were all the work orders that come near. Tell me the vehicle model, what exactly "
        "happens and the error message, and I will search again.",
    ),
    "support.nothing": (
        "没有找到相近的工单，我不想猜。请补充车型、具体现象和报错文字，"
        "例如“松墨 E60，车机提示网络异常”。",
        "I found no work order that comes near, and I do not want to guess. Tell me the vehicle "
        "model, what exactly happens and the error message.",
    ),
    "support.source": ("来源：{id}（{model}）{symptom}", "Source: {id} ({model}) {symptom}"),
    "support.steps": ("处理步骤：", "Steps:"),
    "support.unknown_provider": (
        "LLM_PROVIDER 的值 {value} 不认识：可选 {known}。",
        "LLM_PROVIDER is not known ({value}): choose one of {known}.",
    ),
    "support.welcome": ("不客气，有问题随时问我。", "You are welcome; ask me any time."),
}
