SENTENCES = {
    "database.directory_unusable": (
        "数据目录 {path} 不可用（{cause}）：请换一个可写的目录（[gateway] data 或 LARKGATE_DATA）。",
        "The data directory {path} cannot be used ({cause}): choose one that can be written, "
        "with [gateway] data or LARKGATE_DATA.",
    ),
    "database.directory_locked": (
        "数据目录 {path} 正被另一个 Larkgate 进程（{process}）使用："
        "请先用 larkgate stop 停止它，或用 LARKGATE_DATA 换一个目录。",
        "The data directory {path} is in use by another Larkgate process ({process}): stop it "
        "with `larkgate stop`, or choose another directory with LARKGATE_DATA.",
    ),
    "database.directory_open": (
        "别的用户也能进入数据目录 {path}（里面的文件只有运行者能读）：不需要的话请执行 chmod 700 {path}。",
        "Other users can enter the data directory {path}, though not read its files: unless that is "
        "meant, chmod 700 {path}.",
    ),
    "database.store_unusable": (
        "无法锁定数据文件 {path}（{cause}）：请换一个本机可写目录里的文件（[store] url）。",
        "The data file {path} cannot be locked ({cause}): choose one in a directory on this machine "
        "that can be written, with [store] url.",
    ),
    "database.store_locked": (
        "数据文件 {path} 正被另一个 Larkgate 进程（{process}）使用："
        "请先停止它，或用 [store] url 换一个文件。",
        "The data file {path} is in use by another Larkgate process ({process}): stop it, or choose "
        "another file with [store] url.",
    ),
    "database.newer_schema": (
        "数据文件由更新版本的 Larkgate 写成（{room}：版本 {found}，本程序只认识到 {known}）："
        "请升级 Larkgate。",
        "The data file was written by a newer Larkgate ({room}: version {found}, this program "
        "knows {known}): upgrade Larkgate.",
    ),
    "database.full": (
        "磁盘已满，{path} 无法写入：请腾出空间；在此之前平台会重新推送，已确认的消息不会丢。",
        "The disk is full and {path} cannot be written: free some space; until then the platform "
        "pushes again, and nothing acknowledged is lost.",
    ),
    "database.nearly_full": (
        "磁盘快满了：{path} 所在磁盘只剩 {free:.1f} MiB，低于下限 {bound:.1f} MiB（[store] min_free）："
        "暂不接收新消息，平台会重新推送；已收下的照常处理。请腾出空间。",
        "The disk is nearly full: {free:.1f} MiB are free beside {path}, fewer than the {bound:.1f} MiB that "
        "[store] min_free asks for: nothing new is taken and the platform pushes again, while what "
        "was taken is worked off. Free some space.",
    ),
    "database.failed": (
        "数据文件 {path} 写入失败（{cause}）：请检查磁盘和目录权限。",
        "The data file {path} could not be written ({cause}): check the disk and the directory.",
    ),
    "database.closed": (
        "Larkgate 已停止，{path} 已关闭，这次没有写入：未完成的工作在下次启动后继续。",
        "Larkgate has stopped and {path} is closed, so this was not kept: what was not done goes "
        "on after the next start.",
    ),
    "database.not_ours": (
        "{path} 不是 Larkgate 的数据文件（{cause}）：请移走它，或用 LARKGATE_DATA 换一个目录。",
        "{path} is not a data file of Larkgate ({cause}): move it away, or choose another "
        "directory with LARKGATE_DATA.",
    ),
}
