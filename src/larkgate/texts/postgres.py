SENTENCES = {
    "postgres.missing": (
        "使用 PostgreSQL 需要 asyncpg：请执行 pip install 'larkgate[postgres]'。",
        "PostgreSQL needs asyncpg: pip install 'larkgate[postgres]'.",
    ),
    "postgres.bad_url": (
        "数据库地址不可用（{cause}）：应为 postgresql://用户:密码@主机:5432/数据库（[store] url）。",
        "The database URL cannot be used ({cause}): it should be "
        "postgresql://user:password@host:5432/database, in [store] url.",
    ),
    "postgres.unreachable": (
        "连不上 PostgreSQL {place}（{cause}）：请检查它是否在运行、地址和端口、防火墙。",
        "PostgreSQL at {place} cannot be reached ({cause}): check that it runs, its address and "
        "port, and firewalls.",
    ),
    "postgres.starting": (
        "PostgreSQL {place} 正在启动或停止（{cause}）：请等它启动完成。",
        "PostgreSQL at {place} is starting or stopping ({cause}): wait until it has started.",
    ),
    "postgres.not_postgres": (
        "{place} 的回答不像 PostgreSQL（{cause}）：请检查 [store] url 中的主机和端口；"
        "不支持 MySQL 等其他数据库。",
        "What answers at {place} is no PostgreSQL ({cause}): check host and port in [store] url; "
        "MySQL and others are not supported.",
    ),
    "postgres.too_old": (
        "{place} 是 PostgreSQL {found}：Larkgate 需要 {needed} 或更新版本。",
        "{place} is PostgreSQL {found}: Larkgate needs {needed} or newer.",
    ),
    "postgres.refused": (
        "PostgreSQL {place} 拒绝登录（{cause}）：请检查 [store] url 中的用户名和密码，"
        "以及服务器的 pg_hba.conf。",
        "PostgreSQL at {place} refused the login ({cause}): check user and password in [store] url, "
        "and the server's pg_hba.conf.",
    ),
    "postgres.no_database": (
        "PostgreSQL {place} 上没有这个数据库（{cause}）：请先用 createdb 建立，或检查 [store] url。",
        "PostgreSQL at {place} has no such database ({cause}): make it with createdb, or check "
        "[store] url.",
    ),
    "postgres.no_rights": (
        "PostgreSQL {place} 的用户权限不足（{cause}）：请授予在该数据库中建立和使用 larkgate 模式的权限。",
        "The user lacks rights in PostgreSQL at {place} ({cause}): grant it to create and use the "
        "schema larkgate there.",
    ),
    "postgres.read_only": (
        "PostgreSQL {place} 只读（备库，或 default_transaction_read_only）：请改连主库。",
        "PostgreSQL at {place} is read-only (a standby, or default_transaction_read_only): connect "
        "to the primary.",
    ),
    "postgres.full": (
        "PostgreSQL {place} 的磁盘已满：请腾出空间；在此之前平台会重新推送，已确认的消息不会丢。",
        "The disk of PostgreSQL at {place} is full: free some space; until then the platform pushes "
        "again, and nothing acknowledged is lost.",
    ),
    "postgres.too_many": (
        "PostgreSQL {place} 的连接数已用完：请调大 max_connections，或调小 [store] 的连接池。",
        "PostgreSQL at {place} has no connection left: raise max_connections there, or make the "
        "pool in [store] smaller.",
    ),
    "postgres.tls": (
        "与 PostgreSQL {place} 的 TLS 连接失败（{cause}）：请检查 [store] 的 tls 和 ca。",
        "TLS with PostgreSQL at {place} failed ({cause}): check tls and ca in [store].",
    ),
    "postgres.lost": (
        "与 PostgreSQL {place} 的连接断了（{cause}）：会自动重连；一直如此请检查服务器和网络。",
        "The connection to PostgreSQL at {place} broke ({cause}): Larkgate reconnects; if it stays "
        "so, check the server and the network.",
    ),
    "postgres.failed": (
        "PostgreSQL {place} 没有执行（{cause}）：请查看服务器日志。",
        "PostgreSQL at {place} did not do it ({cause}): see the server's log.",
    ),
    "postgres.older_schema": (
        "{place} 中的表是旧版本（{room}：版本 {found}，本程序需要 {known}）：请执行 larkgate db upgrade。",
        "The tables in {place} are of an older version ({room}: version {found}, this program needs "
        "{known}): run `larkgate db upgrade`.",
    ),
    "postgres.newer_schema": (
        "{place} 中的表由更新版本的 Larkgate 建立（{room}：版本 {found}，本程序只认识到 {known}）："
        "请升级 Larkgate。",
        "The tables in {place} were made by a newer Larkgate ({room}: version {found}, this program "
        "knows {known}): upgrade Larkgate.",
    ),
    "postgres.closed": (
        "Larkgate 已停止，与 {place} 的连接已关闭，这次没有写入：未完成的工作在下次启动后继续。",
        "Larkgate has stopped and left {place}, so this was not kept: what was not done goes on "
        "after the next start.",
    ),
    "postgres.polling": (
        "PostgreSQL {place} 的通知收不到（可能经过事务模式的 PgBouncer）：改为每 {seconds:g} 秒查询一次。",
        "Notifications of PostgreSQL at {place} do not arrive (PgBouncer in transaction mode?): "
        "asking every {seconds:g} s instead.",
    ),
    "postgres.node_lost": (
        "本节点（{node}）被其他节点视为已停止：手上的工作已交给别人，现以新身份继续。",
        "this node ({node}) was taken for dead: others do what it had claimed, and it goes on under "
        "a new name",
    ),
    "postgres.node_reaped": (
        "节点 {node} 已失去联系：它手上的 {lanes} 条会话已释放。",
        "node {node} is gone: the {lanes} lanes it held are free again",
    ),
    "postgres.away": (
        "暂时连不上数据库，每秒再试：{cause}",
        "the database cannot be reached for now, trying every second: {cause}",
    ),
    "postgres.back": ("数据库 {place} 已恢复。", "the database at {place} is back"),
}
