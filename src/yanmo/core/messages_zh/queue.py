"""Chinese messages of the queue: jobs, their states, what the scheduler does with them."""

CHINESE: dict[str, str] = {
    "job {id} works in the same folder": "任务 {id} 使用同一个目录",
    "Give another one with --out.": "请用 --out 指定另一个目录。",
    "the queue cannot be written": "无法写入队列",
    "job {id} is out of the queue; its run stays in {folder}": (
        "任务 {id} 已移出队列；它的运行保留在 {folder}"
    ),
    "job {id} is out of the queue": "任务 {id} 已移出队列",
    "there is no job {id}": "没有任务 {id}",
    "`yanmo queue ls` lists the jobs.": "用 `yanmo queue ls` 列出任务。",
    "job {id} is running": "任务 {id} 正在运行",
    "Stop the queue with Ctrl-C first; it goes on where it was.": (
        "请先用 Ctrl-C 停止队列；之后会从原处继续。"
    ),
    "this job of the queue is damaged": "队列中的这个任务已损坏",
    "Remove the file and add the job again.": "请删除该文件，再重新添加任务。",
    "the queue has stopped; its jobs wait where they were": "队列已停止；各任务停在原处等待",
    "started": "开始",
    "done": "完成",
    "goes on": "继续",
    "made room for another job": "为另一任务让位",
    "exit code {code}; see {log}": "退出码 {code}；见 {log}",
    "job {id} failed: {why}": "任务 {id} 失败：{why}",
    "uses more memory than it asked for, and is put back": "占用内存多于申请，已放回队列",
    "put back: {reason}": "放回队列：{reason}",
    "the queue was killed": "队列进程被杀死",
    "needs {needed:.1f} GiB and all jobs together may use {limit:.1f}: make it smaller, or run the"
    " queue with a larger --memory": (
        "需要 {needed:.1f} GiB，而所有任务合计只可用 {limit:.1f} GiB："
        "请缩小它，或用更大的 --memory 运行队列"
    ),
    "all jobs together may use {memory:.1f} GiB; at most {jobs} {jobs:runs|run} side by side": (
        "所有任务合计可用 {memory:.1f} GiB；最多同时运行 {jobs} 个"
    ),
    "waits for its turn: {count} of {limit} {limit:place is|places are} taken": (
        "等待轮到：{limit} 个位置已占 {count} 个"
    ),
    "waits for memory: needs {needed:.1f} GiB, {free:.1f} of {limit:.1f} are free": (
        "等待内存：需要 {needed:.1f} GiB，{limit:.1f} GiB 中尚余 {free:.1f} GiB"
    ),
    "waits behind a job of higher priority that needs the memory": (
        "排在优先级更高、需要这些内存的任务之后"
    ),
    "that is more than the {usable:.1f} GiB that jobs may use on this machine: `queue run` here"
    " will refuse the job": (
        "这超过了任务在这台机器上可用的 {usable:.1f} GiB：在这里 `queue run` 会拒绝它"
    ),
    "job": "任务",
    "priority": "优先级",
    "state": "状态",
    "reserved": "预留",
    "used": "已用",
    "folder": "目录",
    "why": "缘由",
    "job {id} ({name}): {what}": "任务 {id}（{name}）：{what}",
    "waiting": "等待",
    "running": "运行中",
    "failed": "失败",
    "Folder of the queue; runs/.queue unless told.": "队列所在目录；默认 runs/.queue。",
    "Number of a job.": "任务编号。",
    "Run several recipes by priority, within the memory of this machine.": (
        "按优先级运行多个配方，不超出本机内存。"
    ),
    "Add a recipe to the queue.": "把一个配方加入队列。",
    "Run the jobs of the queue until none waits.": "运行队列中的任务，直到没有任务等待。",
    "List the jobs.": "列出任务。",
    "Take a job out of the queue; its run stays.": "把任务移出队列；它的运行目录保留。",
    "The higher goes first.": "数值越大越先运行。",
    "What the job may use, such as 4GB; what is planned unless told.": (
        "任务可用的内存，如 4GB；默认取 plan 的估计。"
    ),
    "job {id}: {recipe} into {out}, {memory:.1f} GiB reserved; run the queue with: yanmo queue"
    " run": ("任务 {id}：{recipe}，写入 {out}，预留 {memory:.1f} GiB；运行队列：yanmo queue run"),
    "What all jobs may use together; 85% of the machine unless told.": (
        "所有任务合计可用的内存；默认为本机的 85%。"
    ),
    "How many may run side by side.": "可同时运行的任务数。",
    "Wait for more jobs when all are done.": "全部完成后继续等待新任务。",
    "the queue is empty": "队列为空",
}
