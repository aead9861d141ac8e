"""Chinese messages of `parallel`: processes, meshes, what does not divide."""

CHINESE: dict[str, str] = {
    "the launcher's environment variables are incomplete": "启动器的环境变量不完整",
    "Start with torchrun, or let yanmo start its own processes.": (
        "请用 torchrun 启动，或让 yanmo 自己启动进程。"
    ),
    "the degrees of parallelism ask for {wanted} {wanted:process|processes} and there"
    " {found:is|are} {found}": ("各并行度合计需要 {wanted} 个进程，实有 {found} 个"),
    "Change a degree, or start as many processes as their product.": (
        "请修改某个并行度，或按其乘积启动进程。"
    ),
    "process {rank} was killed by {signal}": "进程 {rank} 被 {signal} 杀死",
    "process {rank} ended with code {code}": "进程 {rank} 以代码 {code} 结束",
    "process {rank} lost the others, waited for them in vain, or found its hardware faulty": (
        "进程 {rank} 与其他进程失去联系、久等不到，或发现硬件有故障"
    ),
    "{death}; all processes are started again ({attempt} of {limit})": (
        "{death}；所有进程重新启动（第 {attempt} 次，至多 {limit} 次）"
    ),
    "the processes died too often": "进程死亡次数过多",
    "Raise parallel.max_restarts, or find out what kills them: memory comes first.": (
        "请调高 parallel.max_restarts，或查明死因：首先看内存。"
    ),
}
