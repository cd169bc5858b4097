SENTENCES = {
    "logs.file_lost": (
        "日志文件 {file} 无法写入（{cause}），日志只写到控制台："
        "请检查目录权限和磁盘空间，或用 LOG_FILE 换一个文件。",
        "The log file {file} cannot be written ({cause}), so the log goes to the console only: "
        "check the directory and the disk, or choose another file with LOG_FILE.",
    ),
    "logs.uncaught": (
        "程序因未处理的错误结束（{kind}：{error}）：请把下面几行报告给开发者。",
        "The program ends with an error nobody handled ({kind}: {error}): report the lines below.",
    ),
    "logs.uncaught_in_thread": (
        "线程 {thread} 因未处理的错误结束（{kind}：{error}）：请把下面几行报告给开发者。",
        "The thread {thread} ended with an error nobody handled ({kind}: {error}): "
        "report the lines below.",
    ),
}
