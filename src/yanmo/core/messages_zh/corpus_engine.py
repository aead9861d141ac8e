"""The Chinese wording of what `yanmo.corpus.engine` says."""

CHINESE: dict[str, str] = {
    "corpus: reading": "语料：读取中",
    "corpus: finishing": "语料：收尾中",
    "corpus: comparing documents ({name})": "语料：正在比较文档（{name}）",
    "{doing}, {done}/{total} tasks, {documents} documents, {megabytes:.1f} MB of text,"
    " {rate:.1f} MB/s": (
        "{doing}，任务 {done}/{total}，{documents} 篇文档，文本 {megabytes:.1f} MB，{rate:.1f} MB/s"
    ),
    "corpus: {done} of {total} tasks were done before": (
        "语料：{total} 个任务中有 {done} 个此前已完成"
    ),
    "a worker ended {count} times in the same task": "工作进程在同一任务中结束了 {count} 次",
    "killed by {signal}": "被信号 {signal} 终止",
    "exit status {status}": "退出状态 {status}",
    "Run the same command again to go on from there; if memory ran out, with fewer"
    " corpus.engine.workers.": (
        "再次运行同一命令，即可从中断处继续；若是内存不足，请调小 corpus.engine.workers。"
    ),
    "Ray is not installed": "尚未安装 Ray",
    "Ray does not start on this machine": "Ray 无法在本机启动",
    'corpus.engine.kind = "local" does the same without Ray.': (
        'corpus.engine.kind = "local" 不用 Ray 也能做同样的事。'
    ),
    "Install it with: pip install 'yanmo[cluster]'": "请安装：pip install 'yanmo[cluster]'",
    "the Ray cluster cannot be reached": "无法连接 Ray 集群",
    "Correct the address, or leave it out to start Ray on this machine.": (
        "请改正地址；或去掉地址，在本机启动 Ray。"
    ),
    "corpus: {group} has too little text for its share of the mixture": (
        "语料：{group} 的文本不足以达到其在混合中的份额"
    ),
    "Mixture": "混合",
    "group": "组",
    "wanted": "目标",
    "reached": "实际",
    "at most": "至多",
    "a worker of the cluster was lost too often": "集群中的工作进程丢失次数过多",
}
