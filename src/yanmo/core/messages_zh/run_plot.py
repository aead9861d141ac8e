"""Chinese wording for curves in the terminal."""

CHINESE = {
    "Draw the loss of a run, or another figure, in the terminal.": (
        "在终端里画出一次运行的损失或其他数值。"
    ),
    "loss, or a key of metrics.jsonl.": "loss，或 metrics.jsonl 中的一个键。",
    "Which stage: pretrain or finetune/TASK.": "哪个阶段：pretrain 或 finetune/TASK。",
    "step, tokens or time.": "step、tokens 或 time。",
    "Height, in lines.": "高度，行数。",
    "A logarithmic scale.": "对数刻度。",
    "unknown axis '{name}'": "没有名为“{name}”的横轴",
    "no step of this run is logged yet": "这次运行还没有记录任何一步",
    "`yanmo runs ls` shows how far each run has come.": "`yanmo runs ls` 显示每次运行进行到哪里。",
    "this run logged no figure called {name}": "这次运行没有记录名为 {name} 的数值",
    "none of the figures can be drawn": "没有一个数值可以画出",
    "{figure}, over {axis}": "{figure}，横轴为{axis}",
    "{heading}; {mark} is {what}": "{heading}；{mark} 为{what}",
}
